"""What `doctor` concludes from what it found: one finding per check, with the advice that belongs to it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ledger.file_updates import FileUpdateCounts

OLDEST_POSTGRES, OLDEST_REDIS = 15, 7
_CLOCK_WARNING_SECONDS, _CLOCK_FAILURE_SECONDS = 0.5, 5.0
"""DE 7 and expiries are resolved against the process's clock, bookings against Postgres's."""
_TOLD_WITHIN_SECONDS = 900.0
"""A stand-in that is not told in this time approves what we would refuse: somebody has to look at the link."""
_DISK_WARNING_BYTES, _DISK_FAILURE_BYTES = 5_000_000_000, 500_000_000


class Verdict(Enum):
    FINE = "fine"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    verdict: Verdict
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    """What one connection tells. `schema` is None where the schema was never made."""

    version: int
    schema: int | None
    clock_ahead_seconds: float
    can_read_books: bool
    file_updates: FileUpdateCounts | None = None
    """None where the schema has none yet."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A text in place of facts says why there are none."""

    postgres: PostgresFacts | str
    newest_schema: int
    redis_version: str | None
    redis_fault: str
    has_all_keys: bool
    uses_test_keys: bool
    profile_faults: Sequence[str]
    policy_faults: Sequence[str]
    """Of the live policy and the draft beside it."""
    validity_faults: Sequence[str]
    tolerance_faults: Sequence[str]
    free_bytes: int
    switch: str | None
    """What /readyz of a running switch says; None when nobody answers there."""


def diagnose(facts: Facts) -> list[Finding]:
    """In the order in which one would repair them."""
    return [
        _profiles(facts),
        _file("policy", facts.policy_faults, "the policy reads well", "correct it: the switch does not start with it"),
        _file("hold validity", facts.validity_faults, "the table reads well", "correct it: the switch does not start with it"),
        _file("tolerances", facts.tolerance_faults, "the table reads well", "correct it: no clearing file is posted with it"),
        _keys(facts),
        *_postgres(facts),
        _redis(facts),
        _disk(facts.free_bytes),
        _switch(facts.switch),
    ]


def _profiles(facts: Facts) -> Finding:
    if facts.profile_faults:
        return Finding("configuration", Verdict.FAILED, "; ".join(facts.profile_faults), "correct the network profile")
    return Finding("configuration", Verdict.FINE, "settings and network profiles are complete")


def _file(check: str, faults: Sequence[str], fine: str, advice: str) -> Finding:
    return Finding(check, Verdict.FAILED, "; ".join(faults), advice) if faults else Finding(check, Verdict.FINE, fine)


def _keys(facts: Facts) -> Finding:
    if not facts.has_all_keys:
        return Finding("keys", Verdict.FAILED, "no token key", "set CARDLINE_TOKEN_KEY to 64 hexadecimal characters")
    if facts.uses_test_keys:
        advice = "right for development; before production set CARDLINE_KEYS__CVK, __PVK and __PIN_KEY"
        return Finding("keys", Verdict.WARNING, "the public test keys are in use", advice)
    return Finding("keys", Verdict.FINE, "the issuer's own")


def _postgres(facts: Facts) -> list[Finding]:
    found = facts.postgres
    if isinstance(found, str):
        return [Finding("Postgres", Verdict.FAILED, found, "check that it runs, and CARDLINE_POSTGRES_DSN")]
    return [
        _postgres_version(found.version),
        _schema(found, facts.newest_schema),
        _clock(found.clock_ahead_seconds),
        *([_file_updates(found.file_updates)] if found.file_updates is not None else []),
    ]


def _postgres_version(version: int) -> Finding:
    if version < OLDEST_POSTGRES:
        return Finding("Postgres", Verdict.FAILED, f"version {version}", f"use PostgreSQL {OLDEST_POSTGRES} or newer")
    return Finding("Postgres", Verdict.FINE, f"version {version}")


def _schema(found: PostgresFacts, newest: int) -> Finding:
    if found.schema is None:
        return Finding("schema", Verdict.FAILED, "there is none", "run `cardline migrate`")
    if found.schema < newest:
        advice = "run `cardline migrate`; the previous release may keep running"
        return Finding("schema", Verdict.FAILED, f"version {found.schema}, this program needs {newest}", advice)
    if found.schema > newest:
        return Finding("schema", Verdict.FAILED, f"version {found.schema} is newer than this program", "upgrade cardline")
    if not found.can_read_books:
        advice = "grant cardline_reader to the role of CARDLINE_POSTGRES_DSN"
        return Finding("schema", Verdict.FAILED, f"version {found.schema}, but the reports cannot be read", advice)
    return Finding("schema", Verdict.FINE, f"version {found.schema}")


def _clock(ahead_seconds: float) -> Finding:
    found = f"Postgres is {abs(ahead_seconds) * 1000:.0f} ms {'ahead' if ahead_seconds > 0 else 'behind'}"
    advice = "let both machines keep time with the same NTP servers"
    if abs(ahead_seconds) >= _CLOCK_FAILURE_SECONDS:
        return Finding("clock", Verdict.FAILED, found, advice)
    if abs(ahead_seconds) >= _CLOCK_WARNING_SECONDS:
        return Finding("clock", Verdict.WARNING, found, advice)
    return Finding("clock", Verdict.FINE, found)


def _file_updates(counts: FileUpdateCounts) -> Finding:
    if counts.oldest_seconds >= _TOLD_WITHIN_SECONDS:
        found = f"{counts.pending} waiting, the oldest for {counts.oldest_seconds / 60:.0f} minutes: stand-in does not know"
        advice = "see that the link they name (report.file_update) is up, signed on, and takes file updates in its profile"
        return Finding("file updates", Verdict.FAILED, found, advice)
    if counts.failed:
        advice = "see why in report.file_update, then say it again: `cardline card tell-network CARD`"
        return Finding("file updates", Verdict.WARNING, f"{counts.failed} were given up", advice)
    return Finding("file updates", Verdict.FINE, f"{counts.pending} waiting" if counts.pending else "none waiting")


def _redis(facts: Facts) -> Finding:
    if facts.redis_version is None:
        advice = "check that it runs, and CARDLINE_REDIS_URL; payments work without it, slower"
        return Finding("Redis", Verdict.FAILED, facts.redis_fault, advice)
    if int(facts.redis_version.partition(".")[0]) < OLDEST_REDIS:
        return Finding("Redis", Verdict.FAILED, f"version {facts.redis_version}", f"use {OLDEST_REDIS}.0 or newer, or Valkey")
    return Finding("Redis", Verdict.FINE, f"version {facts.redis_version}")


def _disk(free_bytes: int) -> Finding:
    found = f"{free_bytes / 1e9:.1f} GB free"
    if free_bytes < _DISK_FAILURE_BYTES:
        return Finding("disk", Verdict.FAILED, found, "free some: without space Postgres stops, and every answer is 91")
    if free_bytes < _DISK_WARNING_BYTES:
        return Finding("disk", Verdict.WARNING, found, "watch it: a million payments take about 2 GB")
    return Finding("disk", Verdict.FINE, found)


def _switch(said: str | None) -> Finding:
    if said is None:
        return Finding("switch", Verdict.WARNING, "none answers on the metrics address", "start `cardline up` or `serve`")
    ready, _, warnings = said.partition("; ")
    if ready == "ready" and warnings:
        return Finding("switch", Verdict.WARNING, said, "payments are answered; see to what is named")
    if ready != "ready":
        return Finding("switch", Verdict.FAILED, f"not ready: {said}", "repair what is named above, then look again")
    return Finding("switch", Verdict.FINE, "ready")
