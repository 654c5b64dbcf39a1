"""Reversals that came before their presentment, and what they waited in suspense for: paired when it comes. I/O only.

The end is that of the tidy order. What a reversal is matched to is written down first, under the lock of its item; then it
takes its presentment back; then its booking in suspense is corrected. In that order the account is never shown more than it
has. Whoever was cut off on the way, or did not see another's file yet, leaves items open that the next one finds here. Keys
are from the file's content, so two who book the same pair book it once.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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
from clearing.returning import LOCK, WAIT, still_pays
from clearing.statements import statement
from clearing.storing import Booked, store_bookings, store_matches
from clearing.tolerances import Tolerances
from ledger.commands import Booking, Correct, Outcome
from ledger.journal import Journal as Books
from ledger.verdicts import Verdict

BATCH = 200
"""Pairs that are booked and written down together: for how long their items are held."""
MAX_BUSY = 20
"""Times a booking is asked again while somebody holds its account."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A reversal that waits, as it was found, and the presentment that it is matched to."""

    row: Any
    match: Match

    @property
    def sequence(self) -> int:
        """Of the match: the one that somebody has begun, or the next."""
        return int(self.row["sequence"]) + (not self.row["is_begun"])

    @property
    def reversal(self) -> Place:
        return self.row["file_id"], self.row["position"]

    @property
    def presentment(self) -> Place:
        return self.row["presented_file"], self.row["presented_position"]

    @property
    def file(self) -> FileFacts:
        return FileFacts(self.row["file_id"], self.row["sha256"], self.row["received_at"])


async def pair_waiting(connection: asyncpg.Connection, books: Books, tolerances: Tolerances) -> int:
    """All that can be; how many. Raises PostingError and what the ledger raises; then begin again."""
    if not await connection.fetch(statement("waiting_reversals")):
        return 0
    pairs = await _matched(connection)
    for first in range(0, len(pairs), BATCH):
        await _booked(connection, books, pairs[first : first + BATCH], tolerances)
    return len(pairs)


@asynccontextmanager
async def alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction, or a part of the caller's, in which nobody else pairs or ends items."""
    try:
        async with connection.transaction():
            await connection.execute("select set_config('lock_timeout', $1, true)", WAIT)
            await connection.execute(LOCK)
            yield
    except asyncpg.LockNotAvailableError:
        raise PostingError("somebody else holds the items of presentments that were taken back: ask again") from None


async def _matched(connection: asyncpg.Connection) -> list[_Pair]:
    """Each with what it is matched to, written down; those of before as they were."""
    pairs: list[_Pair] = []
    taken: set[Place] = set()
    async with alone(connection):
        rows = await connection.fetch(statement("waiting_reversals"))
        for row in rows:
            await connection.execute(statement("hold_case_of_record"), row["presented_file"], row["presented_position"])
        ours = await _ours(connection, rows)
        for row in sorted(rows, key=lambda found: not found["is_begun"]):
            pair = _Pair(row, taking_back(row["position"], _presented(row)))
            if pair.presentment not in taken and row["exception_id"] in ours and await _is_owed(connection, pair):
                taken.add(pair.presentment)
                pairs.append(pair)
        found: dict[str, list[tuple[Match, int]]] = defaultdict(list)
        for pair in pairs:
            if not pair.row["is_begun"]:
                found[pair.row["file_id"]].append((pair.match, pair.sequence))
        for file_id, matches in found.items():
            await store_matches(connection, file_id, matches)
    return pairs


async def _is_owed(connection: asyncpg.Connection, pair: _Pair) -> bool:
    """Nobody was given back before what it takes back, or it was begun when nobody had been."""
    return pair.row["is_begun"] or await still_pays(connection, pair.match, is_debit=pair.row["is_debit"])


async def _ours(connection: asyncpg.Connection, items: Sequence[Any]) -> set[int]:
    """Held, and nobody works them off or has begun to."""
    return await _held(connection, items) - await _worked_off(connection, items)


async def _held(connection: asyncpg.Connection, items: Iterable[Any]) -> set[int]:
    """Those that are open, until the transaction ends."""
    rows = await connection.fetch(statement("hold_open_items"), [item["exception_id"] for item in items])
    return {row["exception_id"] for row in rows}


async def _worked_off(connection: asyncpg.Connection, items: Sequence[Any]) -> set[int]:
    """Of which the books have something already."""
    if not items:
        return set()
    keys = [item_key(item["exception_id"], item["opened_at"]) for item in items]
    rows = await connection.fetch(statement("keys_in_books"), [key.digest for key in keys], [key.date for key in keys])
    return {items[row["place"] - 1]["exception_id"] for row in rows}


async def _booked(connection: asyncpg.Connection, books: Books, pairs: Sequence[_Pair], tolerances: Tolerances) -> None:
    """What waits with its presentment in suspense stays where it is: the two make nothing together."""
    outcomes = await _moved(connection, books, [pair for pair in pairs if pair.match.account_id is not None])
    refused = {place: outcome for place, outcome in outcomes.items() if outcome.verdict is not Verdict.ACCEPTED}
    for pair in pairs:
        if pair.reversal in refused:
            await _left(connection, pair, refused[pair.reversal].reason)
    async with alone(connection):
        done = [pair for pair in pairs if pair.reversal not in refused]
        held = await _held(connection, [pair.row for pair in done])
        done = [pair for pair in done if pair.row["exception_id"] in held]
        booked: dict[str, list[Booked]] = defaultdict(list)
        for pair in done:
            journal_id = outcomes[pair.reversal].journal_id if pair.reversal in outcomes else None
            booked[pair.row["file_id"]].append(_booking(pair, journal_id))
            act = Act("settled_itself", "rule reversal_before_presentment", pair.match.reason)
            await close(connection, pair.row["exception_id"], act, journal_id=journal_id)
        for file_id, found in booked.items():
            await store_bookings(connection, file_id, found)
        await end_items(connection, [pair.presentment for pair in done], tolerances)


def _booking(pair: _Pair, journal_id: int | None) -> Booked:
    """By this journal; without one where it was."""
    waited, waiting = pair.row["journal_id"], Booked(pair.row["position"], pair.sequence, "presentment_reversal", True, None, "")
    if journal_id is None:
        return replace(waiting, journal_id=waited, status="suspense", detail="where it was")
    return replace(waiting, journal_id=journal_id, status="posted", detail=f"in place of {waited}")


async def _moved(connection: asyncpg.Connection, books: Books, pairs: Sequence[_Pair]) -> dict[Place, Outcome]:
    """Takes the presentments back, then leaves suspense as it was before the reversals came."""
    originals = await journals_of(connection, [pair.presentment for pair in pairs])
    # What waits is what was found when they were matched: somebody who pairs the same may have written down what came of it.
    waiting = await journals_by_id(connection, [pair.row["journal_id"] for pair in pairs])
    outcomes = await _recorded(books, [_taking_back(pair, originals[pair.presentment]) for pair in pairs])
    done = [pair for pair, outcome in zip(pairs, outcomes, strict=True) if outcome.verdict is Verdict.ACCEPTED]
    corrected = await _recorded(books, [_correction(pair, waiting[pair.row["journal_id"]]) for pair in done])
    for pair, outcome in zip(done, corrected, strict=True):
        if outcome.verdict is not Verdict.ACCEPTED:
            file_id, position = pair.reversal
            raise PostingError(f"record {position} of file {file_id}: the books say {outcome.reason}")
    return {pair.reversal: outcome for pair, outcome in zip(pairs, outcomes, strict=True)}


def _taking_back(pair: _Pair, original: Journal) -> Booking:
    command = main_command(_record(pair.row), pair.match, pair.file, original, attempt=pair.sequence)
    assert command is not None, "what waits in suspense is an amount"
    return command


def _correction(pair: _Pair, waiting: Journal) -> Correct:
    """Of its own value date: by that date suspense and the network's account stand as in the tidy order."""
    file, record = pair.file, _record(pair.row)
    key = file.key(record.number, f"unmatch {pair.sequence}")
    content = sha256(f"correct|{waiting.journal_id}".encode()).digest()[:16]
    at, day = record.at or file.received_at, file.value_date(record)
    return Correct(key, content, waiting.journal_id, waiting.booking_date, "presentment_came", at, day, ACTOR)


async def _left(connection: asyncpg.Connection, pair: _Pair, said: str) -> None:
    """The books do not take it: it stays in suspense, and with people."""
    file_id, position = pair.reversal
    reason = f"{pair.match.reason}; the books say {said}"
    refused = replace(pair.match, account_id=None, concern=Concern.ORPHAN_REVERSAL, reason=reason)
    sequence = pair.sequence + 1
    async with alone(connection):
        if await connection.fetchval(statement("newest_match"), file_id, position) < sequence:
            await store_matches(connection, file_id, [(refused, sequence)])
            await store_bookings(connection, file_id, [replace(_booking(pair, None), sequence=sequence)])


async def _recorded(books: Books, commands: Sequence[Booking]) -> list[Outcome]:
    """In the order of the commands."""
    outcomes: dict[int, Outcome] = {}
    waiting = list(range(len(commands)))
    for _ in range(MAX_BUSY):
        outcomes |= zip(waiting, await books.record_all(commands[number] for number in waiting), strict=True)
        waiting = [number for number in waiting if outcomes[number].verdict is Verdict.BUSY]
        if not waiting:
            return [outcomes[number] for number in range(len(commands))]
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
        settled = await connection.fetch(statement("items_of_presentments"), files, positions)
        await _ended(connection, settled, "its presentment was taken back")
        beside = [
            row
            for row in await connection.fetch(statement("over_cleared_beside"), files, positions)
            if (await _weighed(connection, row, tolerances)).concern is not Concern.OVER_CLEARED
        ]
        await _ended(connection, beside, "what was presented before it was taken back: it is not too much any more")


async def _ended(connection: asyncpg.Connection, items: Sequence[Any], said: str) -> None:
    """Unless somebody has begun to work them off."""
    worked_off = await _worked_off(connection, items)
    for item in items:
        if item["exception_id"] not in worked_off:
            await close(connection, item["exception_id"], Act("settled_itself", "rule taken_back", said))


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
