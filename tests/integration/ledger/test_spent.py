"""What the ledger says was spent of the limits: every payment that counts in Redis counts here, and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from integration.ledger.conftest import opened, release, spend
from ledger_samples import advise

from ledger.cards import OpenedCard
from ledger.commands import Advise, Authorize, Command, Single, Undo
from ledger.journal import Journal
from ledger.spend_controls import spent


def of_card(command: Any, card: OpenedCard) -> Any:
    return replace(command, request=replace(command.request, card_id=card.card_id))


def advised(card: OpenedCard, name: str, amount: int, **given: Any) -> Advise:
    advice: Advise = of_card(advise(name, amount, account_id=card.account_id, at=datetime.now(UTC), **given), card)
    return advice


async def counted(pool: asyncpg.Pool, journal: Journal, card: OpenedCard, *commands: Command) -> list[tuple[int, int]]:
    """Amount and count of each payment that is counted; the sums of all before say the same."""
    for command in commands:
        await journal.record(command)
    now = datetime.now(UTC)
    rows = await spent(pool, {card.account_id: now - timedelta(hours=1)})
    assert all(row.card == card.card_id for row in rows)
    before = await spent(pool, {card.account_id: now + timedelta(hours=1)}, also_before=[card.account_id])
    sums = [(sum(row.amount for row in listed), sum(row.counted for row in listed)) for listed in (rows, before)]
    assert sums[0] == sums[1]
    return sorted((row.amount, row.counted) for row in rows)


async def test_single_messages_count_as_those_that_hold(pool: asyncpg.Pool, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 100_00)
    held, booked = of_card(spend(card, 10_00), card), of_card(spend(card, 20_00, single=Single.DEBIT), card)
    assert await counted(pool, journal, card, held, booked) == [(10_00, 1), (20_00, 1)]
    part = replace(release(card, booked, 5_00), original=booked.request.key)
    assert await counted(pool, journal, card, part) == [(5_00, 1), (10_00, 1)]
    assert await counted(pool, journal, card, release(card, booked)) == [(10_00, 1)]


async def test_what_the_network_decided_counts_in_either_form(pool: asyncpg.Pool, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    held, booked = advised(card, "x", 30_00), advised(card, "y", 40_00, single=Single.DEBIT)
    assert await counted(pool, journal, card, held, booked) == [(30_00, 1), (40_00, 1)]


async def test_money_that_comes_does_not_count(pool: asyncpg.Pool, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 10_00)
    assert await counted(pool, journal, card, of_card(spend(card, 30_00, single=Single.CREDIT), card)) == []


async def test_what_was_undone_does_not_count(pool: asyncpg.Pool, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 100_00)
    payments: list[Authorize] = [
        of_card(spend(card, 10_00), card), of_card(spend(card, 20_00, single=Single.DEBIT), card), of_card(spend(card, 5_00), card)
    ]  # fmt: skip
    assert len(await counted(pool, journal, card, *payments)) == 3
    undelivered = replace(release(card, payments.pop()), is_undelivered=True)
    assert await counted(pool, journal, card, undelivered) == [(10_00, 1), (20_00, 1)]
    undone = [Undo(one.request.key, card.account_id, datetime.now(UTC), 7) for one in payments]
    assert await counted(pool, journal, card, *undone) == []
