"""Whatever Redis has lost, kept too long or made up: the ledger's versions win."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from authorizer.facts import CardStatus
from authorizer.reservation import FundsHint
from authorizer.scripts import account_key

if TYPE_CHECKING:
    from tests.integration.authorizer.conftest import Ledger, OpenTeller, Teller


def _key(ledger: Ledger, token: bytes) -> str:
    return account_key(ledger.account(token).account_id)


async def test_a_load_that_a_commit_has_overtaken_is_thrown_away_and_repeated(
    open_teller: OpenTeller, ledger: Ledger, redis: Redis
) -> None:
    loading, committing = await open_teller(), await open_teller()
    token = ledger.add(1, available=100_00)

    async def commit_in_between() -> None:
        ledger.after_reading = None
        after = ledger.spend(token, 99_00)
        committing.store.observe(
            after.account_id, version=after.version, available=after.available, facts_version=after.facts_version
        )
        await committing.store.flush()
        assert await redis.hgetall(_key(ledger, token)) == {b"m": b"2"}

    ledger.after_reading = commit_in_between
    reservation = await loading.reserve(token, 50_00)
    assert (reservation.cached_available, reservation.cached_version) == (1_00, 2)
    assert reservation.hint is FundsHint.SHORT
    assert len(ledger.loads) == 2
    assert "older" in loading.meter.misses
    assert not await redis.hexists(_key(ledger, token), "m")


async def test_a_reload_never_puts_an_older_balance_over_a_newer_one(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    reservation = await teller.reserve(token)

    async def commit_in_between() -> None:
        teller.confirm(token, reservation, spent=70_00)
        await teller.store.flush()

    ledger.after_reading = commit_in_between
    await teller.store.reload(token)
    assert await redis.hmget(_key(ledger, token), "a", "v") == [b"3000", b"2"]
    assert teller.meter.drifts == []


async def test_a_reload_replaces_a_key_of_another_type(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1)
    await redis.set(_key(ledger, token), "nonsense")
    assert await teller.store.reload(token) == ledger.cards[token]
    assert teller.store.is_up
    assert (await teller.reserve(token)).is_held
    assert len(ledger.loads) == 1


async def test_a_load_that_loses_every_race_is_served_from_the_ledger_uncached(open_teller: OpenTeller, ledger: Ledger) -> None:
    loading, committing = await open_teller(), await open_teller()
    token = ledger.add(1)

    async def always_later() -> None:
        after = ledger.spend(token, 1)
        committing.store.observe(
            after.account_id, version=after.version, available=after.available, facts_version=after.facts_version
        )
        await committing.store.flush()

    ledger.after_reading = always_later
    reservation = await loading.reserve(token)
    assert reservation.facts == ledger.cards[token]
    assert reservation.hint is FundsHint.UNKNOWN
    assert not reservation.is_held
    assert len(ledger.loads) == 3


@pytest.mark.parametrize("field", ["m", "f"])
async def test_a_made_up_version_that_forbids_every_load_gives_way(
    teller: Teller, ledger: Ledger, redis: Redis, field: str
) -> None:
    token = ledger.add(1)
    await redis.hset(_key(ledger, token), field, "999999999")
    reservation = await teller.reserve(token)
    assert reservation.is_held
    assert reservation.cached_version == 1
    assert (await teller.reserve(token)).is_held
    assert len(ledger.loads) == 2


async def test_a_flush_between_reservation_and_confirmation_leaves_only_a_guard(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = ledger.add(1, available=100_00)
    reservation = await teller.reserve(token, 40_00)
    await redis.flushall()
    teller.confirm(token, reservation, spent=40_00)
    await teller.store.flush()
    assert await redis.hgetall(_key(ledger, token)) == {b"m": b"2"}
    assert await redis.pttl(_key(ledger, token)) > 0
    again = await teller.reserve(token, 60_01)
    assert (again.cached_available, again.hint) == (60_00, FundsHint.SHORT)


async def test_forgotten_scripts_are_sent_again(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1)
    await teller.pay(token)
    await redis.script_flush()
    await teller.pay(token)
    assert teller.store.is_up
    assert "down" not in teller.meter.misses


async def test_a_restored_snapshot_is_caught_up_by_the_next_confirmation(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    await teller.reserve(token, 0)
    yesterday = await redis.dump(_key(ledger, token))
    for _ in range(3):
        await teller.pay(token, 30_00)
    await redis.restore(_key(ledger, token), 0, yesterday, replace=True)
    misled = await teller.reserve(token, 30_00)
    assert (misled.hint, misled.cached_version) == (FundsHint.ENOUGH, 1)
    teller.confirm(token, misled, spent=0)
    await teller.store.flush()
    assert (await teller.reserve(token, 30_00)).hint is FundsHint.SHORT
    assert teller.meter.lags == [3]
    assert teller.meter.drifts == []


async def test_facts_of_a_restored_snapshot_are_replaced_by_a_reload(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1)
    await teller.reserve(token)
    yesterday = await redis.dump(_key(ledger, token))
    ledger.set_status(token, CardStatus.BLOCKED)
    await teller.store.reload(token)
    await redis.restore(_key(ledger, token), 0, yesterday, replace=True)
    stale = (await teller.reserve(token)).facts
    assert stale is not None
    assert (stale.card_status, stale.facts_version) == (CardStatus.ACTIVE, 1)
    await teller.store.reload(token)
    fresh = (await teller.reserve(token)).facts
    assert fresh is not None
    assert (fresh.card_status, fresh.facts_version) == (CardStatus.BLOCKED, 2)


async def test_a_reservation_that_expired_unconfirmed_makes_the_account_a_miss(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = ledger.add(1, available=100_00)
    await teller.reserve(token, 80_00, lifetime_seconds=-3600)
    ledger.spend(token, 80_00)  # it was committed, and the process died before it could confirm
    reservation = await teller.reserve(token, 30_00)
    assert teller.meter.misses[-1] == "expired"
    assert (reservation.cached_available, reservation.hint) == (20_00, FundsHint.SHORT)
    fields = await redis.hkeys(_key(ledger, token))
    assert [field for field in fields if field.startswith(b"r:")] == [b"r:" + reservation.reservation_id]


async def test_a_living_reservation_survives_the_reload_of_its_account(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    living = await teller.reserve(token, 50_00)
    await teller.reserve(token, 1, lifetime_seconds=-3600)
    assert (await teller.reserve(token, 60_00)).hint is FundsHint.SHORT
    assert await redis.hexists(_key(ledger, token), b"r:" + living.reservation_id)


async def test_a_confirmation_with_an_older_version_is_ignored(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    first, second = await teller.reserve(token), await teller.reserve(token)
    versions = [(first, ledger.spend(token, 10_00)), (second, ledger.spend(token, 20_00))]
    for reservation, after in reversed(versions):
        teller.store.confirm(
            reservation, version=after.version, available=after.available, facts_version=1,
            locked_version=1, locked_available=100_00,
        )  # fmt: skip
        await teller.store.flush()
    assert await redis.hmget(_key(ledger, token), "a", "v") == [b"7000", b"3"]
    assert teller.meter.drifts == []


@pytest.mark.parametrize("spent", [0, 10_00])
async def test_a_balance_that_differs_at_the_same_version_is_measured_once_and_repaired(
    teller: Teller, ledger: Ledger, redis: Redis, spent: int
) -> None:
    token = ledger.add(1, available=100_00)
    await teller.reserve(token, 0)
    await redis.hset(_key(ledger, token), "a", 1000_00)
    reservation = await teller.reserve(token, 500_00)
    assert reservation.hint is FundsHint.ENOUGH
    teller.confirm(token, reservation, spent=spent)
    await teller.store.flush()
    assert teller.meter.drifts == [900_00]
    assert await redis.hget(_key(ledger, token), "a") == b"%d" % (100_00 - spent)


async def test_drift_that_came_after_the_reservation_is_found_by_the_confirmation(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = ledger.add(1, available=100_00)
    reservation = await teller.reserve(token)
    await redis.hset(_key(ledger, token), "a", 0)
    teller.confirm(token, reservation, spent=0)
    await teller.store.flush()
    assert teller.meter.drifts == [-100_00]
    assert await redis.hget(_key(ledger, token), "a") == b"10000"


async def test_drift_found_by_a_load_is_repaired_too(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    await teller.reserve(token, 0)
    await redis.hset(_key(ledger, token), "a", 1)
    await teller.store.reload(token)
    assert teller.meter.drifts == [1 - 100_00]
    assert (await teller.reserve(token, 100_00)).hint is FundsHint.ENOUGH


async def test_another_floor_at_the_same_balance_version_is_news_and_no_drift(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = ledger.add(1, available=100_00)
    reservation = await teller.reserve(token)
    teller.store.confirm(reservation, version=1, available=600_00, facts_version=2, locked_version=1, locked_available=600_00)
    await teller.store.flush()
    assert await redis.hget(_key(ledger, token), "a") == b"60000"
    assert teller.meter.drifts == []


async def test_a_version_that_the_ledger_has_never_reached_is_thrown_away(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    await teller.reserve(token, 0)
    await redis.hset(_key(ledger, token), mapping={"a": 0, "v": 999})
    misled = await teller.reserve(token)
    assert misled.hint is FundsHint.SHORT
    teller.confirm(token, misled, spent=10_00)
    await teller.store.flush()
    honest = await teller.reserve(token, 90_00)
    assert (honest.cached_available, honest.cached_version, honest.hint) == (90_00, 2, FundsHint.ENOUGH)
    assert "ahead" in teller.meter.misses


Lie = Callable[[Redis, str, bytes], Awaitable[object]]


async def _another_type(redis: Redis, key: str, token: bytes) -> None:
    await redis.set(key, "nonsense")


async def _no_number(redis: Redis, key: str, token: bytes) -> None:
    await redis.hset(key, mapping={"a": "much", "v": "many"})


async def _no_facts(redis: Redis, key: str, token: bytes) -> None:
    await redis.hset(key, b"c:" + token, b"1|nonsense")


async def _no_version_in_the_facts(redis: Redis, key: str, token: bytes) -> None:
    await redis.hset(key, b"c:" + token, b"\xff\x00")


async def _no_reservation(redis: Redis, key: str, token: bytes) -> None:
    await redis.hset(key, "r:x", "soon:never")


async def _half_gone(redis: Redis, key: str, token: bytes) -> None:
    await redis.hdel(key, "a", "f")


@pytest.mark.parametrize("lie", [_another_type, _no_number, _no_facts, _no_version_in_the_facts, _no_reservation, _half_gone])
async def test_nonsense_in_redis_is_a_miss_and_is_replaced(teller: Teller, ledger: Ledger, redis: Redis, lie: Lie) -> None:
    token, beside = ledger.add(1, available=100_00), ledger.add(2)
    await teller.reserve(token, 0)
    await teller.reserve(beside, 0)
    await lie(redis, _key(ledger, token), token)
    reservations = await asyncio.gather(teller.reserve(token), teller.reserve(beside))
    assert [reservation.is_held for reservation in reservations] == [True, True]
    assert reservations[0].facts == ledger.cards[token]
    assert teller.store.is_up
    assert len(ledger.loads) == 3
    assert (await teller.reserve(token)).is_held
    assert len(ledger.loads) == 3


async def test_a_confirmation_meets_nonsense_without_harm_to_the_others(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token, beside = ledger.add(1, available=100_00), ledger.add(2, available=100_00)
    reservations = [await teller.reserve(token), await teller.reserve(beside)]
    await redis.delete(_key(ledger, token))
    await redis.set(_key(ledger, token), "nonsense")
    teller.confirm(token, reservations[0], spent=10_00)
    teller.confirm(beside, reservations[1], spent=10_00)
    await teller.store.flush()
    assert await redis.hgetall(_key(ledger, token)) == {b"m": b"2"}
    assert await redis.hget(_key(ledger, beside), "a") == b"9000"
    assert teller.store.is_up


@pytest.mark.parametrize("account", [b"999999", b"-1", b"nonsense", b"9" * 40, "²".encode()])
async def test_a_token_listed_under_the_wrong_account_is_found_by_the_ledger(
    open_teller: OpenTeller, ledger: Ledger, redis: Redis, account: bytes
) -> None:
    token = ledger.add(1)
    await redis.set("cl:t:" + token.hex(), account)
    teller = await open_teller()
    reservation = await teller.reserve(token)
    assert reservation.facts == ledger.cards[token]
    assert reservation.is_held


async def test_what_was_cached_of_another_history_of_the_ledger_is_not_used(teller: Teller, ledger: Ledger) -> None:
    """After a restore or a promotion equal versions may stand for other balances."""
    token = ledger.add(1, available=100_00)
    await teller.pay(token, 10_00)
    await teller.store.flush()
    assert (await teller.reserve(token)).cached_available == 90_00
    loads = len(ledger.loads)
    teller.store.enter_epoch("restored")
    assert (await teller.reserve(token)).cached_available == 90_00
    assert len(ledger.loads) == loads + 1
    assert "epoch" in teller.meter.misses
