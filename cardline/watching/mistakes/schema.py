"""Mistakes with cardline's schema, its roles, and what the books need to go on."""

from collections.abc import Callable

from cardline.watching.facts import Away, BookFacts, Facts
from cardline.watching.mistakes.mistake import Check, Mistake, Verdict, books

_TOLD_WITHIN_SECONDS = 900.0
"""A stand-in that is not told in this time approves what we would refuse: somebody has to look at the link."""
_VERIFIED_WITHIN_SECONDS = 900.0
"""Verification takes a twentieth of the time under load; this is far more than it falls behind then."""


def _no_schema(facts: Facts) -> str:
    return "there is none" if not isinstance(facts.postgres, Away) and facts.postgres.books.schema is None else ""


def _behind(facts: Facts) -> str:
    return _versions(facts, is_wrong=lambda schema, newest: schema < newest)


def _ahead(facts: Facts) -> str:
    return _versions(facts, is_wrong=lambda schema, newest: schema > newest)


def _versions(facts: Facts, is_wrong: Callable[[int, int], bool]) -> str:
    def look(found: BookFacts) -> str:
        schema, newest = found.schema, facts.newest_schema
        return f"version {schema}, this program needs {newest}" if schema and is_wrong(schema, newest) else ""

    return books(look)(facts)


def _too_few_streams(facts: Facts) -> str:
    if facts.machine.switch is not None:
        return ""
    return books(lambda b: f"{b.streams_free} of 64 are free" if b.streams_free < facts.settings.streams else "")(facts)


def _overdue_updates(found: BookFacts) -> str:
    counts = found.file_updates
    if counts is None or counts.oldest_seconds < _TOLD_WITHIN_SECONDS:
        return ""
    return f"{counts.pending} waiting, the oldest for {counts.oldest_seconds / 60:.0f} minutes: stand-in does not know"


def _failed_updates(found: BookFacts) -> str:
    return f"{found.file_updates.failed} were given up" if found.file_updates is not None and found.file_updates.failed else ""


def _no_update_is_late(found: BookFacts) -> str:
    if found.file_updates is None:
        return ""
    return f"{found.file_updates.pending} waiting" if found.file_updates.pending else "none waiting"


SCHEMA = (
    Check(
        "schema",
        books(lambda b: f"version {b.schema}"),
        (
            Mistake(
                "schema", "there is none", Verdict.FAILED, _no_schema,
                "the switch does not start",
                "run `cardline migrate` with the owner's DSN; if there should be one, CARDLINE_POSTGRES_DSN names the wrong database",
            ),
            Mistake(
                "schema", "older than the program", Verdict.FAILED, _behind,
                "the switch does not start",
                "run `cardline migrate`; the previous release may keep running (docs/runbooks/upgrade.md)",
            ),
            Mistake(
                "schema", "newer than the program", Verdict.FAILED, _ahead,
                "this release does not know what is stored there, and does not start",
                "upgrade cardline on this machine",
            ),
            Mistake(
                "schema", "the reports cannot be read", Verdict.FAILED,
                books(lambda b: "" if b.can_read_books else "the reports cannot be read"),
                "`ledger`, `explain` and SQL over the schema `report` do not work for this login",
                "`grant cardline_reader to LOGIN`, the role of CARDLINE_POSTGRES_DSN",
            ),
            Mistake(
                "schema", "a login that may not take the roles of the schema", Verdict.FAILED,
                books(lambda b: f"it may not become {', '.join(b.roles_refused)}" if b.roles_refused else ""),
                "the writer works as cardline_writer and the proofs as cardline_verifier: without them nothing is stored or proved",
                "`grant cardline_writer, cardline_reader, cardline_verifier, cardline_closer to LOGIN`",
            ),
            Mistake(
                "schema", "grants that are gone", Verdict.FAILED,
                books(lambda b: f"cardline_writer may not {', '.join(b.grants_missing)}" if b.grants_missing else ""),
                "no payment can be stored. A dump restored with --no-privileges leaves it so",
                "restore without --no-privileges and --no-owner (docs/runbooks/restore.md), or grant as ledger/migrations do",
            ),
            Mistake(
                "schema", "a chart of accounts that changed a role", Verdict.FAILED,
                books(lambda b: b.chart_conflict),
                "balances hang on a role's number and side: `migrate` refuses it",
                "put configs/chart_of_accounts.toml back; a new meaning is a new role with a new number",
            ),
        ),
    ),
    Check(
        "books",
        books(lambda _: "partitions ahead, streams free, verified"),
        (
            Mistake(
                "books", "partitions that are missing", Verdict.FAILED,
                books(lambda b: "; ".join(b.partition_warnings)),
                "a payment of that month has to wait until its partition is made; nobody has made any for weeks",
                "start a switch, which makes them, and see docs/runbooks/partitions-missing.md if it stays",
            ),
            Mistake(
                "books", "all streams are leased", Verdict.FAILED, _too_few_streams,
                "a switch leases as many as limits.writers, and waits for them without answering",
                "stop switches that nobody needs; who has them: `select pid from pg_locks where locktype = 'advisory'`",
            ),
            Mistake(
                "books", "nobody verifies", Verdict.WARNING,
                books(lambda b: (
                    f"not verified since {b.unverified_seconds / 60:.0f} minutes"
                    if b.unverified_seconds >= _VERIFIED_WITHIN_SECONDS else ""
                )),
                "a change in the books would be found late, and new seals do not come either",
                "see that a switch runs, and docs/runbooks/verified-age.md",
            ),
            Mistake(
                "books", "books that do not hold", Verdict.FAILED,
                books(lambda b: f"{b.open_findings} open findings" if b.open_findings else ""),
                "something in the books was changed or lost",
                "docs/runbooks/books-do-not-hold.md; `cardline ledger verify` names them all",
            ),
        ),
    ),
    Check(
        "file updates",
        books(_no_update_is_late),
        (
            Mistake(
                "file updates", "the network is not told of blocked cards", Verdict.FAILED, books(_overdue_updates),
                "while we are away the network approves for cards that are blocked here",
                "see that the link they name (report.file_update) is up, signed on, and takes file updates in its profile",
            ),
            Mistake(
                "file updates", "file updates that were given up", Verdict.WARNING, books(_failed_updates),
                "while we are away the network approves for these cards",
                "see why in report.file_update, then say it again: `cardline card tell-network CARD`",
            ),
        ),
    ),
)  # fmt: skip
