"""The cards of an account as people handle them: issued, activated, blocked, replaced, their PIN set, shown.

Like `accounts`: audited and binding in one transaction. A replacement belongs to the lineage of the card it replaces,
and controls, limits and what was spent of them belong to the lineage, so they are carried over without being copied.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.accounts import Mandate, NotDone, audit, lock
from ledger.file_updates import LISTED, keep_number, put_update
from ledger.statements import statement

DECISIONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Plastic:
    """What distinguishes one card from another. The number itself is not among it: only its token, and sealed where a network
    has to be told of the card."""

    card_id: int
    token: bytes
    pan_masked: str
    expiry: str
    psn: str
    status: str = "inactive"
    sealed_number: bytes | None = None


@dataclass(frozen=True, slots=True)
class CardView:
    card_id: int
    account_id: int
    lineage: int
    pan_masked: str
    expiry: str
    psn: str
    has_pin: bool
    wrong_pins: int
    """In a row; the policy says how many end it."""
    status: str
    account_status: str
    asset: str
    available: int | None
    program: str | None
    facts_version: int
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionView:
    authorization_id: int
    received_at: datetime
    amount: int
    asset: str
    response_code: str
    verdict: str
    reason: str
    rule: str
    policy: str


_CHANGES = {
    "active": ("inactive", "blocked"),
    "blocked": ("inactive", "active"),
    "lost": ("inactive", "active", "blocked"),
    "stolen": ("inactive", "active", "blocked", "lost"),
}
"""The new status by the statuses that it may follow: who reported a card lost or stolen gets a new one, not the old one back."""


async def issue_card(connection: Any, account_id: int, card: Plastic, mandate: Mandate) -> NotDone | None:
    """A further card on an open account. Raises LookupError for an unknown account."""
    async with connection.transaction():
        await lock(connection, account_id)
        if refused := await _not_open(connection, account_id):
            return refused
        await _insert(connection, account_id, card, card.card_id)
        await audit(connection, "card_issued", f"card {card.card_id}", mandate, f"{card.pan_masked} on account {account_id}")
    return None


async def replace_card(
    connection: Any, card_id: int, card: Plastic, mandate: Mandate, *, links: Sequence[str] = ()
) -> NotDone | None:
    """A new number and expiry in the old card's place; the old one is closed, which the networks on `links` are told.

    Raises LookupError for an unknown card.
    """
    async with connection.transaction():
        old = await _locked_card(connection, card_id)
        if old["status"] == "closed":
            return NotDone(f"card {card_id} is closed")
        if refused := await _not_open(connection, old["account_id"]):
            return refused
        await _insert(connection, old["account_id"], card, old["lineage"])
        await connection.execute("update ledger.card set status = 'closed' where card_id = $1", card_id)
        await put_update(connection, card_id, "closed", links, mandate)
        await audit(connection, "card_replaced", f"card {card_id}", mandate, f"by card {card.card_id}, {card.pan_masked}")
    return None


async def change_card_status(
    connection: Any, card_id: int, status: str, mandate: Mandate, *, only_from: str = "", links: Sequence[str] = ()
) -> NotDone | None:
    """Activate, unblock (`active`), block (`blocked`, `lost`, `stolen`); the networks on `links` are told of all but the first.

    Raises LookupError for an unknown card.
    """
    async with connection.transaction():
        card = await _locked_card(connection, card_id)
        if card["status"] not in ((only_from,) if only_from else _CHANGES[status]):
            return NotDone(f"card {card_id} is {card['status']}")
        await connection.execute("update ledger.card set status = $2 where card_id = $1", card_id, status)
        if status in LISTED or card["status"] in LISTED:
            await put_update(connection, card_id, status if status in LISTED else "unlisted", links, mandate)
        await audit(connection, "card_status", f"card {card_id}", mandate, f"was {card['status']}, now {status}")
    return None


async def set_pvv(connection: Any, card_id: int, token: bytes, pvv: str, mandate: Mandate) -> NotDone | None:
    """The check value of a new PIN. `token` must be the card's, whose number the value was made with."""
    async with connection.transaction():
        card = await _locked_card(connection, card_id)
        if card["pan_token"] != token:
            return NotDone(f"the number given is not that of card {card_id}")
        await connection.execute("update ledger.card set pvv = $2 where card_id = $1", card_id, pvv)
        await audit(connection, "card_pin_set", f"card {card_id}", mandate, "a new PIN")
    return None


async def view_card(connection: Any, card_id: int) -> CardView:
    """Raises LookupError for an unknown card."""
    row = await connection.fetchrow(statement("card_view"), card_id)
    if row is None:
        raise LookupError(f"there is no card {card_id}")
    return CardView(**dict(row))


async def recent_decisions(connection: Any, account_id: int, lineage: int) -> list[DecisionView]:
    """The last few of a card and its predecessors, newest first."""
    rows = await connection.fetch(statement("recent_decisions"), account_id, lineage, DECISIONS_SHOWN)
    return [DecisionView(**dict(row)) for row in rows]


async def _locked_card(connection: Any, card_id: int) -> Any:
    """The card under its account's lock, which everybody takes first."""
    account_id = await connection.fetchval("select account_id from ledger.card where card_id = $1", card_id)
    if account_id is None:
        raise LookupError(f"there is no card {card_id}")
    await lock(connection, account_id)
    return await connection.fetchrow(
        "select account_id, pan_token, status, coalesce(lineage, card_id) as lineage from ledger.card where card_id = $1", card_id
    )


async def _not_open(connection: Any, account_id: int) -> NotDone | None:
    status = await connection.fetchval("select status from ledger.account where account_id = $1", account_id)
    return None if status == "open" else NotDone(f"account {account_id} is {status}")


async def _insert(connection: Any, account_id: int, card: Plastic, lineage: int) -> None:
    await connection.execute(
        "insert into ledger.card (card_id, account_id, pan_token, pan_masked, expiry, psn, status, lineage) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        card.card_id, account_id, card.token, card.pan_masked, card.expiry, card.psn, card.status, lineage,
    )  # fmt: skip
    if card.sealed_number is not None:
        await keep_number(connection, card.card_id, card.sealed_number)
