"""Reversals that came before their presentment, and what they waited in suspense for: paired when it comes. I/O only.

The end is that of the tidy order. What a reversal is matched to is written down first, under the lock of its item; then it
takes its presentment back; then its booking in suspense is corrected. In that order the account is never shown more than it
has. Whoever was cut off on the way, or did not see another's file yet, leaves items open that the next one finds here. Keys
are from the file's content.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any

import asyncpg

from clearing.bookings import ACTOR, FileFacts, Journal, main_command
from clearing.errors import PostingError
from clearing.lookups import journals_by_id, journals_of, payment_named, to_be_weighed
from clearing.matches import Concern, Earlier, Known, Match, Presented, Rule
from clearing.matching import Matcher, taking_back
from clearing.reconciliation.resolving import Act, close, item_key
from clearing.records import ClearingRecord, RecordKind, References, Sum
from clearing.statements import statement
from clearing.storing import Booked, store_bookings, store_matches
from clearing.tolerances import Tolerances
from ledger.commands import Booking, Correct, Outcome
from ledger.journal import Journal as Books
from ledger.verdicts import Verdict

MAX_BUSY = 20
"""Times a booking is asked again while somebody holds its account."""
WAIT = "30s"
"""For somebody else who is at the same items; an act takes a fraction of a second."""
_LOCK = "select pg_advisory_xact_lock(hashtextextended('cardline clearing pairing', 0))"
"""One after the other: the second of two reversals finds that its presentment was taken back, and items are held in one order."""
Place = tuple[str, int]


async def pair_waiting(connection: asyncpg.Connection, books: Books, tolerances: Tolerances) -> int:
    """All that can be; how many. Raises PostingError and what the ledger raises; then begin again."""
    if not await connection.fetch(statement("waiting_reversals")):
        return 0
    pairs = await _matched(connection)
    for row, match in pairs:
        await _booked(connection, books, row, match, tolerances)
    return len(pairs)


@asynccontextmanager
async def alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction, or a part of the caller's, in which nobody else pairs or ends items."""
    try:
        async with connection.transaction():
            await connection.execute("select set_config('lock_timeout', $1, true)", WAIT)
            await connection.execute(_LOCK)
            yield
    except asyncpg.LockNotAvailableError:
        raise PostingError("somebody else holds the items of presentments that were taken back: ask again") from None


async def _matched(connection: asyncpg.Connection) -> list[tuple[Any, Match]]:
    """Each with what it is matched to, written down; those of before as they were."""
    pairs: list[tuple[Any, Match]] = []
    taken: set[Place] = set()
    async with alone(connection):
        rows = await connection.fetch(statement("waiting_reversals"))
        for row in sorted(rows, key=lambda found: not found["is_begun"]):
            place = row["presented_file"], row["presented_position"]
            if place in taken or not await _is_ours(connection, row):
                continue
            taken.add(place)
            match = taking_back(row["position"], _presented(row))
            if not row["is_begun"]:
                await store_matches(connection, row["file_id"], [(match, row["sequence"] + 1)])
            pairs.append((row, match))
    return pairs


async def _is_ours(connection: asyncpg.Connection, row: Any) -> bool:
    """Held, and nobody works it off or has begun to."""
    if not await connection.fetch(statement("hold_open_items"), [row["exception_id"]]):
        return False
    key = item_key(row["exception_id"], row["opened_at"])
    return await connection.fetchrow(statement("journal_under_key"), key.digest, key.date) is None


async def _booked(connection: asyncpg.Connection, books: Books, row: Any, match: Match, tolerances: Tolerances) -> None:
    sequence = row["sequence"] + (not row["is_begun"])
    booked = Booked(row["position"], sequence, "presentment_reversal", True, row["journal_id"], "suspense", "where it was")
    if match.account_id is not None:
        outcome = await _moved(connection, books, row, match, sequence)
        if outcome.verdict is not Verdict.ACCEPTED:
            await _left(connection, row, match, sequence + 1, outcome.reason)
            return
        said = f"in place of {row['journal_id']}"
        booked = replace(booked, journal_id=outcome.journal_id, status="posted", detail=said)
    async with alone(connection):
        if await connection.fetch(statement("hold_open_items"), [row["exception_id"]]):
            await store_bookings(connection, row["file_id"], [booked])
            act = Act("settled_itself", "rule reversal_before_presentment", match.reason)
            await close(connection, row["exception_id"], act, journal_id=outcome.journal_id if match.account_id else None)
            await end_items(connection, [(row["presented_file"], row["presented_position"])], tolerances)


async def _moved(connection: asyncpg.Connection, books: Books, row: Any, match: Match, sequence: int) -> Outcome:
    """Takes the presentment back, then leaves suspense as it was before the reversal came."""
    assert match.refers is not None
    originals = await journals_of(connection, [match.refers])
    waiting = await journals_by_id(connection, [row["journal_id"]])  # another may have ended it meanwhile
    file, record = FileFacts(row["file_id"], row["sha256"], row["received_at"]), _record(row)
    command = main_command(record, match, file, originals[match.refers], attempt=sequence)
    assert command is not None, "what waits in suspense is an amount"
    outcome = await _recorded(books, command)
    if outcome.verdict is Verdict.ACCEPTED:
        corrected = await _recorded(books, _correction(row, file, record, waiting[row["journal_id"]], sequence))
        if corrected.verdict is not Verdict.ACCEPTED:
            raise PostingError(f"record {row['position']} of file {row['file_id']}: the books say {corrected.reason}")
    return outcome


def _correction(row: Any, file: FileFacts, record: ClearingRecord, waiting: Journal, sequence: int) -> Correct:
    """Of its own value date: by that date suspense and the network's account stand as in the tidy order."""
    key = file.key(row["position"], f"unmatch {sequence}")
    content = sha256(f"correct|{waiting.journal_id}".encode()).digest()[:16]
    at, day = record.at or file.received_at, file.value_date(record)
    return Correct(key, content, waiting.journal_id, waiting.booking_date, "presentment_came", at, day, ACTOR)


async def _left(connection: asyncpg.Connection, row: Any, match: Match, sequence: int, said: str) -> None:
    """The books do not take it: it stays in suspense, and with people."""
    refused = replace(match, account_id=None, concern=Concern.ORPHAN_REVERSAL, reason=f"{match.reason}; the books say {said}")
    booked = Booked(row["position"], sequence, "presentment_reversal", True, row["journal_id"], "suspense", "where it was")
    async with alone(connection):
        if await connection.fetchval(statement("newest_match"), row["file_id"], row["position"]) < sequence:
            await store_matches(connection, row["file_id"], [(refused, sequence)])
            await store_bookings(connection, row["file_id"], [booked])


async def _recorded(books: Books, command: Booking) -> Outcome:
    for _ in range(MAX_BUSY):
        outcome = await books.record(command)
        if outcome.verdict is not Verdict.BUSY:
            return outcome
    raise PostingError("the account of a reversal that waits is held by somebody else")


def _record(row: Any) -> ClearingRecord:
    """As far as its booking needs it."""
    money = Sum(row["amount"], row["asset"])
    names = References(row["trace_id"], None, row["approval_code"], row["rrn"])
    return ClearingRecord(
        RecordKind.PRESENTMENT, row["position"], row["function_code"], row["is_debit"], money, money, None, "", names,
        None, None, row["at"], is_reversal=True, business_date=row["business_date"],
    )  # fmt: skip


def _presented(row: Any) -> Earlier:
    return Earlier(
        row["presented_file"], row["presented_position"], row["function_code"], row["amount"], row["asset"], True, False,
        row["account_id"], row["authorization_id"], row["chain_id"], (row["amount"], row["asset"]),
        not row["is_debit"], None, None,
    )  # fmt: skip


# --- what people need not look at any more ---


async def end_items(connection: asyncpg.Connection, presentments: Iterable[Place], tolerances: Tolerances) -> None:
    """Of presentments that were taken back, and of those beside them that are not too much any more; in a transaction."""
    if not (places := sorted(set(presentments))):
        return
    files, positions = [file_id for file_id, _ in places], [position for _, position in places]
    async with alone(connection):
        for row in await connection.fetch(statement("items_of_presentments"), files, positions):
            await _ended(connection, row, "its presentment was taken back")
        for row in await connection.fetch(statement("over_cleared_beside"), files, positions):
            if (await _weighed(connection, row, tolerances)).concern is not Concern.OVER_CLEARED:
                await _ended(connection, row, "what was presented before it was taken back: it is not too much any more")


async def _ended(connection: asyncpg.Connection, row: Any, said: str) -> None:
    """Unless somebody has begun to work it off."""
    key = item_key(row["exception_id"], row["opened_at"])
    if await connection.fetchrow(statement("journal_under_key"), key.digest, key.date) is None:
        await close(connection, row["exception_id"], Act("settled_itself", "rule taken_back", said))


async def _weighed(connection: asyncpg.Connection, row: Any, tolerances: Tolerances) -> Match:
    """As matching would, had what was taken back never come."""
    payment = await payment_named(connection, row["authorization_id"], row["account_id"])
    found = Match(row["position"], Rule.NONE, "", row["account_id"], row["amount"], row["asset"], row["authorization_id"])
    if payment is None or payment.chain_id != row["chain_id"]:
        return replace(found, concern=Concern.OVER_CLEARED)
    payment, found = replace(payment, captured=payment.captured - row["from_here"]), replace(found, chain_id=payment.chain_id)
    file = Presented(row["file_id"], row["received_at"].date())
    return Matcher(Known(), file, tolerances=tolerances).weighed(to_be_weighed(row), payment, found)


def taken_back(records: Sequence[ClearingRecord], matches: dict[int, Match]) -> list[Place]:
    """What these reversals take back, where the books have taken them so."""
    found = [matches[record.number] for record in records if record.kind is RecordKind.PRESENTMENT and record.is_reversal]
    return [match.refers for match in found if match.refers is not None and match.concern is None]
