"""Closes and reopens business days and months. What is allowed and what a seal says is decided in `periods`.

A period goes from open to closing, which is committed, so that every batch begun later is refused by the database;
then each stream's head is locked once, so that every batch begun earlier has ended; then the seals are written.
Killed in between it stays closing, nothing is booked in it, and closing it again goes on from there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import asyncpg

from ledger.periods import (
    Period,
    PeriodKind,
    PeriodRow,
    PeriodStatus,
    Seal,
    balances_of,
    closed_with,
    covering,
    one_line,
    reopened_with,
    seal_period,
    why_not_close,
    why_not_reopen,
)
from ledger.statements import statement

LOCK = 0x63617264_70657264
LOCK_TIMEOUT = "60s"
"""A writer that hangs loses its transaction after ten seconds; another closer may take longer."""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The seals written now, in order; none when the period was closed already, by itself or with a later one."""

    seals: tuple[Seal, ...]
    covered_by: Period | None = None


@dataclass(frozen=True, slots=True)
class StillClosing:
    """A batch under way, or another closer, did not end within `LOCK_TIMEOUT`. Closing again goes on from there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reopened:
    """The period and every later one, whose seals no longer hold."""

    periods: tuple[Period, ...]


async def close(
    connection: Any, period: Period, *, actor: str, reason: str, today: date
) -> Closed | Refused | StillClosing:  # fmt: skip
    """Close the period and everything before its end. Waits for another closer, and for batches under way."""
    try:
        return await _close(connection, period, one_line(actor), one_line(reason), today)
    except asyncpg.LockNotAvailableError:
        return StillClosing(f"{period} is still closing: another close or a batch under way does not end; run it again")


async def _close(connection: Any, period: Period, actor: str, reason: str, today: date) -> Closed | Refused:
    async with _alone(connection):
        rows = await periods(connection)
        if PeriodRow(period, PeriodStatus.CLOSED) in rows:
            return Closed(())
        if cover := covering(period, rows):
            return Closed((), cover)
        if refusal := why_not_close(period, rows, today):
            return Refused(refusal)
        closing = closed_with(period, rows)
        await _announce(connection, closing)
        await _wait_for_batches(connection)
        async with connection.transaction():
            return Closed(tuple([await _seal(connection, one, actor, reason) for one in closing]))


async def reopen(connection: Any, period: Period, *, actor: str, reason: str) -> Reopened | Refused | StillClosing:
    """Open the period and all later ones again. Their seals stay on record; the next close supersedes them."""
    try:
        return await _reopen(connection, period, one_line(actor), one_line(reason))
    except asyncpg.LockNotAvailableError:
        return StillClosing("another close is under way; run it again")


async def _reopen(connection: Any, period: Period, actor: str, reason: str) -> Reopened | Refused:
    async with _alone(connection), connection.transaction():
        rows = await periods(connection)
        if refusal := why_not_reopen(period, rows):
            return Refused(refusal)
        opened = reopened_with(period, rows)
        for one in opened:
            await _set_status(connection, one, PeriodStatus.OPEN)
            await _audit(connection, actor, "period_reopened", one, reason, f"reopened with {period}")
        return Reopened(tuple(opened))


async def periods(connection: Any) -> list[PeriodRow]:
    rows = await connection.fetch("select kind, starts, ends, status from ledger.period order by ends, kind")
    return [PeriodRow(Period(PeriodKind(r["kind"]), r["starts"], r["ends"]), PeriodStatus(r["status"])) for r in rows]


@asynccontextmanager
async def _alone(connection: Any) -> AsyncIterator[None]:
    """One closer at a time, for as long as its connection lives."""
    await connection.execute("select set_config('lock_timeout', $1, false)", LOCK_TIMEOUT)
    await connection.execute("select pg_advisory_lock($1)", LOCK)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock($1)", LOCK)


async def _announce(connection: Any, closing: list[Period]) -> None:
    await connection.executemany(
        "insert into ledger.period (kind, starts, ends, status) values ($1, $2, $3, 'closing') "
        "on conflict (kind, starts) do update set status = 'closing' where period.status = 'open'",
        [(one.kind.value, one.starts, one.ends) for one in closing],
    )


async def _wait_for_batches(connection: Any) -> None:
    """Every writer locks its stream's head first: once we had it, a batch begun before we announced has ended."""
    for row in await connection.fetch("select stream from ledger.stream_head order by stream"):
        # One by one, in a transaction each: nobody waits for a stream that is not theirs.
        await connection.execute("select from ledger.stream_head where stream = $1 for no key update", row["stream"])


async def _seal(connection: Any, period: Period, actor: str, reason: str) -> Seal:
    last = await connection.fetchrow("select seal, hash from ledger.period_seal order by seal desc limit 1")
    supersedes = await connection.fetchval(
        "select max(seal) from ledger.period_seal where kind = $1 and starts = $2", period.kind.value, period.starts
    )
    seal = seal_period(
        period,
        await _closing_balances(connection, period.ends),
        number=last["seal"] + 1 if last else 1,
        previous=last["hash"] if last else b"",
        supersedes=supersedes,
        closed_by=actor,
        at=datetime.now(UTC),
        reason=reason,
    )
    await connection.execute(
        "insert into ledger.period_seal (seal, kind, starts, ends, supersedes, closed_by, at, reason, text, hash) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        seal.number, period.kind.value, period.starts, period.ends, supersedes, actor, seal.at, reason, seal.text, seal.hash,
    )  # fmt: skip
    await _set_status(connection, period, PeriodStatus.CLOSED)
    await _audit(connection, actor, "period_closed", period, reason, f"seal {seal.number} {seal.hash.hex()}")
    return seal


async def _closing_balances(connection: Any, ends: date) -> dict[tuple[str, str, str], int]:
    """From the last seal that holds and the postings since. Whether that seal is true is for `verify` to say."""
    base = await connection.fetchrow(statement("last_seal"), ends)
    balances = balances_of(base["text"]) if base else {}
    for row in await connection.fetch(statement("movements"), base["ends"] if base else None, ends):
        name = (row["kind"], row["asset"], row["layer"])
        balances[name] = balances.get(name, 0) + int(row["amount"])
    return balances


async def _set_status(connection: Any, period: Period, status: PeriodStatus) -> None:
    await connection.execute(
        "update ledger.period set status = $3 where kind = $1 and starts = $2", period.kind.value, period.starts, status.value
    )


async def _audit(connection: Any, actor: str, action: str, period: Period, reason: str, detail: str) -> None:
    await connection.execute(
        "select ledger.record_audit($1, $2, $3, $4, $5)", actor, action, f"{period.kind} {period}", reason, detail
    )
