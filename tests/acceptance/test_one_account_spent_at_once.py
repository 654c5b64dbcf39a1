"""Exactly what is there is spent, whatever Redis says: G2 and G3."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import ask, ask_all, connections, purchase
from redis import Redis

from authorizer.scripts import account_key

ISSUER = {"deadline_seconds": 20.0}  # what is shown here is money, not time

REQUESTS, CONNECTIONS, BALANCE = 1000, 50, 100_00
FAR_AHEAD = 1 << 40

Interference = Callable[[Redis, str, int], None]


def nothing(cache: Redis, key: str, answered: int) -> None:
    """Redis is left alone."""


def flushed_in_the_middle(cache: Redis, key: str, answered: int) -> None:
    if answered in (60, 300):
        cache.flushall()


def lie(available: int, version: int | None = None) -> Interference:
    """The cached balance is another, at the version that stands or at one that no confirmation overwrites."""

    def tell(cache: Redis, key: str, answered: int) -> None:
        if answered % 50 == 0 and cache.exists(key):
            cache.hset(key, "a", available)
            if version is not None:
                cache.hset(key, "v", version)

    return tell


@pytest.mark.parametrize(
    "interfere",
    [
        pytest.param(nothing, id="honest Redis"),
        pytest.param(flushed_in_the_middle, id="flushed in the middle"),
        pytest.param(lie(10 * BALANCE), id="ten times the balance"),
        pytest.param(lie(10 * BALANCE, FAR_AHEAD), id="ten times the balance, at a version of the future"),
        pytest.param(lie(0), id="nothing there"),
        pytest.param(lie(0, FAR_AHEAD), id="nothing there, at a version of the future"),
    ],
)
async def test_an_account_with_100_is_spent_exactly_100_times(issuer: Issuer, interfere: Interference) -> None:
    held = await issuer.card(balance_minor=BALANCE)
    async with connections(issuer.switch, CONNECTIONS) as opened:
        with cache_of(issuer) as cache:
            await ask(opened[0], purchase(held, 0, elements={3: "300000"}))  # a balance inquiry: now Redis knows the account
            key = await known_to_redis(cache, held)
            interfere(cache, key, 0)
            requests = [purchase(held, 100) for _ in range(REQUESTS)]
            answers = await ask_all(opened, requests, lambda answered: interfere(cache, key, answered))
    assert Counter(answer.text(39) for answer in answers) == {"00": 100, "51": REQUESTS - 100}
    assert await issuer.account(held) == {"posted": BALANCE, "holds": BALANCE, "available": 0}
    assert await issuer.findings() == []


def cache_of(issuer: Issuer) -> AbstractContextManager[Redis]:
    return Redis.from_url(issuer.redis_url)


async def known_to_redis(cache: Redis, held: HeldCard) -> str:
    """The account's key, as soon as its balance stands there."""
    key = account_key(held.account_id)
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(cache.hexists, key, "a"):
            await asyncio.sleep(0.005)
    return key
