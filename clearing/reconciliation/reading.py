"""Reads the facts of a business date. I/O only; nothing is judged here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from clearing.bookings import ROUNDING_MINOR
from clearing.errors import NotPosted
from clearing.reconciliation.facts import (
    Booked,
    Facts,
    Gap,
    Input,
    Item,
    Later,
    Movement,
    OpenItem,
    Settled,
    Unpresented,
    Waiting,
)
from clearing.reconciliation.judging import EXPLAINING, SETTLEMENT
from clearing.settlement.bank_statements import BankEntry
from clearing.settlement.comparing import BY_BANK
from clearing.settlement.positions import Key, Position, Totals
from clearing.statements import statement

PIECE = 500
"""Records of a file that are read by one statement: some ten milliseconds."""
OVERDUE_DAYS = 60
"""For so long an authorization that was never presented is found by each run; its item stays."""
LONGEST_VALIDITY_DAYS = 32
"""Those that hold longer are read by one statement."""
SINGLES = "0200000"
"""How positions name payments that are settled without a presentment (PDS 0372)."""


async def read_facts(connection: Any, day: date) -> Facts:
    """What records say never changes and is read piece by piece; what moves together is read in one snapshot, a short one.

    An open snapshot slows payments. Raises NotPosted while a file that may be of this date is not in the books to its end.
    """
    for row in await connection.fetch(statement("unposted_files")):
        raise NotPosted(
            f"clearing file {row['file_id']} may be of this date and is not posted to its end: it is in the books up to "
            f"message {row['posted']} of {row['messages']}; run it again when it is (`cardline clearing ingest` goes on with it)"
        )
    files = await connection.fetch(statement("record_pieces"), day)
    records = await _read_records(connection, day, files)
    authorizations = await _read_authorizations(connection, day)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _refuse_what_came_meanwhile(connection, day, [row["file_id"] for row in files])
        facts = await _read_moving(connection, day, records, authorizations)
    return _with_books(facts)


async def _refuse_what_came_meanwhile(connection: Any, day: date, files: list[str]) -> None:
    """What is read of records must be all that the snapshot sees, and all that it sees must be booked."""
    now = [row["file_id"] for row in await connection.fetch(statement("record_pieces"), day)]
    if now != files:
        raise NotPosted("a clearing file of this date came meanwhile; run it again when it is posted")
    if await connection.fetch(statement("files_without_positions")):
        raise NotPosted("a clearing file came meanwhile; run it again")
    if await connection.fetch(statement("unbooked_entries")):
        raise NotPosted("a bank statement came meanwhile; run it again")


async def read_balances(connection: Any, day: date) -> dict[tuple[str, str], int]:
    """What the clearing accounts hold, by role and asset, debit positive."""
    rows = await connection.fetch(statement("clearing_balances"), day)
    return {(row["role"], row["asset"]): row["balance"] for row in rows}


async def read_movements(connection: Any, day: date) -> list[Movement]:
    """By role, asset and value date, the latest first."""
    return [Movement(**row) for row in await connection.fetch(statement("clearing_movements"), day)]


@dataclass(frozen=True, slots=True)
class _Records:
    """What clearing records of the date say."""

    count: int
    items: tuple[Item, ...]
    differing_journals: tuple[Booked, ...]
    settled_otherwise: tuple[Settled, ...]
    expected: Mapping[Key, Totals]


async def _read_records(connection: Any, day: date, files: Sequence[Any]) -> _Records:
    """Piece by piece, so that no statement is long: an open snapshot slows payments, also that of a statement."""
    count, items = 0, list[Item]()
    differing: list[Booked] = []
    settled: list[Settled] = []
    expected: dict[Key, Totals] = defaultdict(Totals)
    for file in files:
        for first in range(file["first"], file["last"] + 1, PIECE):
            piece = day, file["file_id"], first, min(first + PIECE - 1, file["last"])
            count += await connection.fetchval(statement("records_of_date"), *piece)
            items += [Item(**row) for row in await connection.fetch(statement("record_items"), *piece)]
            differing += [Booked(**row) for row in await connection.fetch(statement("differing_journals"), *piece)]
            settled += [Settled(**row) for row in await connection.fetch(statement("settled_otherwise"), *piece, ROUNDING_MINOR)]
            for row in await connection.fetch(statement("expected_positions"), *piece):
                expected[_key(row, day)] += _totals(row)
    return _Records(count, tuple(items), tuple(differing), tuple(settled), dict(sorted(expected.items())))


@dataclass(frozen=True, slots=True)
class _Authorizations:
    """What became of authorizations without a presentment."""

    unpresented: tuple[Unpresented, ...]
    waiting: tuple[Waiting, ...]


async def _read_authorizations(connection: Any, day: date) -> _Authorizations:
    """By the day on which their time is over, one statement each."""
    tomorrow = day + timedelta(days=1)
    over: list[Unpresented] = []
    for begin in (day - timedelta(days=back) for back in range(OVERDUE_DAYS, -1, -1)):
        rows = await connection.fetch(statement("unpresented"), day, begin, begin + timedelta(days=1))
        over += [Unpresented(**row) for row in rows]
    sums: dict[str, tuple[int, int]] = {}
    for begin in (tomorrow + timedelta(days=ahead) for ahead in range(LONGEST_VALIDITY_DAYS + 1)):
        end = begin + timedelta(days=1) if begin < tomorrow + timedelta(days=LONGEST_VALIDITY_DAYS) else date.max
        for row in await connection.fetch(statement("awaiting_presentment"), day, begin, end):
            count, left = sums.get(row["asset"], (0, 0))
            sums[row["asset"]] = count + row["count"], left + row["left"]
    over.sort(key=lambda one: one.authorization_id)
    return _Authorizations(tuple(over), tuple(Waiting(asset, *sums[asset]) for asset in sorted(sums)))


async def _read_moving(connection: Any, day: date, records: _Records, authorizations: _Authorizations) -> Facts:
    async def rows(name: str, *more: object) -> list[Any]:
        found: list[Any] = await connection.fetch(statement(name), day, *more)
        return found

    positions = tuple(_position(row) for row in await rows("stated_positions"))
    singles = _singles(await rows("settled_singles"), records.expected, positions, day)
    entries, resolved = await rows("settling_entries"), await rows("resolved_total_items", sorted(EXPLAINING))
    earlier = [
        *await rows("open_total_items", sorted(EXPLAINING - BY_BANK)),
        *await rows("earlier_settlements"),
        *await rows("awaited_positions"),
    ]
    elsewhen = {(SETTLEMENT, row["asset"]): row["more"] for row in await rows("settled_elsewhen")}
    latest = await connection.fetchrow(statement("latest_position"))
    held = await read_balances(connection, day)
    return Facts(
        day=day,
        inputs=tuple(Input(**row) for row in await rows("run_files")),
        records=records.count,
        items=records.items,
        differing_journals=records.differing_journals,
        settled_otherwise=records.settled_otherwise,
        unpresented=authorizations.unpresented,
        waiting=authorizations.waiting,
        expected={**records.expected, **singles},
        later=tuple(Later(**row) for row in await rows("settled_later")),
        positions=positions,
        due=tuple(_position(row) for row in await rows("positions_due")),
        bad_positions=tuple((row["file_id"], row["number"], row["fault"]) for row in await rows("bad_positions")),
        latest_position=(latest["business_date"], latest["cycle"]) if latest is not None else None,
        entries=tuple((row["asset"], _entry(row)) for row in entries if row["settles_on"] is not None),
        unknown_entries=tuple((_place(row), row["asset"], _entry(row)) for row in entries if row["settles_on"] is None),
        closed={row["asset"]: row["closed_on"] for row in await connection.fetch(statement("statements_closed"))},
        gaps=tuple(Gap(**row) for row in await rows("statement_gaps")),
        balances={account: held.get(account, 0) + elsewhen.get(account, 0) for account in sorted({*held, *elsewhen})},
        open_items=tuple(OpenItem(**row) for row in earlier),
        resolved=frozenset((row["kind"], row["subject"]) for row in resolved),
    )


def _with_books(facts: Facts) -> Facts:
    """All that was read of our own books is one more input, under the hash of exactly that."""
    read = [
        sorted(value) if isinstance(value := getattr(facts, field.name), frozenset) else value
        for field in fields(facts)
        if field.name != "inputs"
    ]
    books = Input("books", f"facts of {facts.day}", sha256(repr(read).encode()).digest())
    return replace(facts, inputs=(*facts.inputs, books))


def _singles(rows: list[Any], expected: Mapping[Key, Totals], positions: tuple[Position, ...], day: date) -> dict[Key, Totals]:
    """Single messages name no settlement service: theirs is the one under which the network states them, else the asset's."""
    stated = [position.key for position in positions if position.key.function == SINGLES]
    known = sorted({*(position.key for position in positions), *expected}, key=lambda key: key.service)
    found = {}
    for row in rows:
        service = next((key.service for key in [*stated, *known] if key.asset == row["asset"]), "")
        totals = Totals(row["debits"] or 0, row["credits"] or 0, row["debit_count"], row["credit_count"])
        found[Key(service, row["asset"], day, 0, SINGLES)] = totals
    return found


def _key(row: Any, day: date) -> Key:
    return Key(row["service"], row["asset"], day, row["cycle"], row["function"], "", row["is_reversal"])


def _totals(row: Any) -> Totals:
    return Totals(row["debits"], row["credits"], row["debit_count"], row["credit_count"], row["fee"])


def _position(row: Any) -> Position:
    key = Key(
        row["service"], row["asset"], row["business_date"], row["cycle"], row["function"], row["processing"], row["is_reversal"]
    )  # fmt: skip
    return Position(row["number"], key, _totals(row), row["net"], row["pays_on"])


def _entry(row: Any) -> BankEntry:
    """As it was kept: the settlement it names is written anew, so that it reads the same."""
    said = (f"{row['service']}/{row['settles_on']:%y%m%d}{row['cycle']:02d}",) if row["service"] is not None else ()
    return BankEntry(
        row["number"], row["reference"], row["minor"], row["booked_on"], row["value_on"], row["is_reversal"], row["details"], said
    )  # fmt: skip


def _place(row: Any) -> str:
    return f"statement {row['statement']} {row['asset']} entry {row['number']}"
