"""Redis away, hanging, talking nonsense or full: correct from the ledger alone, and back by itself."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from authorizer.reservation import FundsHint
from authorizer.scripts import account_key

if TYPE_CHECKING:
    from tests.integration.authorizer.conftest import Ledger, OpenTeller, Teller, Wire


async def _back(teller: Teller) -> None:
    async with asyncio.timeout(5):
        await teller.meter.is_up.wait()


async def test_a_store_starts_without_redis_and_serves_from_the_ledger(
    open_teller: OpenTeller, ledger: Ledger, wire: Wire
) -> None:
    wire.set("cut")
    teller = await open_teller(wire.url)
    token = ledger.add(1)
    reservation = await teller.reserve(token)
    assert reservation.facts == ledger.cards[token]
    assert reservation.hint is FundsHint.UNKNOWN
    assert not reservation.is_held
    assert not teller.store.is_up
    assert (await teller.reserve(bytes(16))).facts is None


async def test_the_store_uses_redis_again_as_soon_as_it_is_back(open_teller: OpenTeller, ledger: Ledger, wire: Wire) -> None:
    wire.set("cut")
    teller = await open_teller(wire.url)
    token = ledger.add(1)
    await teller.reserve(token)
    wire.set("pass")
    await _back(teller)
    assert (await teller.reserve(token)).is_held


@pytest.mark.parametrize("mode", ["cut", "stall", "babble"])
async def test_every_payment_is_served_while_redis_fails_and_after(
    open_teller: OpenTeller, ledger: Ledger, wire: Wire, mode: str
) -> None:
    teller = await open_teller(wire.url, timeout_seconds=0.5)  # a busy machine takes more than 50 ms for twenty at once
    tokens = [ledger.add(number) for number in range(1, 21)]
    await asyncio.gather(*(teller.pay(token, 1_00) for token in tokens))
    wire.set(mode)
    during = await asyncio.gather(*(teller.reserve(token) for token in tokens))
    assert [reservation.facts for reservation in during] == [ledger.cards[token] for token in tokens]
    assert not any(reservation.is_held for reservation in during)
    assert not teller.store.is_up
    wire.set("pass")
    await _back(teller)
    assert all(r.is_held for r in await asyncio.gather(*(teller.reserve(token) for token in tokens)))


async def test_a_hanging_redis_costs_one_time_limit_and_not_one_per_payment(
    open_teller: OpenTeller, ledger: Ledger, wire: Wire
) -> None:
    teller = await open_teller(wire.url, timeout_seconds=0.1, probe_interval_seconds=60)
    tokens = [ledger.add(number) for number in range(1, 21)]
    wire.set("stall")
    began = time.perf_counter()
    for token in tokens:
        await teller.reserve(token)
    assert time.perf_counter() - began < 1


async def test_what_was_confirmed_during_an_outage_is_told_afterwards(
    open_teller: OpenTeller, ledger: Ledger, wire: Wire, redis: Redis
) -> None:
    teller = await open_teller(wire.url)
    token = ledger.add(1, available=100_00)
    await teller.pay(token)
    reservation = await teller.reserve(token)
    wire.set("cut")
    teller.confirm(token, reservation, spent=10_00)
    await teller.store.flush()
    assert not teller.store.is_up
    teller.confirm(token, await teller.reserve(token), spent=10_00)
    wire.set("pass")
    await _back(teller)
    await teller.store.flush()
    key = account_key(ledger.account(token).account_id)
    assert await redis.hmget(key, "a", "v") == [b"7000", b"4"]
    assert not [field for field in await redis.hkeys(key) if field.startswith(b"r:")]


async def test_only_so_many_confirmations_are_kept_for_later(open_teller: OpenTeller, ledger: Ledger, wire: Wire) -> None:
    wire.set("cut")
    teller = await open_teller(wire.url, max_unconfirmed=5)
    token = ledger.add(1)
    for _ in range(8):
        teller.confirm(token, await teller.reserve(token), spent=1)
    assert teller.meter.dropped == 3


async def test_a_full_redis_is_a_redis_that_is_away(open_teller: OpenTeller, ledger: Ledger, redis: Redis) -> None:
    teller = await open_teller()
    token = ledger.add(1)
    reservation = await teller.reserve(token)
    limit = (await redis.config_get("maxmemory"))["maxmemory"]
    try:
        await redis.config_set("maxmemory", 1)
        teller.confirm(token, reservation, spent=10_00)
        assert (await teller.reserve(token)).facts is not None
        assert not teller.store.is_up
    finally:
        await redis.config_set("maxmemory", limit)
    await _back(teller)
    assert (await teller.reserve(token)).is_held


async def test_a_restarted_redis_is_cold_and_nothing_more(
    open_teller: OpenTeller, ledger: Ledger, wire: Wire, redis: Redis
) -> None:
    teller = await open_teller(wire.url)
    token = ledger.add(1, available=100_00)
    await teller.pay(token)
    wire.set("cut")
    await redis.flushall()
    await redis.script_flush()
    await teller.pay(token)
    wire.set("pass")
    await _back(teller)
    assert (await teller.reserve(token)).cached_available == 80_00


async def test_closing_while_redis_hangs_takes_no_longer_than_the_limit(
    open_teller: OpenTeller, ledger: Ledger, wire: Wire
) -> None:
    teller = await open_teller(wire.url, timeout_seconds=0.1)
    token = ledger.add(1)
    reservation = await teller.reserve(token)
    wire.set("stall")
    teller.confirm(token, reservation, spent=1)
    async with asyncio.timeout(2):
        await teller.store.close()
