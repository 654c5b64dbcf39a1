"""What one payment sees: facts, a hint, a reservation, and the cache afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from authorizer.errors import FactsUnavailableError, StoreOverloadedError
from authorizer.facts import CardStatus
from authorizer.reservation import FundsHint
from authorizer.scripts import account_key

if TYPE_CHECKING:
    from tests.integration.authorizer.conftest import Ledger, OpenTeller, Teller


async def _reservations(redis: Redis, ledger: Ledger, token: bytes) -> list[bytes]:
    fields = await redis.hkeys(account_key(ledger.account(token).account_id))
    return [field for field in fields if field.startswith(b"r:")]


async def _balance(redis: Redis, ledger: Ledger, token: bytes) -> list[bytes | None]:
    return list(await redis.hmget(account_key(ledger.account(token).account_id), "a", "v"))


async def test_a_cold_cache_loads_from_the_ledger_and_then_remembers(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1)
    cold = await teller.reserve(token)
    warm = await teller.reserve(token)
    assert cold.facts == warm.facts == ledger.cards[token]
    assert cold.is_held
    assert warm.is_held
    assert len(ledger.loads) == 1


async def test_the_hint_counts_what_others_have_reserved_but_never_refuses(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    hints = [(await teller.reserve(token, 60_00)).hint for _ in range(2)]
    assert hints == [FundsHint.ENOUGH, FundsHint.SHORT]
    assert len(await _reservations(redis, ledger, token)) == 2


async def test_the_hint_is_enough_to_the_last_cent(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1, available=100_00)
    assert (await teller.reserve(token, 100_00)).hint is FundsHint.ENOUGH
    assert (await teller.reserve(token, 1)).hint is FundsHint.SHORT


async def test_an_account_without_a_floor_always_has_enough(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1, available=None)
    reservation = await teller.pay(token, 10**12)
    assert reservation.hint is FundsHint.ENOUGH
    assert (await teller.reserve(token, 10**12)).hint is FundsHint.ENOUGH
    assert teller.meter.drifts == []


async def test_an_account_below_its_floor_is_short(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1, available=-5_00)
    assert (await teller.reserve(token, 1)).hint is FundsHint.SHORT


async def test_a_confirmation_moves_the_balance_and_drops_the_reservation(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    await teller.pay(token, 30_00)
    assert await _balance(redis, ledger, token) == [b"7000", b"2"]
    assert await _reservations(redis, ledger, token) == []


async def test_an_undone_reservation_leaves_nothing(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1, available=100_00)
    teller.store.undo(await teller.reserve(token, 100_00))
    await teller.store.flush()
    assert await _reservations(redis, ledger, token) == []
    assert (await teller.reserve(token, 100_00)).hint is FundsHint.ENOUGH


async def test_a_balance_that_changed_without_a_reservation_is_observed(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1, available=1_00)
    await teller.reserve(token, 1)
    after = ledger.spend(token, -50_00)
    teller.store.observe(after.account_id, version=after.version, available=after.available, facts_version=after.facts_version)
    await teller.store.flush()
    assert (await teller.reserve(token, 50_00)).hint is FundsHint.ENOUGH


async def test_an_unknown_card_has_no_facts_and_is_known_as_soon_as_the_ledger_knows_it(teller: Teller, ledger: Ledger) -> None:
    token = (1).to_bytes(16, "big")
    unknown = await teller.reserve(token)
    assert unknown.facts is None
    assert not unknown.is_held
    ledger.add(1)
    assert (await teller.reserve(token)).facts is not None


async def test_confirming_or_undoing_an_unknown_card_does_nothing(teller: Teller, ledger: Ledger) -> None:
    unknown = await teller.reserve(bytes(16))
    teller.store.undo(unknown)
    teller.store.confirm(
        unknown, version=1, available=1, facts_version=1, locked_version=1, locked_available=1
    )  # fmt: skip
    await teller.store.flush()


async def test_another_process_finds_the_account_in_redis(open_teller: OpenTeller, ledger: Ledger) -> None:
    token = ledger.add(1)
    await (await open_teller()).reserve(token)
    assert (await (await open_teller()).reserve(token)).is_held
    assert len(ledger.loads) == 1


async def test_reload_brings_a_block_that_the_cache_has_not_heard_of(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1)
    await teller.reserve(token)
    ledger.set_status(token, CardStatus.BLOCKED)
    stale = (await teller.reserve(token)).facts
    fresh = await teller.store.reload(token)
    assert stale is not None
    assert fresh is not None
    assert (stale.card_status, fresh.card_status) == (CardStatus.ACTIVE, CardStatus.BLOCKED)
    assert (await teller.reserve(token)).facts == fresh


async def test_reload_of_an_unknown_card_gives_nothing(teller: Teller) -> None:
    assert await teller.store.reload(bytes(16)) is None


async def test_newer_facts_of_one_card_make_the_other_cards_of_the_account_stale(teller: Teller, ledger: Ledger) -> None:
    first, second = ledger.add(1), ledger.add(2, account=1)
    await teller.reserve(first)
    await teller.reserve(second)
    ledger.set_status(second, CardStatus.LOST)
    await teller.store.reload(first)
    facts = (await teller.reserve(second)).facts
    assert facts is not None
    assert facts.card_status is CardStatus.LOST
    assert "stale" in teller.meter.misses


async def test_a_confirmation_with_a_newer_facts_version_makes_the_cached_card_stale(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1)
    reservation = await teller.reserve(token)
    ledger.set_status(token, CardStatus.STOLEN)
    teller.confirm(token, reservation, spent=1_00)
    await teller.store.flush()
    facts = (await teller.reserve(token)).facts
    assert facts is not None
    assert facts.card_status is CardStatus.STOLEN


@pytest.mark.parametrize("turns_of_the_loop", [1, 2, 3, 4])  # before its batch is sent, and while it is away
async def test_a_caller_that_gave_up_leaves_no_reservation(
    teller: Teller, ledger: Ledger, redis: Redis, turns_of_the_loop: int
) -> None:
    token = ledger.add(1)
    await teller.reserve(token, 0)
    asked = asyncio.create_task(teller.reserve(token))
    beside = asyncio.create_task(teller.reserve(token))
    for _ in range(turns_of_the_loop):
        await asyncio.sleep(0)
    asked.cancel()
    teller.store.undo(await beside)
    await teller.store.flush()
    assert len(await _reservations(redis, ledger, token)) == 1
    assert asked.cancelled()


async def test_no_more_than_the_limit_may_wait(open_teller: OpenTeller, ledger: Ledger) -> None:
    teller = await open_teller(max_waiting=3)
    token = ledger.add(1)
    outcomes = await asyncio.gather(*(teller.reserve(token) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(outcome, StoreOverloadedError) for outcome in outcomes) == 2


async def test_a_ledger_that_fails_says_so_to_each_caller_and_the_next_one_is_served(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1)
    ledger.fault = ConnectionError("gone")
    outcomes = await asyncio.gather(*(teller.reserve(token) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(outcome, FactsUnavailableError) for outcome in outcomes)
    assert len({id(outcome) for outcome in outcomes}) == 3
    ledger.fault = None
    assert (await teller.reserve(token)).is_held


async def test_a_ledger_that_hangs_is_not_waited_for_beyond_the_limit(open_teller: OpenTeller, ledger: Ledger) -> None:
    teller = await open_teller(load_timeout_seconds=0.05)
    token = ledger.add(1)
    ledger.after_reading = asyncio.Event().wait  # type: ignore[assignment]
    with pytest.raises(FactsUnavailableError):
        await teller.reserve(token)


async def test_redis_holds_tokens_and_ids_only(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1)
    await teller.pay(token)
    keys = sorted(await redis.keys())
    assert keys == sorted([b"cl:probe", b"cl:t:" + token.hex().encode(), b"cl:{b1}:a:%d" % ((3 << 48) | 1)])
    assert all([await redis.ttl(key) > 0 for key in keys])
