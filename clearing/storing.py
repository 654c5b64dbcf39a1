"""Writes records, matches, bookings and items of a chunk; each function in the transaction of whoever calls it. I/O only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg

from clearing.bookings import ACTOR, net_fee
from clearing.disputes.deadlines import answer_due
from clearing.disputes.reasons import VERSION as VERSION_OF_TERMS
from clearing.disputes.reasons import group_of
from clearing.disputes.records import Dispute
from clearing.disputes.standing import WITHDRAWN
from clearing.matches import VERSION, Concern, Match
from clearing.reconciliation.cases import case_of
from clearing.reconciliation.facts import Item as RecordItem
from clearing.reconciliation.findings import entries_json
from clearing.records import ClearingRecord, Sum, Untranslatable
from clearing.statements import statement

_RECORD = (
    "file_id", "position", "mti", "function_code", "kind", "is_reversal", "is_debit", "is_last", "amount", "asset",
    "transaction_amount", "transaction_asset", "settled_amount", "settled_asset", "interchange", "interchange_asset", "card_id",
    "pan_masked", "arn", "trace_id", "link_id", "approval_code", "rrn", "acquirer", "acceptor_id", "terminal_id", "mcc", "reason",
    "at", "business_date", "service", "fault", "entry_mode", "business_cycle", "reconciliation_date", "reconciliation_cycle",
    "settlement_date", "settlement_cycle", "pds",
)  # fmt: skip
_MATCH = (
    "file_id", "position", "sequence", "authorization_id", "chain_id", "account_id", "amount", "asset", "rule", "version",
    "reason", "concern", "concern_amount", "refers_file", "refers_position", "actor",
)  # fmt: skip
_DISPUTE = (
    "file_id", "position", "case_name", "stage", "is_withdrawn", "is_partial", "partial_amount", "partial_asset",
    "original_amount", "documents", "control_number", "reason_group", "clock_on", "due_on", "due_act", "due_by", "terms",
)  # fmt: skip
_BOOKING = ("file_id", "position", "sequence", "kind", "is_main", "journal_id", "status", "detail")
CONVERSION, DIFFERENCE, RELEASE, INTERCHANGE = 1_000, 1_001, 1_002, 2_000
"""Sequences of what stands beside the main booking; below them there is room for matches by hand."""

Item = tuple[int, Concern, int | None, str | None]
"""For people: the record's position, why, how much in which asset."""


@dataclass(slots=True)  # not frozen: made for every record of a file
class FileRecord:
    """A record of a file with what its message is called; `content` as far as it could be understood."""

    mti: str
    function_code: str
    content: ClearingRecord | Untranslatable

    @property
    def position(self) -> int:
        return self.content.number


@dataclass(slots=True)  # not frozen: made for every record of a file
class Booked:
    """One row of what a record has booked, or why it has not."""

    position: int
    sequence: int
    kind: str
    is_main: bool
    journal_id: int | None
    status: str
    detail: str = ""


async def store_records(
    connection: asyncpg.Connection, file_id: str, records: Sequence[FileRecord], cards: dict[int, int]
) -> None:
    """`cards`: by position, the card that a record is of."""
    rows = [_record(file_id, record, cards.get(record.position)) for record in records]
    await connection.copy_records_to_table("record", schema_name="clearing", records=rows, columns=_RECORD)


async def store_matches(
    connection: asyncpg.Connection, file_id: str, matches: Sequence[tuple[Match, int]], actor: str = ACTOR
) -> None:
    """Each with its sequence."""
    rows = [
        (file_id, m.number, sequence, m.authorization_id, m.chain_id, m.account_id, m.amount, m.asset, m.rule, VERSION,
         m.reason, m.concern, m.concern_amount, *(m.refers or (None, None)), actor)
        for m, sequence in matches
    ]  # fmt: skip
    await connection.copy_records_to_table("match", schema_name="clearing", records=rows, columns=_MATCH)


async def store_bookings(connection: asyncpg.Connection, file_id: str, booked: Sequence[Booked]) -> None:
    rows = [(file_id, b.position, b.sequence, b.kind, b.is_main, b.journal_id, b.status, b.detail) for b in booked]
    await connection.copy_records_to_table("booking", schema_name="clearing", records=rows, columns=_BOOKING)


async def store_disputes(connection: asyncpg.Connection, file_id: str, records: Sequence[FileRecord], received_on: date) -> None:
    """What disputes say of themselves; the clock of one that names no business date starts when its file came."""
    rows = [
        _dispute(file_id, record.content, record.content.dispute, received_on)
        for record in records
        if isinstance(record.content, ClearingRecord) and record.content.dispute is not None
    ]
    if rows:
        await connection.copy_records_to_table("dispute_record", schema_name="clearing", records=rows, columns=_DISPUTE)


async def raise_items(
    connection: asyncpg.Connection, file_id: str, items: Sequence[Item], received_on: date, *, is_anew: bool = False
) -> None:
    """With what is known of each by now: what is due until when, what would put it right.

    `is_anew`: also where an item of the same kind had been settled, without a journal.
    """
    if not items:
        return
    found = await connection.fetch(statement("record_items_at"), file_id, sorted({position for position, *_ in items}))
    known = {(item.position, item.kind): item for row in found for item in (RecordItem(**row),)}
    rows = [_item(file_id, item, known.get((item[0], item[1].value)), received_on) for item in items]
    await connection.execute(statement("raise_items"), *map(list, zip(*rows, strict=True)), is_anew)


async def raise_withdrawn(
    connection: asyncpg.Connection, file_id: str, records: Sequence[ClearingRecord], received_on: date
) -> None:
    """Of these records those that take a dispute back whose money people had moved by then."""
    withdrawn = [record.number for record in records if record.dispute is not None and record.is_reversal]
    if not withdrawn:
        return
    found = [RecordItem(**row) for row in await connection.fetch(statement("record_items_at"), file_id, withdrawn)]
    rows = [
        _row(file_id, about.position, about.kind, about.amount, about.asset, about, received_on)
        for about in found
        if about.kind == WITHDRAWN
    ]
    if rows:
        await connection.execute(statement("raise_items"), *map(list, zip(*rows, strict=True)), False)


def _item(file_id: str, item: Item, known: RecordItem | None, received_on: date) -> tuple[object, ...]:
    """In the order of the statement's parameters."""
    position, concern, amount, asset = item
    about = known or RecordItem(file_id, position, concern, True, amount, asset, None, "", "the books do not take it")
    return _row(file_id, position, concern, amount, asset, about, received_on)


def _row(
    file_id: str, position: int, kind: str, amount: int | None, asset: str | None, about: RecordItem, received_on: date
) -> tuple[object, ...]:
    case = case_of(about, received_on)
    due = (case.due.on, case.due.step, case.due.side, case.due.since) if case.due is not None else (None,) * 4
    return (
        kind, subject_of(file_id, position), amount, asset, case.owner, due[0], case.said, case.reason,
        entries_json(case.proposal), *due[1:], VERSION_OF_TERMS if case.due is not None else None,
        about.business_date or received_on,
    )  # fmt: skip


def _dispute(file_id: str, record: ClearingRecord, dispute: Dispute, received_on: date) -> tuple[object, ...]:
    due = answer_due(dispute.stage, record.business_date or received_on)
    return (
        file_id, record.number, record.references.arn or f"{file_id}/{record.number}", dispute.stage, record.is_reversal,
        dispute.is_partial, dispute.partial_minor, dispute.partial_asset, dispute.original_minor, dispute.documents,
        dispute.control_number, group_of(record.reason), due.since, due.on, due.step, due.side, VERSION_OF_TERMS,
    )  # fmt: skip


def subject_of(file_id: str, position: int) -> str:
    """What report.exception says an item is about."""
    return f"clearing {file_id}/{position}"


def _record(file_id: str, record: FileRecord, card_id: int | None) -> tuple[object, ...]:
    r = record.content
    head = (file_id, r.number, record.mti, record.function_code)
    if isinstance(r, Untranslatable):
        return (
            *head, None, False, None, None, *_parts(r.amount), *(None,) * 4, 0, *(None,) * 12, "", None, r.business_date, None,
            r.flaw.said, *(None,) * 7,
        )  # fmt: skip
    names, (fee, fee_asset) = r.references, net_fee(r)
    fault = "; ".join(flaw.said for flaw in r.flaws) or None
    return (
        *head, r.kind, r.is_reversal, r.is_debit, r.is_last, r.amount.minor, r.amount.asset, *_parts(r.transaction),
        *_parts(r.settled), fee, fee_asset, card_id, r.masked_pan, names.arn, names.trace_id, names.link_id,
        names.approval_code, names.rrn, names.acquirer,
        names.acceptor_id, names.terminal_id, r.mcc, r.reason, r.at, r.business_date, r.service, fault, r.entry,
        r.business_cycle, r.reconciliation_date, r.reconciliation_cycle, r.settlement_date, r.settlement_cycle, r.pds,
    )  # fmt: skip


def _parts(found: Sum | None) -> tuple[int | None, str | None]:
    return (found.minor, found.asset) if found is not None else (None, None)
