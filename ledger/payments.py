"""One payment from the books: what was asked, decided and seen, and what has become of it since. For people, not for payments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ledger.acts import Act, acts_on
from ledger.statements import statement

MOST_OF_ONE_RRN = 10
"""An RRN is the acquirer's and may be used again; more than these name nothing."""
LARGEST_ID = 2**63 - 1
ACTS_LOOKED_AT = 100
"""Of people on a card and its account, from the decision back."""
Row = Mapping[str, Any]
Told = tuple[datetime, str]
"""A sentence of a payment's story, and when that was."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Rows as the books have them. `postings`: on the customer's account only. `acts`: of people, until the decision.

    `messages`: what came and what was answered, masked, as long as that is kept.
    """

    authorization: Row
    events: Sequence[Row]
    postings: Sequence[Row]
    acts: Sequence[Act] = ()
    messages: Sequence[Row] = ()

    @property
    def message_ids(self) -> frozenset[int]:
        """Of everything that made or moved it."""
        ids = (row.get("message_id") for row in (self.authorization, *self.events))
        return frozenset(one for one in ids if one is not None)

    @property
    def elements(self) -> list[int]:
        """The authorizations of its chain."""
        return sorted({self.authorization["authorization_id"], *(event["authorization_id"] for event in self.events)})


async def find_payments(connection: Any, reference: str) -> list[Payment]:
    """By authorization id, else by RRN (newest first). Empty when there is none."""
    if reference.isascii() and reference.isdigit() and int(reference) <= LARGEST_ID:
        found = await _payment(connection, int(reference))
        if found is not None:
            return [found]
    rows = await connection.fetch(statement("payments_by_rrn"), reference, MOST_OF_ONE_RRN)
    payments = [await _payment(connection, row["authorization_id"]) for row in rows]
    return [payment for payment in payments if payment is not None]


async def find_by_short_name(connection: Any, reference: str) -> list[Row]:
    """By STAN or approval code, newest first: only the newest few, as both come again."""
    rows = await connection.fetch(statement("payments_by_short_name"), reference, MOST_OF_ONE_RRN)
    return [dict(row) for row in rows]


async def _payment(connection: Any, authorization_id: int) -> Payment | None:
    row = await connection.fetchrow(statement("payment"), authorization_id)
    if row is None:
        return None
    events = [dict(event) for event in await connection.fetch(statement("payment_events"), row["chain_id"])]
    found = await with_journals(connection, Payment(dict(row), events, ()), ())
    messages = await connection.fetch(statement("payment_messages"), found.message_ids)
    subjects = [f"card {row['card_id']}", f"account {row['account_id']}"]
    acts = await acts_on(connection, subjects, until=row["answered_at"], most=ACTS_LOOKED_AT)
    return replace(found, acts=acts, messages=[dict(one) for one in messages])


async def with_journals(connection: Any, payment: Payment, journal_ids: Sequence[int]) -> Payment:
    """With the postings of its own journals and of these, which were booked because of it."""
    own = [event["journal_id"] for event in payment.events if event["journal_id"] is not None]
    account_id = payment.authorization["account_id"]
    postings = await connection.fetch(statement("payment_postings"), [*own, *journal_ids], payment.elements, account_id)
    return replace(payment, postings=[dict(one) for one in postings])
