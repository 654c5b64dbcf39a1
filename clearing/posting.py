"""Posts a kept clearing file, chunk by chunk: match, write down what was decided, book, write down what was booked.

The decision is stored before anything is booked, and every booking has a key from the file's content and the record's
place. So a posting may end anywhere (kill -9) and begin again: what was decided stays decided, what was booked is found.

Three chunks are under way at a time: one is read, the one before it is matched, the one before that is booked. What a record
may find must not depend on how far that booking is: a chunk that meets something of the one before it waits, and looks again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, TypeVar

import asyncpg

from authorizer.tokens import Tokenizer
from clearing.bookings import (
    FileFacts,
    Journal,
    conversion,
    difference,
    ends_hold_beside,
    interchange,
    is_in_question,
    main_command,
    release,
)
from clearing.chunks import Chunk, Share, in_turn, read_chunks
from clearing.days import days_of_file
from clearing.errors import NoSuchFile, PostingError
from clearing.intake.keeping import kept_file
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm
from clearing.lookups import journals_by_id, journals_of, known_of, matches_of
from clearing.matches import Concern, Known, Match, Presented
from clearing.matching import Convert, Matcher, no_rates
from clearing.pacing import UNHURRIED, Pace
from clearing.pairing import end_items, pair_waiting, taken_back
from clearing.questions import items_of, not_understood
from clearing.records import ClearingRecord, RecordKind, Untranslatable
from clearing.rematching import undisturbed
from clearing.statements import statement
from clearing.storing import (
    CONVERSION,
    DIFFERENCE,
    INTERCHANGE,
    RELEASE,
    Booked,
    raise_items,
    store_bookings,
    store_disputes,
    store_matches,
    store_records,
)
from clearing.tolerances import NONE, Tolerances
from ledger.commands import Book, Booking, Expire, Outcome
from ledger.journal import Journal as Books
from ledger.verdicts import Verdict

CHUNK = 1_000
"""Positions that are matched, booked and written down together: what a kill may cost, and what memory holds. A file stays with
those in which it was begun, because interchange has a key per chunk."""
MAX_BUSY = 20
"""Times a chunk is asked again while somebody holds one of its accounts; each time the ledger has waited for seconds."""
_TO_SUSPENSE = {
    "closed_account": Concern.CLOSED_ACCOUNT, "unknown_account": Concern.UNKNOWN_CARD, "wrong_asset": Concern.WRONG_CURRENCY,
    "not_a_customer": Concern.UNKNOWN_CARD, "unknown_chain": Concern.UNAUTHORIZED, "already_reversed": Concern.ORPHAN_REVERSAL,
    "unknown_journal": Concern.ORPHAN_REVERSAL,
}  # fmt: skip
"""What the books may say of an account that matching thought open: then the money waits in suspense."""
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Progress:
    """So many of a file's messages are behind us."""

    posted: int
    messages: int


@dataclass(slots=True)
class Summary:
    """What this run has done."""

    records: int = 0
    posted: int = 0
    suspended: int = 0
    unbookable: int = 0
    items: int = 0
    was_posted_before: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What a poster works with: two connections of the writer's, its own. `connection` looks up and writes down what was decided;
    `reader` fetches the kept file and writes down what was booked."""

    connection: asyncpg.Connection
    reader: asyncpg.Connection
    books: Books
    tokenizer: Tokenizer
    key: bytes
    convert: Convert = no_rates
    tolerances: Tolerances = NONE


async def _at_once(_: Progress) -> None:
    """Nobody asks to be told, or to wait."""


async def post_file(
    desk: Desk, file_id: str, *, after_chunk: Callable[[Progress], Awaitable[None]] = _at_once, pace: Pace = UNHURRIED
) -> Summary | None:
    """Everything that is not posted yet; None where another process is at it. `after_chunk` and `pace` may take their time.

    Raises NoSuchFile, SealedFileError, PostingError and what the ledger raises; then begin again.
    """
    if not await desk.connection.fetchval(statement("claim_posting"), file_id):
        return None
    state = await desk.connection.fetchrow(statement("posting_state"), file_id)
    if state is None:
        raise NoSuchFile(f"there is no clearing file {file_id}")
    summary = Summary(was_posted_before=state["is_posted"])
    if state["is_posted"]:  # perhaps by one that was killed right after its last chunk
        await pair_waiting(desk.connection, desk.books, desk.tolerances)
        return summary
    poster = _Poster(desk, FileFacts(file_id, state["sha256"], state["received_at"]), summary, pace, asyncio.Lock())
    pieces = in_turn(kept_file(desk.reader, file_id, desk.key), poster.reading)
    form = FileForm(Framing(state["framing"]), CharacterSet(state["character_set"]))
    chunk = await desk.connection.fetchval(statement("begin_posting"), file_id, CHUNK)
    days = days_of_file(file_id, state["received_at"].astimezone(UTC).date())
    share = Share(state["posted"], state["messages"], chunk, days)
    await _post_all(poster, read_chunks(pieces, form, desk.tokenizer, pace, share), state["messages"], after_chunk)
    return summary


async def _post_all(
    poster: "_Poster", chunks: AsyncGenerator[Chunk, None], messages: int, after_chunk: Callable[[Progress], Awaitable[None]]
) -> None:
    """Reads, matches and books, each a chunk behind the other."""

    async def book(chunk: Chunk) -> None:
        await poster.book(chunk)
        await after_chunk(Progress(chunk.last, messages))

    upcoming = asyncio.ensure_future(anext(chunks, None))
    booking: asyncio.Future[None] | None = None
    before: Chunk | None = None
    try:
        while (chunk := await upcoming) is not None:
            upcoming = asyncio.ensure_future(anext(chunks, None))
            await poster.decide(chunk, before, booking)
            if booking is not None:
                await booking
            before, booking = chunk, asyncio.ensure_future(book(chunk))
        if booking is not None:
            await booking
    finally:
        under_way: list[asyncio.Future[Any]] = [upcoming, *filter(None, [booking])]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Poster:
    desk: Desk
    file: FileFacts
    summary: Summary
    pace: Pace
    reading: asyncio.Lock
    """Held by whoever uses `desk.reader`."""

    async def decide(self, chunk: Chunk, before: Chunk | None, booking: Awaitable[None] | None) -> None:
        """What each record is matched to: as it was decided before, or now, written down before anything is booked.

        `booking`: of the chunk before, which may be under way.
        """
        connection, file_id = self.desk.connection, self.file.file_id
        chunk.matches, chunk.sequences = await matches_of(connection, file_id, chunk.first, chunk.last)
        stored_to = await connection.fetchval(statement("recorded_to"), file_id) or 0
        chunk.abide(stored_to)
        records = [record for record in chunk.records if record.position > stored_to]
        chunk.may_pair = len(records) < len(chunk.records)
        if not records:
            return
        understood = [record.content for record in records if isinstance(record.content, ClearingRecord)]
        known = await self._known(understood)
        if booking is not None and before is not None and before.moves(known, file_id):
            await booking
            known = await self._known(understood)
        matches = await self._matched(chunk, understood, known)
        cards = {
            record.number: card.card_id for record in understood if (card := known.cards.get(record.card_token or b""))
        }  # fmt: skip
        async with connection.transaction():
            await store_records(connection, file_id, records, cards)
            await store_disputes(connection, file_id, records, self._presented.received_on)
            await store_matches(connection, file_id, [(match, 0) for match in matches])
        chunk.matches.update((m.number, m) for m in matches)
        chunk.sequences.update((m.number, 0) for m in matches)

    async def _known(self, records: Sequence[ClearingRecord]) -> Known:
        """Of all of them, asked for in parts as the pace wants it: nothing of this chunk is booked meanwhile."""
        found = Known({}, {}, {}, {})
        for part in self._parts(records):
            more = await known_of(self.desk.connection, part, self._presented)
            found = Known(
                {**found.cards, **more.cards}, {**found.by_trace, **more.by_trace}, {**found.by_account, **more.by_account},
                {**found.by_reference, **more.by_reference},
            )  # fmt: skip
            await self.pace.breathe()
        return found

    async def _matched(self, chunk: Chunk, records: Sequence[ClearingRecord], known: Known) -> list[Match]:
        matcher = Matcher(known, self._presented, self.desk.convert, self.desk.tolerances)
        matches: list[Match] = []
        for part in self._parts(records):
            matches += matcher.match_all(part)
            await self.pace.breathe()
        chunk.may_pair = chunk.may_pair or matcher.meets_waiting
        return [matcher.paired.get(match.number, match) for match in matches]

    @property
    def _presented(self) -> Presented:
        return Presented(self.file.file_id, self.file.received_at.date())

    async def book(self, chunk: Chunk) -> None:
        records, matches, sequences = chunk.records, chunk.matches, chunk.sequences
        understood = [record.content for record in records if isinstance(record.content, ClearingRecord)]
        booked = [not_understood(r.content) for r in records if isinstance(r.content, Untranslatable)]
        originals = [record for record in understood if not _takes_back(record)]
        booked += await self._booked(originals, matches, sequences, {})
        reversals = [record for record in understood if _takes_back(record)]
        async with undisturbed(self.desk.reader, self.reading, self.desk.books, [matches[r.number].refers for r in reversals]):
            booked += await self._booked(reversals, matches, sequences, await self._taken_back(matches, booked))
        refused = {b.position for b in booked if b.kind == "refused"}
        booked += await self._beside(chunk.first, [record for record in understood if record.number not in refused], matches)
        items = items_of([record.content for record in records], matches, booked)
        connection, file_id = self.desk.reader, self.file.file_id
        async with self.reading, connection.transaction():
            await store_bookings(connection, file_id, booked)
            await raise_items(connection, file_id, items, self.file.received_at.date())
            await end_items(connection, taken_back(understood, matches), self.desk.tolerances)
            await connection.execute(statement("insert_posted_chunk"), file_id, chunk.first, chunk.last, chunk.is_end)
        if chunk.may_pair or chunk.is_end:
            async with self.reading:
                await pair_waiting(connection, self.desk.books, self.desk.tolerances)
        self._count(booked, len(records), len(items))

    async def _booked(
        self,
        records: Sequence[ClearingRecord],
        matches: dict[int, Match],
        sequences: dict[int, int],
        originals: dict[tuple[str, int], Journal],
    ) -> list[Booked]:
        """The main bookings. What an account does not take goes to suspense, under a match that says so."""
        outcomes = await self._recorded(self._commands(records, matches, sequences, originals))
        refused = [record for record in records if _is_refused(outcomes.get(record.number), matches[record.number])]
        if refused:
            for record in refused:
                said = outcomes[record.number].reason
                matches[record.number] = _suspended(matches[record.number], said)
                sequences[record.number] += 1
            connection = self.desk.reader
            moved = [(matches[record.number], sequences[record.number]) for record in refused]
            async with self.reading, connection.transaction():
                await store_matches(connection, self.file.file_id, moved)
            outcomes |= await self._recorded(self._commands(refused, matches, sequences, {}))
        return [_booking(outcomes.get(r.number), matches[r.number], r, sequences[r.number]) for r in records]

    def _commands(
        self,
        records: Sequence[ClearingRecord],
        matches: dict[int, Match],
        sequences: dict[int, int],
        originals: dict[tuple[str, int], Journal],
    ) -> dict[int, Booking]:
        found: dict[int, Booking] = {}
        for record in records:
            match = matches[record.number]
            original = originals.get(match.refers) if match.refers else None
            command = main_command(record, match, self.file, original, attempt=sequences[record.number])
            if command is not None:
                found[record.number] = command
        return found

    async def _taken_back(self, matches: dict[int, Match], booked: Sequence[Booked]) -> dict[tuple[str, int], Journal]:
        """The journals of what reversals refer to: of this chunk as just booked, of others as written down."""
        file_id = self.file.file_id
        mine = {b.position: b.journal_id for b in booked if b.is_main and b.journal_id is not None}
        wanted = {match.refers for match in matches.values() if match.refers}
        here = {refers: mine[refers[1]] for refers in wanted if refers[0] == file_id and refers[1] in mine}
        async with self.reading:
            journals = await journals_by_id(self.desk.reader, here.values()) if here else {}
            elsewhere = await journals_of(self.desk.reader, wanted - here.keys()) if wanted - here.keys() else {}
        return elsewhere | {refers: journals[journal_id] for refers, journal_id in here.items()}

    async def _beside(self, first: int, records: Sequence[ClearingRecord], matches: dict[int, Match]) -> list[Booked]:
        """Up to what the network settles, in its asset; the holds that end in suspense; and the chunk's interchange."""
        margin, file = self.desk.tolerances.margin_percent, self.file
        conversions = {r.number: c for r in records if (c := conversion(r, matches[r.number], file)) is not None}
        differences = {r.number: d for r in records if (d := difference(r, matches[r.number], file, margin_percent=margin))}
        holds = await self._holds([(r, matches[r.number]) for r in records])
        fees = dict(enumerate(interchange(records, first, file), INTERCHANGE))
        moved, ended = await self._recorded(conversions | differences), await self._recorded(holds)
        earned = await self._recorded(fees)
        place = min((r.number for r in records if r.fees), default=first)
        return [
            *(_beside(number, CONVERSION, "conversion", moved[number]) for number in conversions),
            *(_difference(number, differences[number], moved[number]) for number in differences),
            *(_beside(number, RELEASE, "release", outcome) for number, outcome in ended.items()),
            *(_beside(place, sequence, "interchange", outcome) for sequence, outcome in earned.items()),
        ]

    async def _holds(self, found: Sequence[tuple[ClearingRecord, Match]]) -> dict[int, Expire]:
        """What ends the holds that no booking ends; only where there are any is the database asked."""
        ending = [(record, match) for record, match in found if ends_hold_beside(record, match)]
        if not ending:
            return {}
        async with self.reading:
            rows = await self.desk.reader.fetch(statement("hold_accounts"), [match.chain_id for _, match in ending])
        accounts = {row["chain_id"]: row["account_id"] for row in rows}
        ends = {r.number: release(r, m, accounts[m.chain_id], self.file) for r, m in ending if m.chain_id in accounts}
        return {number: end for number, end in ends.items() if end is not None}

    async def _recorded(self, commands: Mapping[int, Booking]) -> dict[int, Outcome]:
        outcomes: dict[int, Outcome] = {}
        waiting = dict(commands)
        for _ in range(MAX_BUSY):
            for part in self._parts(list(waiting)):
                answers = await self.desk.books.record_all(waiting[number] for number in part)
                outcomes |= dict(zip(part, answers, strict=True))
                await self.pace.breathe()
            waiting = {number: commands[number] for number in waiting if outcomes[number].verdict is Verdict.BUSY}
            if not waiting:
                return outcomes
        raise PostingError(f"record {min(waiting)}: its account is held by somebody else")

    def _parts(self, items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
        """As many at a time as the pace allows when their turn comes."""
        done = 0
        while done < len(items):
            size = self.pace.size
            yield items[done : done + size]
            done += size

    def _count(self, booked: Sequence[Booked], records: int, items: int) -> None:
        main = [b.status for b in booked if b.is_main]
        self.summary.records += records
        self.summary.posted += main.count("posted")
        self.summary.suspended += main.count("suspense")
        self.summary.unbookable += main.count("unbookable")
        self.summary.items += items


def _takes_back(record: ClearingRecord) -> bool:
    return record.kind is RecordKind.PRESENTMENT and record.is_reversal


def _is_refused(outcome: Outcome | None, match: Match) -> bool:
    """By the account, which may have been closed since it was looked up."""
    is_refused = outcome is not None and outcome.verdict is Verdict.REFUSED and outcome.reason in _TO_SUSPENSE
    return is_refused and match.account_id is not None


def _suspended(match: Match, said: str) -> Match:
    chain_id = None if said == "unknown_chain" else match.chain_id
    return replace(
        match, account_id=None, chain_id=chain_id, concern=_TO_SUSPENSE[said], reason=f"{match.reason}; the books say {said}"
    )  # fmt: skip


def _booking(outcome: Outcome | None, match: Match, record: ClearingRecord, sequence: int) -> Booked:
    if outcome is None:
        return Booked(record.number, sequence, "nothing", True, None, "nothing", "no amount")
    if outcome.verdict is not Verdict.ACCEPTED:
        return Booked(record.number, sequence, "refused", True, None, "unbookable", outcome.reason)
    is_suspense = match.account_id is None and record.kind is RecordKind.PRESENTMENT
    kind = f"{record.kind}_reversal" if record.is_reversal else str(record.kind)
    return Booked(record.number, sequence, kind, True, outcome.journal_id, "suspense" if is_suspense else "posted")


def _beside(position: int, sequence: int, kind: str, outcome: Outcome) -> Booked:
    is_posted = outcome.verdict is Verdict.ACCEPTED
    return Booked(position, sequence, kind, False, outcome.journal_id, "posted" if is_posted else "unbookable", outcome.reason)


def _difference(position: int, command: Book, outcome: Outcome) -> Booked:
    booked = _beside(position, DIFFERENCE, "difference", outcome)
    return replace(booked, status="suspense") if booked.status == "posted" and is_in_question(command) else booked
