"""Keeps a bank's statements in Postgres, sealed and once, and books what they say has moved. I/O only.

A document that is refused leaves its refusal on record, and nothing else. Entries are booked after it is kept, each under
a key of its own, so whoever is cut off begins again and nothing is booked twice.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from authorizer.card_numbers import hide_card_numbers
from clearing.errors import SettlementError
from clearing.intake.sealing import FileSealer
from clearing.settlement.bank_statements import BankStatement, Unreadable
from clearing.settlement.camt053 import read_statements
from clearing.settlement.entry_booking import entry_of
from clearing.statements import statement
from ledger.commands import Book, RepeatKey
from ledger.journal import Journal
from ledger.recipes.entry import book_of
from ledger.verdicts import Verdict

ACTOR = "settlement"
MOST_DAYS_AHEAD = 366
"""For how long a statement may close after the day on which it comes: a played day may, a misread year may not."""
_ENTRY = ("sha256", "place", "number", "reference", "minor", "booked_on", "value_on", "is_reversal", "details", "service",
          "settles_on", "cycle")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """The document is kept from now on."""

    statements: tuple[BankStatement, ...]


@dataclass(frozen=True, slots=True)
class AlreadyKept:
    """Exactly this document was taken before, perhaps under another name."""

    name: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Document:
    content: bytes
    sha256: bytes
    name: str


async def keep_statements(
    connection: Any,
    document: bytes,
    name: str,
    *,
    key: bytes,
    actor: str,
    accounts: Mapping[str, str],
    whole_sha256: bytes | None = None,
) -> Kept | AlreadyKept | Unreadable:
    """`accounts`: by asset, over which account we settle; one that is not named is the first that a statement came of.

    `name` is as it may be shown. `whole_sha256`: of the file, where `document` is only the beginning of one that is too large.
    """
    given = _Document(document, whole_sha256 or sha256(document).digest(), name)
    outcome: Kept | AlreadyKept | Unreadable | tuple[BankStatement, ...] = read_statements(document, name)
    if isinstance(outcome, tuple):
        outcome = await _kept(connection, given, outcome, key=key, actor=actor, accounts=accounts)
    if isinstance(outcome, Unreadable):
        await connection.execute(statement("insert_statement_refusal"), actor, name, given.sha256, outcome.why, outcome.place)
    return outcome


async def _kept(
    connection: Any, document: _Document, found: tuple[BankStatement, ...], *, key: bytes, actor: str, accounts: Mapping[str, str]
) -> Kept | AlreadyKept | Unreadable:
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtextextended('cardline bank statements', 0))")
        before = await connection.fetchrow(statement("kept_statement"), document.sha256)
        if before is not None:
            return AlreadyKept(before["name"], before["received_at"])
        for one in found:
            if (objection := await _objection(connection, one, accounts)) is not None:
                element, why = objection
                place = ": ".join(filter(None, (f"statement {one.place}", element)))
                return Unreadable(document.name, place, hide_card_numbers(why))
        await _store(connection, document, found, key=key, actor=actor)
    return Kept(found)


async def _objection(connection: Any, one: BankStatement, accounts: Mapping[str, str]) -> tuple[str, str] | None:
    """The element that it lies in, where it is one, and why."""
    if (one.closed_on - datetime.now(UTC).date()).days > MOST_DAYS_AHEAD:
        return "Bal CLBD", f"it closes on {one.closed_on}, more than {MOST_DAYS_AHEAD} days from now"
    row = await connection.fetchrow(statement("settlement_account"), one.asset, one.reference)
    ours = accounts.get(one.asset) or row["account"]
    if ours is not None and one.account != ours:
        return "Acct/Id", f"not the account that we settle over in {one.asset}"
    if row["is_there"]:
        return "Id", "a statement under this id is there with other content"
    for before in await connection.fetch(
        statement("same_statement"), one.account, one.asset, one.closed_on, one.opening, one.closing
    ):
        if _entries_of(before["entries"]) == [(e.minor, e.reference, e.booked_on.isoformat()) for e in one.entries]:
            return "", f"the same balances and entries of that day are there as {before['reference']}"
    return None


def _entries_of(text: str | None) -> list[tuple[int, str, str]]:
    return [(minor, reference, booked_on) for minor, reference, booked_on in json.loads(text or "[]")]


async def _store(connection: Any, document: _Document, found: tuple[BankStatement, ...], *, key: bytes, actor: str) -> None:
    digest, name = document.sha256, document.name
    sealed = FileSealer(key, digest, 1).seal(0, document.content)
    await connection.execute(
        "insert into clearing.statement_file (sha256, name, sealed, actor) values ($1, $2, $3, $4)", digest, name, sealed, actor
    )
    for one in found:
        await connection.execute(
            "insert into clearing.bank_statement values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            digest, one.place, one.reference, one.account, one.asset, one.opening, one.closing, one.closed_on, one.signs_turned,
        )  # fmt: skip
        rows = [
            (digest, one.place, e.number, e.reference, e.minor, e.booked_on, e.value_on, e.is_reversal, e.details,
             *((s.service, s.business_date, s.cycle) if (s := e.settlement) else (None, None, None)))
            for e in one.entries
        ]  # fmt: skip
        await connection.copy_records_to_table("bank_entry", schema_name="clearing", records=rows, columns=_ENTRY)
    await connection.execute(
        "select ledger.record_audit($1, 'bank_statement_taken', $2, $3, $4)",
        actor, hide_card_numbers(f"bank statement {', '.join(one.reference for one in found)}"), name, digest.hex(),
    )  # fmt: skip


async def book_entries(connection: Any, journal: Journal) -> int:
    """Every entry whose money is not in the books; how many there were.

    Raises SettlementError where the books refuse one, when all others are booked: its money is still to be explained.
    """
    rows = await connection.fetch(statement("unbooked_entries"))
    outcomes = await journal.record_all([_command(row) for row in rows])
    refused = None
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.verdict is not Verdict.ACCEPTED:
            reference = hide_card_numbers(row["reference"])
            refused = refused or f"statement {reference}, entry {row['number']}: the books say {outcome.reason}"
            continue
        await connection.execute(
            "insert into clearing.bank_booking (sha256, place, number, journal_id, role) values ($1, $2, $3, $4, $5) "
            "on conflict do nothing",
            row["sha256"], row["place"], row["number"], outcome.journal_id, _role(row),
        )  # fmt: skip
    if refused is not None:
        raise SettlementError(refused)
    return len(rows)


def _command(row: Any) -> Book:
    """Key and dates are made from what never changes; a value date ahead of the day on which the statement came is that day."""
    received = row["received_at"].astimezone(UTC)
    text = f"bank entry|{row['sha256'].hex()}|{row['place']}|{row['number']}"
    key = RepeatKey(sha256(text.encode()).digest()[:16], received.date())
    entry = entry_of(row["asset"], row["minor"], is_settlement=row["service"] is not None)
    return book_of(entry, key=key, actor=ACTOR, at=row["received_at"], value_date=min(row["value_on"], received.date()))


def _role(row: Any) -> str:
    return "network_settlement" if row["service"] is not None else "suspense"
