"""A card blocked in the ledger is refused at once, however stale the cache is (G2: the same for facts)."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from acceptance.issuer import HeldCard, Issuer, eventually
from acceptance.network import code, connection, purchase
from redis import Redis

from authorizer.scripts import account_key
from ledger.cards import set_card_status

Snapshot = dict[bytes, bytes]


def restored(cache: Any, snapshot: Snapshot) -> None:
    for key, dumped in snapshot.items():
        cache.restore(key, 0, dumped, replace=True)


def flushed_and_restored(cache: Any, snapshot: Snapshot) -> None:
    cache.flushall()
    restored(cache, snapshot)


@pytest.mark.parametrize("bring_back", [restored, flushed_and_restored])
async def test_a_card_is_refused_though_redis_says_active(issuer: Issuer, bring_back: Callable[[Any, Snapshot], None]) -> None:
    held = await issuer.card(balance_minor=100_00)
    with Redis.from_url(issuer.redis_url) as cache:
        async with connection(issuer.switch) as link:
            assert await code(link, purchase(held, 1_00)) == "00"
            said, snapshot = await active_in_redis(cache, held)
            await set_status(issuer, held, "blocked")
            # Redis has not been told of it, so it says active already; then once more after it was put right.
            assert facts_in(cache, held) == said
            assert await code(link, purchase(held, 1_00)) == "62"
            await eventually("Redis knows better", lambda: facts_in(cache, held) != said)
            bring_back(cache, snapshot)
            assert facts_in(cache, held) == said
            assert await code(link, purchase(held, 1_00)) == "62"
            await set_status(issuer, held, "active")
            assert await code(link, purchase(held, 1_00)) == "00"
    assert (await issuer.account(held))["holds"] == 2_00


async def active_in_redis(cache: Any, held: HeldCard) -> tuple[list[bytes], Snapshot]:
    """What Redis says about the card, and everything in it, once the purchase has been confirmed there."""
    key = account_key(held.account_id)
    async with asyncio.timeout(10):
        while not facts_in(cache, held) or cache.hget(key, "a") != b"9900":
            await asyncio.sleep(0.005)
    said = facts_in(cache, held)
    assert any(b"active" in fact for fact in said)
    return said, {name: cache.dump(name) for name in cache.keys("*")}


def facts_in(cache: Any, held: HeldCard) -> list[bytes]:
    fields = cache.hgetall(account_key(held.account_id))
    return [value for name, value in fields.items() if name.startswith(b"c:")]


async def set_status(issuer: Issuer, held: HeldCard, status: str) -> None:
    ledger = await asyncpg.connect(issuer.postgres_dsn)
    try:
        await set_card_status(ledger, held.card_id, status, actor="test", reason="the holder asked for it")
    finally:
        await ledger.close()
