"""The derived tables again, from the facts alone, by Python instead of SQL: balances, holds, early reversals.

They are built in shadow tables beside the live ones and compared: nothing may differ. Where something does, and the
facts are sound (`verify` says so), the shadow is the repair of last resort. Facts are streamed: memory stays bounded.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.books import waiting_references
from ledger.holds import OPENING, Event, EventKind, fold
from ledger.statements import statement

FETCH = 5000
"""Rows taken from a server-side cursor at a time, and written to the shadow at a time."""
LIMIT = 200
"""Differences listed: enough to see the pattern."""
_SETTINGS = (
    "set local role cardline_owner; set local timezone to 'UTC'; set local statement_timeout to 0; set local work_mem to '64MB'"
)
_BALANCE = ("account_id", "posted", "holds", "excused", "version")
_HOLD = ("chain_id", "account_id", "asset", "authorized", "incremented", "reversed", "captured", "refunded", "expired", "held",
         "last_event", "expires_at")  # fmt: skip
_EARLY = ("reference", "account_id", "replacement", "key")

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of a derived table as it stands, and as the facts say."""

    relation: str
    subject: str
    live: str
    replayed: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Who answers for writing the replayed figures over the live ones, and why."""

    actor: str
    reason: str


async def replay(connection: Any, repair: Repair | None = None) -> list[Difference]:
    """What differs, as the owner of the schema. With `repair` no writer comes in between, and nothing differs afterwards."""
    transaction = connection.transaction(isolation="read_committed" if repair else "repeatable_read")
    await transaction.start()
    try:
        await connection.execute(_SETTINGS)
        if repair:
            await _lock_everything(connection)
        differences = await _differences(connection)
        if repair and differences:
            await connection.execute(statement("replay_repair"))
            await connection.execute(
                "select ledger.record_audit($1, 'ledger_repaired', $2, $3, $4)",
                repair.actor, f"{len(differences)} rows", repair.reason, "; ".join(d.subject for d in differences[:20]),
            )  # fmt: skip
    except BaseException:
        await transaction.rollback()
        raise
    if repair and differences:
        await transaction.commit()
    else:
        await transaction.rollback()  # and with it the shadow
    return differences


async def _lock_everything(connection: Any) -> None:
    """As every writer does: the streams first, then the accounts by id."""
    await connection.execute("select 1 from ledger.stream_head order by stream for no key update")
    await connection.execute("select 1 from ledger.balance order by account_id for no key update")


async def _differences(connection: Any) -> list[Difference]:
    await connection.execute(statement("replay_shadow"))
    await _fill(connection, "balance", _BALANCE, _balances(_grouped(connection, "replay_postings", "account_id")))
    await _fill(connection, "hold", _HOLD, _holds(_grouped(connection, "replay_events", "chain_id")))
    await _fill(connection, "early_reversal", _EARLY, _early_reversals(connection))
    await connection.execute(statement("replay_related"))
    await connection.execute("analyze pg_temp.shadow_balance, pg_temp.shadow_hold, pg_temp.shadow_early_reversal")
    rows = await connection.fetch(f"select * from ({statement('replay_differences')}) as d limit {LIMIT}")  # noqa: S608
    return [Difference(row["relation"], row["subject"], str(row["live"]), str(row["replayed"])) for row in rows]


async def _fill(connection: Any, table: str, columns: Sequence[str], rows: AsyncIterator[Row]) -> None:
    waiting: list[Row] = []
    write: Callable[[], Awaitable[object]] = lambda: connection.copy_records_to_table(  # noqa: E731
        f"shadow_{table}", schema_name="pg_temp", records=waiting, columns=columns
    )
    async for row in rows:
        waiting.append(row)
        if len(waiting) >= FETCH:
            await write()
            waiting.clear()
    await write()


async def _grouped(connection: Any, query: str, key: str) -> AsyncIterator[list[Any]]:
    """The rows of a query ordered by `key`, all of one key together."""
    group: list[Any] = []
    async for row in connection.cursor(statement(query), prefetch=FETCH):
        if group and row[key] != group[0][key]:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


# --- balances ---


@dataclass(slots=True)
class AccountFold:
    """An account's balance after some of its journals, in its own sense. Pure."""

    is_debit_normal: bool
    floor: int | None
    posted: int = 0
    holds: int = 0
    version: int = 0
    excused: int = 0

    def add(self, layer: str, amount: int) -> None:
        change = amount if self.is_debit_normal else -amount
        if layer == "posted":
            self.posted += change
        else:
            self.holds -= change
        self.version += 1

    def end_journal(self, *, is_forced: bool) -> None:
        """After its last line: what a journal does to the account on the whole decides what is excused."""
        if self.floor is not None:
            short = max(0, self.floor + self.holds - self.posted)
            self.excused = max(self.excused, short) if is_forced else min(self.excused, short)


async def _balances(accounts: AsyncIterator[list[Any]]) -> AsyncIterator[Row]:
    async for rows in accounts:
        account = AccountFold(rows[0]["is_debit_normal"], rows[0]["floor"])
        for row in rows:
            if row["amount"] is not None:
                account.add(row["layer"], row["amount"])
                if row["is_last"]:
                    account.end_journal(is_forced=row["is_forced"])
        yield (rows[0]["account_id"], account.posted, account.holds, account.excused, account.version)


# --- holds ---


async def _holds(chains: AsyncIterator[list[Any]]) -> AsyncIterator[Row]:
    async for rows in chains:
        events = [Event(row["authorization_id"], EventKind(row["kind"]), row["amount"], row["at"]) for row in rows]
        if any(event.kind in OPENING for event in events):  # a chain that never held anything has no row of sums
            sums, first = fold(events), rows[0]
            yield (
                first["chain_id"], first["account_id"], first["asset"], sums.authorized, sums.incremented, sums.reversed,
                sums.captured, sums.refunded, sums.expired, sums.held, rows[-1]["sequence"], first["expires_at"],
            )  # fmt: skip


# --- early reversals ---


async def _early_reversals(connection: Any) -> AsyncIterator[Row]:
    async for row in connection.cursor(statement("replay_early_reversals"), prefetch=FETCH):
        for reference in waiting_references(row["original_key"], row["original_trace"]):
            yield (reference, row["account_id"], row["replacement"] or 0, row["key"])
