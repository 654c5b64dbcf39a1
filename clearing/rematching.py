"""People say that a presentment belongs to another authorization than the rules found, or to none. I/O; every act is audited.

Nothing is changed: a further match is written down first, then the presentment is booked anew under it, then its earlier
journal is corrected. In that order the account is never shown more than it has. An act that was cut off is finished by
asking for it again. What the earlier match had released stays released.

What people say is judged by the rules of `matching`: what is odd about it is an item, raised with the match.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import asyncpg

from clearing.bookings import PRESENTMENTS, FileFacts
from clearing.errors import PostingError
from clearing.holding import held
from clearing.lookups import journals_by_id, payment_named, to_be_weighed
from clearing.matches import Known, Match, Payment, Presented, Rule
from clearing.matching import Matcher
from clearing.statements import statement
from clearing.storing import Booked, raise_items, store_bookings, store_matches
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
    async with held(connection, f"record {place[0]}/{place[1]}") as is_ours:
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
    async with connection.transaction():
        await store_matches(connection, place[0], [(found, row["sequence"] + 1)], mandate.actor)
        if found.concern is not None:
            at_stake = found.amount if found.concern_amount is None else found.concern_amount
            item = place[1], found.concern, at_stake, found.asset
            await raise_items(connection, place[0], [item], row["received_at"].date(), is_anew=True)
        act = "clearing_unmatched" if authorization_id is None else "clearing_matched"
        detail = f"from authorization {row['authorization_id']} to {authorization_id}"
        await connection.execute(
            "select ledger.record_audit($1, $2, $3, $4, $5)",
            mandate.actor, act, f"clearing {place[0]}/{place[1]}", mandate.reason, detail,
        )  # fmt: skip
    booked = await connection.fetchrow(statement("record_to_rematch"), *place)
    journal_id = await _rebooked(connection, books, booked)
    return Rematched(authorization_id, journal_id, found.concern, found.reason if found.concern else "")


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
    """Books the newest match, then corrects what the one before it had booked. Each once, by keys."""
    before = (await journals_by_id(connection, [row["journal_id"]]))[row["journal_id"]]
    if before.kind not in PRESENTMENTS:
        raise PostingError(f"record {row['position']}: journal {before.journal_id} presents nothing")
    outcome = await _recorded(books, _presented(row))
    now = datetime.now(UTC)
    key = _file(row).key(row["position"], f"unmatch {row['sequence']}")
    content = sha256(f"correct|{before.journal_id}".encode()).digest()[:16]
    await _recorded(
        books,
        Correct(key, content, before.journal_id, before.booking_date, row["reason"], now, now.date(), row["actor"]),
    )
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
    day = row["received_at"].date()
    if not row["is_debit"]:
        return Refund(key, content, row["account_id"], row["asset"], row["amount"], at, day, row["chain_id"], row["actor"])
    account = row["account_id"], row["asset"], row["amount"]
    return Capture(key, content, *account, at, day, row["chain_id"], row["is_last"], row["actor"])


def _file(row: Any) -> FileFacts:
    return FileFacts(row["file_id"], row["sha256"], row["received_at"])


async def _recorded(books: Books, command: Booking) -> Outcome:
    outcome = await books.record(command)
    if outcome.verdict is not Verdict.ACCEPTED:
        raise PostingError(f"the books say {outcome.reason}")
    return outcome
