"""Accounts and cards: opening, funding, reading their facts, changing their state.

Every change that a decision depends on bumps the account's `facts_version` in its own transaction: that is how
the journal catches a decision made on a stale cache (G2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import asyncpg

from ledger.commands import Book, RepeatKey
from ledger.journal import Journal
from ledger.money import Asset
from ledger.recipes.entry import book_of
from ledger.recipes.funding import fund
from ledger.statements import statement
from ledger.verdicts import Verdict

CHUNK = 1000
"""Cards opened per transaction: large enough to be quick, small enough to show progress."""


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card to be opened with an account of its own. `floor_minor`: minus the credit limit, 0 for debit.

    `product`: debit, prepaid or credit, as the chart of accounts knows customers."""

    token: bytes
    pan_masked: str
    expiry: str
    psn: str
    pvv: str
    balance_minor: int
    floor_minor: int = 0
    status: str = "active"
    product: str = "debit"


@dataclass(frozen=True, slots=True)
class OpenedCard:
    card_id: int
    account_id: int
    available_minor: int


@dataclass(frozen=True, slots=True)
class CardRow:
    """Card facts and the account's funds at one version, read in one snapshot."""

    token: bytes
    card_id: int
    account_id: int
    asset: str
    card_status: str
    account_status: str
    expiry: str
    psn: str
    pvv: str | None
    facts_version: int
    available: int | None
    version: int
    lineage: int
    is_controlled: bool
    """Whether `spend_controls.spoken_for` may have anything to say of it."""
    pin_offset: str | None
    atc: int


async def open_cards(pool: Any, journal: Journal, asset: Asset, cards: Sequence[NewCard], *, actor: str) -> list[OpenedCard]:
    """Open one account per card and fund each by a balanced journal (bank to customer). In order."""
    ids = list(await journal.reserve_ids(2 * len(cards)))
    account_ids, card_ids = ids[::2], ids[1::2]
    async with pool.acquire() as connection, connection.transaction():
        await _insert(connection, asset, cards, account_ids, card_ids)
        await connection.execute(
            "select ledger.record_audit($1, 'cards_opened', $2, 'seed', $3)",
            actor,
            f"cards {card_ids[0]}-{card_ids[-1]}",
            f"{len(cards)} accounts in {asset.code}",
        )
    funded = [(a, c) for a, c in zip(account_ids, cards, strict=True) if c.balance_minor > 0]
    for outcome in await journal.record_all([_fund(account_id, card, asset, actor) for account_id, card in funded]):
        assert outcome.verdict is Verdict.ACCEPTED, outcome.reason
    return [
        OpenedCard(card_id, account_id, card.balance_minor - card.floor_minor)
        for card_id, account_id, card in zip(card_ids, account_ids, cards, strict=True)
    ]


async def _insert(connection: Any, asset: Asset, cards: Sequence[NewCard], account_ids: list[int], card_ids: list[int]) -> None:
    await connection.executemany(
        "insert into ledger.account (account_id, code, name, kind, normal_side, asset, product) "
        "values ($1, $2, $3, 'customer', 'credit', $4, $5)",
        [
            (a, f"customer.{a}", f"Customer {c.pan_masked}", asset.code, c.product)
            for a, c in zip(account_ids, cards, strict=True)
        ],
    )
    # In one statement: its floors go on record under one audit line.
    await connection.execute(
        "insert into ledger.balance (account_id, floor) select * from unnest($1::bigint[], $2::bigint[])",
        account_ids,
        [card.floor_minor for card in cards],
    )
    await connection.executemany(
        "insert into ledger.card (card_id, account_id, pan_token, pan_masked, expiry, psn, pvv, status) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (i, a, c.token, c.pan_masked, c.expiry, c.psn, c.pvv, c.status)
            for i, a, c in zip(card_ids, account_ids, cards, strict=True)
        ],
    )


def _fund(account_id: int, card: NewCard, asset: Asset, actor: str) -> Book:
    now = datetime.now(UTC)
    digest = sha256(f"fund|{account_id}".encode()).digest()[:16]
    entry = fund(account_id, asset.code, card.balance_minor, "opening_balance")
    return book_of(entry, key=RepeatKey(digest, now.date()), actor=actor, at=now)


async def card_facts(pool: Any, tokens: Sequence[bytes]) -> list[CardRow]:
    """The facts of these cards as the ledger has them now, in one snapshot. Unknown tokens are left out."""
    rows = await pool.fetch(statement("card_facts"), list(tokens))
    return [CardRow(*row) for row in rows]


async def set_card_status(connection: asyncpg.Connection, card_id: int, status: str, *, actor: str, reason: str) -> None:
    """Change a card's state. The next decision sees it, also with a stale cache. Raises LookupError for an unknown card."""
    async with connection.transaction():
        account_id = await connection.fetchval("select account_id from ledger.card where card_id = $1", card_id)
        if account_id is None:
            raise LookupError(f"there is no card {card_id}")
        # The account first, as every writer locks it.
        await connection.execute("update ledger.balance set facts_version = facts_version + 1 where account_id = $1", account_id)
        await connection.execute("update ledger.card set status = $2 where card_id = $1", card_id, status)
        await connection.execute(
            "select ledger.record_audit($1, 'card_status', $2, $3, $4)", actor, f"card {card_id}", reason, f"now {status}"
        )
