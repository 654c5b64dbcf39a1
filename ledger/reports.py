"""Reads for people: the trial balance and its kin. Values only, no formatting."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledger.periods import Period, PeriodKind, PeriodStatus


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """Debits and credits of one asset and layer, in minor units; equal when the books balance."""

    asset: str
    layer: str
    debits: int
    credits: int

    @property
    def is_balanced(self) -> bool:
        return self.debits == self.credits


async def trial_balance(connection: Any) -> list[TrialBalanceRow]:
    rows = await connection.fetch("select asset, layer, debits, credits from report.trial_balance")
    return [TrialBalanceRow(row["asset"], row["layer"], int(row["debits"]), int(row["credits"])) for row in rows]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A command that could not be stored: what it was, since when it waits, the hash of its payload, and why."""

    dead_letter_id: int
    at: str
    age_seconds: int
    command: str
    payload_hash: str
    reason: str


async def dead_letters(connection: Any) -> list[DeadLetter]:
    now = datetime.now(UTC)
    rows = await connection.fetch("select dead_letter_id, at, command, payload_hash, reason from ledger.dead_letter order by 1")
    return [
        DeadLetter(
            r["dead_letter_id"],
            r["at"].isoformat(),
            max(0, int((now - r["at"]).total_seconds())),
            r["command"],
            r["payload_hash"].hex(),
            r["reason"],
        )
        for r in rows
    ]


@dataclass(frozen=True, slots=True)
class SealedPeriod:
    """A period that was closed at least once, with its latest seal; none while it is being closed for the first time."""

    period: Period
    status: PeriodStatus
    seal: int | None
    supersedes: int | None
    closed_by: str | None
    closed_at: datetime | None
    reason: str | None
    hash: bytes | None


async def sealed_periods(connection: Any) -> list[SealedPeriod]:
    rows = await connection.fetch(
        "select kind, starts, ends, status, seal, supersedes, closed_by, closed_at, reason, hash "
        "from report.period order by ends, kind"
    )
    return [
        SealedPeriod(Period(PeriodKind(kind), starts, ends), PeriodStatus(status), *latest)
        for kind, starts, ends, status, *latest in rows
    ]
