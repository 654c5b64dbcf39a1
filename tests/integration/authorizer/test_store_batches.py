"""Whatever waits goes together; a hot account is read once per call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from authorizer.reservation import FundsHint
from authorizer.scripts import account_key

if TYPE_CHECKING:
    from tests.integration.authorizer.conftest import Ledger, OpenTeller, Teller


async def _calls(redis: Redis, command: str) -> int:
    statistics = await redis.info("commandstats")
    return int(statistics.get(f"cmdstat_{command}", {"calls": 0})["calls"])


async def test_a_lone_payment_is_one_call_of_its_own(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1)
    await teller.reserve(token)
    teller.meter.calls.clear()
    for _ in range(3):
        await teller.reserve(token)
    assert teller.meter.calls == [1, 1, 1]


async def test_payments_at_once_share_calls_up_to_the_limit(teller: Teller, ledger: Ledger) -> None:
    tokens = [ledger.add(number) for number in range(1, 501)]
    await asyncio.gather(*(teller.reserve(token) for token in tokens))
    teller.meter.calls.clear()
    assert all(r.is_held for r in await asyncio.gather(*(teller.reserve(token) for token in tokens)))
    assert teller.meter.calls == [200, 200, 100]


async def test_a_cold_cache_asks_the_ledger_once_per_card_and_in_batches(teller: Teller, ledger: Ledger) -> None:
    tokens = [ledger.add(number) for number in range(1, 101)]
    await asyncio.gather(*(teller.reserve(token) for token in tokens * 2))
    assert sorted(token for load in ledger.loads for token in load) == sorted(tokens)
    assert len(ledger.loads) == 1


async def test_a_hot_account_with_200_in_flight_is_read_once_per_call(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    await teller.reserve(token, 0)
    before = await _calls(redis, "hgetall")
    reservations = await asyncio.gather(*(teller.reserve(token, 1_00) for _ in range(200)))
    assert await _calls(redis, "hgetall") - before == 1
    hints = [reservation.hint for reservation in reservations]
    assert hints.count(FundsHint.ENOUGH) == 100
    for reservation in reservations:
        spent = 1_00 if reservation.hint is FundsHint.ENOUGH else 0
        teller.confirm(token, reservation, spent=spent)
    await teller.store.flush()
    key = account_key(ledger.account(token).account_id)
    assert await redis.hget(key, "a") == b"0"
    left = [field for field in await redis.hkeys(key) if field.startswith(b"r:")]
    assert len(left) == 1  # the first one, which nobody has confirmed
    assert teller.meter.drifts == []


async def test_confirmations_go_in_batches_and_nobody_waits_for_them(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    tokens = [ledger.add(number) for number in range(1, 101)]
    reservations = await asyncio.gather(*(teller.reserve(token) for token in tokens))
    before = await _calls(redis, "evalsha")
    for token, reservation in zip(tokens, reservations, strict=True):
        teller.confirm(token, reservation, spent=1)
    await teller.store.flush()
    assert await _calls(redis, "evalsha") - before <= 2


async def test_two_processes_and_a_flush_in_the_middle_end_with_the_ledgers_balance(
    open_teller: OpenTeller, ledger: Ledger, redis: Redis
) -> None:
    tellers = [await open_teller(), await open_teller()]
    token = ledger.add(1, available=1_000_00)

    async def spend_many(teller: Teller) -> None:
        for _ in range(50):
            reservation = await teller.reserve(token, 1_00)
            teller.confirm(token, reservation, spent=1_00)

    async with asyncio.TaskGroup() as group:
        for teller in tellers * 4:
            group.create_task(spend_many(teller))
        for _ in range(5):
            await tellers[0].reserve(token, 0)
            await redis.flushall()
    for teller in tellers:
        await teller.store.flush()
    last = await tellers[0].reserve(token, 0)
    assert (last.cached_available, last.cached_version) == (1_000_00 - 400_00, 401)
    assert all(teller.meter.drifts == [] for teller in tellers)
