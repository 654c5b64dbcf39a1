"""People say that a presentment belongs to another authorization than the rules found, or to none. I/O; every act is audited.

Nothing is changed: a further match is written down first, then the presentment is booked anew under it, then its earlier
journal is corrected. In that order the account is never shown more than it has. An act that was cut off is finished by
asking for it again. What the earlier match had released stays released.

What people say is judged by the rules of `matching`: what is odd about it is an item, raised with the match, and what was odd
about the match before is none any more. Who was credited for that keeps it: such a record stays where it is.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import asyncpg

from clearing.bookings import PRESENTMENTS, FileFacts
from clearing.errors import PostingError
from clearing.holding import held, let_go, taken
from clearing.lookups import journals_by_id, payment_named, to_be_weighed
from clearing.matches import Known, Match, Payment, Presented, Rule
from clearing.matching import Matcher
from clearing.pairing import MAX_BUSY, alone
from clearing.reconciliation.resolving import Act, close, item_key
from clearing.statements import statement
from clearing.storing import Booked, raise_items, store_bookings, store_matches, subject_of
from clearing.tolerances import NONE, Tolerances
from ledger.commands import Booking, Capture, Correct, Outcome, Refund
from ledger.journal import Journal as Books
from ledger.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who does it and why, for the record."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rematched:
    """The presentment stands on this authorization, booked by this journal. `concern`: what is odd about that, `said`: why."""

    authorization_id: int | None
    journal_id: int | None
    concern: str | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class NotRematched:
    reason: str


async def rematch(
    connection: asyncpg.Connection,
    books: Books,
    place: tuple[str, int],
    authorization_id: int | None,
    mandate: Mandate,
    tolerances: Tolerances = NONE,
) -> Rematched | NotRematched:
    """`place`: file id and position. Acts on one record at once come one after the other.

    Raises PostingError where the books do not take it now; then ask again.
    """
    async with held(connection, _name(place)) as is_ours:
        if not is_ours:
            return NotRematched("somebody else is matching this record now: ask again")
        return await _rematched(connection, books, place, authorization_id, mandate, tolerances)


async def _rematched(
    connection: asyncpg.Connection,
    books: Books,
    place: tuple[str, int],
    authorization_id: int | None,
    mandate: Mandate,
    tolerances: Tolerances,
) -> Rematched | NotRematched:
    row = await connection.fetchrow(statement("record_to_rematch"), *place)
    if row is None:
        return NotRematched(f"there is no record {place[1]} of clearing file {place[0]}")
    if (why := _not_possible(row)) is not None:
        return NotRematched(why)
    if row["booked_sequence"] < row["sequence"]:
        await _rebooked(connection, books, row)
        return await _rematched(connection, books, place, authorization_id, mandate, tolerances)
    if row["authorization_id"] == authorization_id:
        return Rematched(authorization_id, row["journal_id"], row["concern"], row["reason"] if row["concern"] else "")
    payment = None
    if authorization_id is not None:
        payment = await payment_named(connection, authorization_id, row["account_id"])
        if payment is None:
            return NotRematched(f"authorization {authorization_id} never held anything on the account of this record")
    found = _judged(row, payment, mandate.reason, tolerances)
    if (refused := await _written_down(connection, row, found, mandate)) is not None:
        return refused
    booked = await connection.fetchrow(statement("record_to_rematch"), *place)
    journal_id = await _rebooked(connection, books, booked)
    return Rematched(authorization_id, journal_id, found.concern, found.reason if found.concern else "")


async def _written_down(connection: asyncpg.Connection, row: Any, found: Match, mandate: Mandate) -> NotRematched | None:
    """The match with its audit line and what becomes of the record's items, or why it must not be."""
    file_id, position = row["file_id"], row["position"]
    subject = subject_of(file_id, position)
    async with alone(connection):
        why = _not_possible(await connection.fetchrow(statement("record_to_rematch"), file_id, position))
        items = await connection.fetch(statement("items_of_record"), subject)
        if (why := why or await _worked_off(connection, items)) is not None:
            return NotRematched(why)
        await store_matches(connection, file_id, [(found, row["sequence"] + 1)], mandate.actor)
        at_stake = found.amount if found.concern_amount is None else found.concern_amount
        to = "no authorization" if found.authorization_id is None else f"authorization {found.authorization_id}"
        ended = Act("settled_itself", "rule matched_by_hand", f"{mandate.actor} matched its record to {to}: {mandate.reason}")
        for item in items:
            if (item["kind"], item["amount"], item["asset"]) != (found.concern, at_stake, found.asset):
                await close(connection, item["exception_id"], ended)
        if found.concern is not None:
            raised = position, found.concern, at_stake, found.asset
            await raise_items(connection, file_id, [raised], row["received_at"].date(), is_anew=True)
        act = "clearing_unmatched" if found.authorization_id is None else "clearing_matched"
        detail = f"from authorization {row['authorization_id']} to {found.authorization_id}"
        await connection.execute(
            "select ledger.record_audit($1, $2, $3, $4, $5)", mandate.actor, act, subject, mandate.reason, detail
        )
    return None


async def _worked_off(connection: asyncpg.Connection, items: Sequence[Any]) -> str | None:
    """What was booked for the match before: of nothing that is booked for an item it is known how to take it back."""
    for item in items:
        if (journal_id := item["resolution_journal_id"]) is not None:
            said = f"exception {item['exception_id']} about it has credited its cardholder by journal {journal_id}"
            return f"{said}: matched anew, the money would be theirs twice, so it stays as it is (docs/clearing_files.md)"
        key = item_key(item["exception_id"], item["opened_at"])
        if (
            item["status"] == "open"
            and await connection.fetchrow(statement("journal_under_key"), key.digest, key.date) is not None
        ):
            return f"exception {item['exception_id']} about it is being worked off: resolve it the same way again, which ends it"
    return None


def _judged(row: Any, payment: Payment | None, reason: str, tolerances: Tolerances) -> Match:
    """As matching would, had a rule found this payment. What this record itself has presented to it counts once."""
    found = Match(row["position"], Rule.BY_HAND, reason, row["account_id"], row["amount"], row["asset"])
    if payment is not None:
        found = replace(found, authorization_id=payment.authorization_id, chain_id=payment.chain_id)
        if row["chain_id"] == payment.chain_id and row["is_debit"]:
            payment = replace(payment, captured=payment.captured - row["amount"])
    return Matcher(Known(), Presented(row["file_id"], row["received_at"].date()), tolerances=tolerances).weighed(
        to_be_weighed(row), payment, found
    )


def _not_possible(row: Any) -> str | None:
    if row["kind"] != "presentment" or row["is_reversal"]:
        return "only presentments are matched to authorizations"
    if row["status"] is None:
        return "it is not booked yet: the file is still being posted"
    if row["account_id"] is None or row["status"] != "posted":
        return f"it is on no cardholder's account ({row['status']})"
    if row["is_of_single"]:
        return "it stands in the place of what a single message had booked, which names it"
    return "it was taken back by a later record" if row["is_taken_back"] else None


async def _rebooked(connection: asyncpg.Connection, books: Books, row: Any) -> int | None:
    """Books the newest match, then corrects what the one before it had booked. Each once, by keys.

    Both of the value date of that: the books of every day have the presentment once, whenever somebody acts.
    """
    before = (await journals_by_id(connection, [row["journal_id"]]))[row["journal_id"]]
    if before.kind not in PRESENTMENTS:
        raise PostingError(f"record {row['position']}: journal {before.journal_id} presents nothing")
    outcome = await _recorded(books, _presented(row))
    key = _file(row).key(row["position"], f"unmatch {row['sequence']}")
    content = sha256(f"correct|{before.journal_id}".encode()).digest()[:16]
    now, day = datetime.now(UTC), row["value_date"]
    await _recorded(books, Correct(key, content, before.journal_id, before.booking_date, row["reason"], now, day, row["actor"]))
    kind = "presentment"
    booked = Booked(
        row["position"], row["sequence"], kind, True, outcome.journal_id, "posted", f"in place of {before.journal_id}"
    )
    await store_bookings(connection, row["file_id"], [booked])
    return outcome.journal_id


def _presented(row: Any) -> Booking:
    file, at = _file(row), row["at"] or row["received_at"]
    key = file.key(row["position"], f"main {row['sequence']}")
    content = sha256(repr(("by hand", row["account_id"], row["asset"], row["amount"], row["chain_id"])).encode()).digest()[:16]
    day = row["value_date"]
    if not row["is_debit"]:
        return Refund(key, content, row["account_id"], row["asset"], row["amount"], at, day, row["chain_id"], row["actor"])
    account = row["account_id"], row["asset"], row["amount"]
    return Capture(key, content, *account, at, day, row["chain_id"], row["is_last"], row["actor"])


def _file(row: Any) -> FileFacts:
    return FileFacts(row["file_id"], row["sha256"], row["received_at"])


async def _recorded(books: Books, command: Booking) -> Outcome:
    for _ in range(MAX_BUSY):
        outcome = await books.record(command)
        if outcome.verdict is Verdict.ACCEPTED:
            return outcome
        if outcome.verdict is not Verdict.BUSY:
            raise _NotTakenError(f"the books say {outcome.reason}")
    raise PostingError("its account is held by somebody else")


class _NotTakenError(PostingError):
    """The books refuse a command for good."""


# --- for whoever takes presentments back ---


@asynccontextmanager
async def undisturbed(
    connection: asyncpg.Connection, using: asyncio.Lock, books: Books, places: Iterable[tuple[str, int] | None]
) -> AsyncIterator[None]:
    """Nobody matches these records anew meanwhile, and an act that was cut off is finished: their newest journal is what stands.

    `using`: held by whoever uses `connection`. An act that the books refuse was never booked, and is none.
    """
    held_ones: list[str] = []
    try:
        for place in sorted({place for place in places if place is not None}):
            async with using:
                if not await taken(connection, _name(place)):
                    raise PostingError(f"record {place[1]} of file {place[0]} is being matched by hand, by somebody who is stuck")
                held_ones.append(_name(place))
                row = await connection.fetchrow(statement("record_to_rematch"), *place)
                if row is not None and row["status"] is not None and row["booked_sequence"] < row["sequence"]:
                    with suppress(_NotTakenError):
                        await _rebooked(connection, books, row)
        yield
    finally:
        for name in held_ones:
            async with using:
                await let_go(connection, name)


def _name(place: tuple[str, int]) -> str:
    return f"record {place[0]}/{place[1]}"
