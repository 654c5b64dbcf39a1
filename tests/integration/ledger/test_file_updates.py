"""The outbox of file updates: claimed by one, in the order of a card's changes, once each however long a process slept."""

import asyncio
import os

import asyncpg
from integration.ledger.conftest import opened

from ledger.accounts import Mandate
from ledger.cards import OpenedCard
from ledger.file_updates import (
    ClaimedUpdate,
    Ending,
    claim_updates,
    count_updates,
    finish_update,
    keep_number,
    tell_network,
    updates_of_card,
)
from ledger.issuing import Plastic, change_card_status, replace_card
from ledger.journal import Journal

WHY, LINKS = Mandate("ada", "the holder called"), ("one",)
DONE = Ending("done", "1", "00 accepted")


async def card_with_number(pool: asyncpg.Pool, journal: Journal) -> OpenedCard:
    (card,) = await opened(pool, journal, 100)
    await keep_number(pool, card.card_id, os.urandom(48))
    return card


async def block(pool: asyncpg.Pool, card: OpenedCard, status: str = "blocked") -> None:
    async with pool.acquire() as connection:
        assert await change_card_status(connection, card.card_id, status, WHY, links=LINKS) is None


async def claimed(pool: asyncpg.Pool, seconds: float = 60.0) -> list[ClaimedUpdate]:
    return await claim_updates(pool, LINKS, most=16, seconds=seconds)


async def states(pool: asyncpg.Pool, card: OpenedCard) -> list[tuple[str, str]]:
    return [(one.listing, one.state) for one in reversed(await updates_of_card(pool, card.card_id))]


async def test_each_update_is_claimed_by_one(pool: asyncpg.Pool, journal: Journal) -> None:
    for _ in range(5):
        await block(pool, await card_with_number(pool, journal))
    shares = await asyncio.gather(*(claimed(pool) for _ in range(4)))
    assert len([update for share in shares for update in share]) == 5
    assert len({update.update_id for share in shares for update in share}) == 5
    assert await claimed(pool) == []


async def test_a_cards_updates_leave_in_the_order_of_its_changes(pool: asyncpg.Pool, journal: Journal) -> None:
    card = await card_with_number(pool, journal)
    await block(pool, card)
    await block(pool, card, "active")
    await block(pool, card, "lost")
    said = []
    for _ in range(3):
        (update,) = await claimed(pool)
        said.append((update.listing, update.update_code))
        assert await finish_update(pool, update, DONE)
    assert said == [("blocked", "1"), ("unlisted", "3"), ("lost", "1")]
    assert await states(pool, card) == [("blocked", "done"), ("unlisted", "done"), ("lost", "done")]


async def test_what_is_listed_already_is_changed(pool: asyncpg.Pool, journal: Journal) -> None:
    card = await card_with_number(pool, journal)
    for status, code in (("blocked", "1"), ("stolen", "2")):
        await block(pool, card, status)
        (update,) = await claimed(pool)
        assert update.update_code == code
        assert await finish_update(pool, update, DONE)


async def test_a_claim_that_is_over_is_anothers_and_the_late_ending_does_not_count(pool: asyncpg.Pool, journal: Journal) -> None:
    card = await card_with_number(pool, journal)
    await block(pool, card)
    (slept,) = await claimed(pool, seconds=0.0)
    (ours,) = await claimed(pool)
    assert (slept.attempts, ours.attempts) == (1, 2)
    assert not await finish_update(pool, slept, Ending("failed", "1", "timeout"))
    assert await finish_update(pool, ours, DONE)
    assert await states(pool, card) == [("blocked", "done")]


async def test_an_attempt_that_was_not_sent_is_given_back_and_a_pause_is_kept(pool: asyncpg.Pool, journal: Journal) -> None:
    await block(pool, await card_with_number(pool, journal))
    (update,) = await claimed(pool)
    assert await finish_update(pool, update, Ending("pending", "1", "not_connected", was_sent=False))
    (again,) = await claimed(pool)
    assert again.attempts == 1
    assert await finish_update(pool, again, Ending("pending", "2", "80 listed_already", wait_seconds=60.0))
    assert await claimed(pool) == []
    assert (await count_updates(pool)).pending == 1


async def test_a_card_without_its_number_is_given_up_until_somebody_gives_it(pool: asyncpg.Pool, journal: Journal) -> None:
    (card,) = await opened(pool, journal, 100)
    await block(pool, card)
    assert await states(pool, card) == [("blocked", "failed")]
    assert (await count_updates(pool)).failed == 1
    async with pool.acquire() as connection:
        refused = await tell_network(connection, card.card_id, LINKS, WHY)
        foreign = await tell_network(connection, card.card_id, LINKS, WHY, number=(os.urandom(16), os.urandom(48)))
        token = await connection.fetchval("select pan_token from ledger.card where card_id = $1", card.card_id)
        told = await tell_network(connection, card.card_id, LINKS, WHY, number=(token, os.urandom(48)))
    assert refused is not None
    assert "is not kept" in refused.reason
    assert foreign is not None
    assert "is not that of card" in foreign.reason
    assert told is None
    counted = await count_updates(pool)
    assert (counted.pending, counted.failed) == (1, 0)


async def test_a_replaced_card_is_listed_and_an_activated_one_is_not(pool: asyncpg.Pool, journal: Journal) -> None:
    card = await card_with_number(pool, journal)
    (new_id,) = await journal.reserve_ids(1)
    plastic = Plastic(new_id, os.urandom(16), "541333******0015", "2912", "00", sealed_number=os.urandom(48))
    async with pool.acquire() as connection:
        assert await replace_card(connection, card.card_id, plastic, WHY, links=LINKS) is None
        assert await change_card_status(connection, new_id, "active", WHY, only_from="inactive", links=LINKS) is None
    assert await states(pool, card) == [("closed", "pending")]
    assert await updates_of_card(pool, new_id) == []


async def test_without_a_link_that_takes_them_nothing_waits(pool: asyncpg.Pool, journal: Journal) -> None:
    card = await card_with_number(pool, journal)
    async with pool.acquire() as connection:
        assert await change_card_status(connection, card.card_id, "stolen", WHY) is None
    assert await updates_of_card(pool, card.card_id) == []
