"""Reads what matching has to know of a chunk's records: a handful of statements, however many records. I/O only."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import asyncpg
import orjson

from clearing.bookings import Journal
from clearing.matches import Concern, Earlier, Known, KnownCard, Match, Payment, Presented, Rule
from clearing.matching import window
from clearing.records import ClearingRecord, EntryMode, RecordKind, References, Sum
from clearing.statements import statement
from clearing.translate import link_of

_APPROVED = frozenset({"approved", "partially_approved", "accepted"})


async def known_of(connection: asyncpg.Connection, records: Sequence[ClearingRecord], file: Presented) -> Known:
    """Everything under the names that these records use."""
    cards = await _cards(connection, records)
    seeking = [record for record in records if _seeks_payment(record)]
    days = _days(seeking, file)
    by_trace = await _by_trace(connection, seeking, cards, days)
    unnamed = sorted({
        card.account_id for record in seeking
        if (card := cards.get(record.card_token or b"")) and (card.account_id, record.references.trace_id) not in by_trace
    })  # fmt: skip
    by_account = await _by_account(connection, unnamed, days) if unnamed else {}
    return Known(cards, by_trace, by_account, await _by_reference(connection, records))


async def payment_named(connection: asyncpg.Connection, authorization_id: int, account_id: int) -> Payment | None:
    """With the chain that has its money; None where an authorization of this account never held or booked anything."""
    row = await connection.fetchrow(statement("payment_to_rematch"), authorization_id, account_id)
    return _payment(row) if row is not None else None


async def matches_of(
    connection: asyncpg.Connection, file_id: str, first: int, last: int
) -> tuple[dict[int, Match], dict[int, int]]:
    """What was decided for these positions before, and the sequence of each decision."""
    rows = await connection.fetch(statement("recorded_matches"), file_id, first, last)
    return {row["position"]: _match(row) for row in rows}, {row["position"]: row["sequence"] for row in rows}


async def journals_of(connection: asyncpg.Connection, records: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Journal]:
    """The journals that these records' own amounts were booked by."""
    wanted = sorted(set(records))
    files, positions = [file_id for file_id, _ in wanted], [position for _, position in wanted]
    rows = await connection.fetch(statement("booked_journals"), files, positions) if wanted else ()
    return {(row["file_id"], row["position"]): Journal(row["journal_id"], row["booking_date"], row["kind"]) for row in rows}


async def journals_by_id(connection: asyncpg.Connection, journal_ids: Iterable[int]) -> dict[int, Journal]:
    rows = await connection.fetch(statement("journals"), sorted(set(journal_ids)))
    return {row["journal_id"]: Journal(*row) for row in rows}


def to_be_weighed(row: Any) -> ClearingRecord:
    """A presentment as it was written down, as far as `Matcher.weighed` looks at it."""
    transaction = Sum(row["transaction_amount"], row["transaction_asset"]) if row["transaction_asset"] is not None else None
    return ClearingRecord(
        RecordKind.PRESENTMENT, row["position"], row["function_code"], row["is_debit"],
        Sum(row["record_amount"], row["record_asset"]), transaction, None, "", References(), None, None, mcc=row["mcc"],
        entry=EntryMode(row["entry_mode"] or EntryMode.UNKNOWN), business_date=row["business_date"],
    )  # fmt: skip


def _seeks_payment(record: ClearingRecord) -> bool:
    return record.kind is not RecordKind.FEE_COLLECTION and not record.is_reversal


def _days(records: Sequence[ClearingRecord], file: Presented) -> tuple[date, date]:
    """All their windows together; each is narrow, and a file's payments are of the same days."""
    windows = [window(record, file) for record in records]
    if not windows:
        return file.received_on, file.received_on
    return min(begin for begin, _ in windows).date(), max(end for _, end in windows).date()


async def _cards(connection: asyncpg.Connection, records: Sequence[ClearingRecord]) -> dict[bytes, KnownCard]:
    tokens = sorted({record.card_token for record in records if record.card_token})
    rows = await connection.fetch(statement("known_cards"), tokens) if tokens else ()
    return {row["token"]: KnownCard(row["card_id"], row["account_id"], row["asset"], row["is_open"]) for row in rows}


async def _by_trace(
    connection: asyncpg.Connection, records: Sequence[ClearingRecord], cards: dict[bytes, KnownCard], days: tuple[date, date]
) -> dict[tuple[int, str], list[Payment]]:
    names = sorted({
        (card.account_id, record.references.trace_id)
        for record in records
        if record.references.trace_id and (card := cards.get(record.card_token or b""))
    })  # fmt: skip
    found: dict[tuple[int, str], list[Payment]] = {}
    if names:
        accounts, traces = [account for account, _ in names], [trace for _, trace in names]
        for row in await connection.fetch(statement("payments_by_trace"), accounts, traces, *days):
            found.setdefault((row["account_id"], row["name"]), []).append(_payment(row))
    return found


async def _by_account(connection: asyncpg.Connection, accounts: list[int], days: tuple[date, date]) -> dict[int, list[Payment]]:
    found: dict[int, list[Payment]] = {}
    for row in await connection.fetch(statement("payments_by_account"), accounts, *days):
        said = orjson.loads(row["request"])
        link = link_of(said.get("transaction_link", ""))
        payment = _payment(row, row["card_id"], said.get("merchant_id") or None, link)
        found.setdefault(row["account_id"], []).append(payment)
    return found


async def _by_reference(connection: asyncpg.Connection, records: Sequence[ClearingRecord]) -> dict[str, list[Earlier]]:
    references = sorted({name for record in records if (name := record.references.presentment)})
    found: dict[str, list[Earlier]] = {}
    for row in await connection.fetch(statement("earlier_records"), references) if references else ():
        found.setdefault(row["name"], []).append(
            Earlier(
                row["file_id"], row["position"], row["function_code"], row["amount"], row["asset"], row["is_presentment"],
                row["is_reversal"], row["account_id"], row["authorization_id"], row["chain_id"],
                (row["posted_amount"], row["posted_asset"]), row["is_debit"], row["pan_masked"], row["card_account_id"],
                row["is_taken_back"], row["is_orphan"],
            )
        )  # fmt: skip
    return found


def _payment(row: Any, card_id: int | None = None, acceptor_id: str | None = None, link_id: str | None = None) -> Payment:
    return Payment(
        row["authorization_id"], row["chain_id"], row["verdict"] in _APPROVED, row["at"], row["amount"], row["trace_id"],
        row["rrn"], row["approval_code"], row["remaining"] or 0, row["captured"] or 0, row["expired"] or 0, row["held"] or 0,
        row["expires_at"], row["mti"] in ("0200", "0220"), row["is_presented"], card_id, acceptor_id, link_id,
    )  # fmt: skip


def _match(row: Any) -> Match:
    refers = (row["refers_file"], row["refers_position"]) if row["refers_file"] is not None else None
    return Match(
        row["position"], Rule(row["rule"]), row["reason"], row["account_id"], row["amount"] or 0, row["asset"] or "",
        row["authorization_id"], row["chain_id"], concern=Concern(row["concern"]) if row["concern"] else None,
        concern_amount=row["concern_amount"], refers=refers, disputed_account_id=row["disputed_account_id"],
    )  # fmt: skip
