"""What is spent of a card's limits: counted in Redis in the call that reserves, derived from the ledger when Redis does not know."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from authorizer.controls import Scope
from authorizer.limits import Limit, Spending, Used, used
from authorizer.reservation import Basis
from authorizer.scripts import account_key

if TYPE_CHECKING:
    from tests.integration.authorizer.conftest import Ledger, OpenTeller, Teller, Wire

HOURLY = Limit("hourly", "1h", 100_00, currency="EUR")
THRICE = Limit("thrice", "24h", max_count=3)


def _limited(ledger: Ledger, *limits: Limit, number: int = 1, account: int | None = None) -> bytes:
    token = ledger.add(number, available=10_000_00, account=account)
    ledger.limit(token, *limits)
    return token


def _key(ledger: Ledger, token: bytes) -> str:
    return account_key(ledger.account(token).account_id)


async def test_what_was_spent_and_what_is_under_way_count(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY, THRICE)
    assert (await teller.pay(token, 30_00)).usage == (Used(0, 0), Used(0, 0))
    assert (await teller.reserve(token, 20_00)).usage == (Used(30_00, 1), Used(30_00, 1))
    assert (await teller.reserve(token, 0)).usage == (Used(50_00, 2), Used(50_00, 2))
    assert len(ledger.loads) == 1


async def test_of_many_at_once_as_many_are_reserved_as_the_limit_leaves(open_teller: OpenTeller, ledger: Ledger) -> None:
    tellers = [await open_teller() for _ in range(3)]
    token = _limited(ledger, HOURLY)
    reservations = await asyncio.gather(*(tellers[n % 3].reserve(token, 9_00) for n in range(60)))
    assert sum(one.is_held for one in reservations) == 11
    assert max(one.usage[0].amount for one in reservations if one.usage) == 99_00


async def test_what_the_limit_does_not_leave_takes_nothing_from_others(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY)
    assert not (await teller.reserve(token, 100_01)).is_held
    assert (await teller.reserve(token, 100_00)).is_held


async def test_where_a_part_will_do_the_rest_is_reserved(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY)
    await teller.pay(token, 70_00)
    assert (await teller.reserve(token, 50_00, is_partial=True)).is_held
    assert (await teller.reserve(token, 0)).usage == (Used(100_00, 2),)


async def test_only_the_amount_that_was_approved_stays_counted(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY)
    teller.confirm(token, await teller.reserve(token, 80_00), spent=25_00)
    await teller.store.flush()
    assert (await teller.reserve(token, 0)).usage == (Used(25_00, 1),)


async def test_what_the_ledger_refused_is_not_counted(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY)
    teller.confirm(token, await teller.reserve(token, 80_00), spent=0)
    await teller.store.flush()
    assert (await teller.reserve(token, 0)).usage == (Used(0, 0),)
    assert len(ledger.loads) == 1


async def test_more_of_an_earlier_payment_counts_by_amount_only_once_the_ledger_has_found_it(
    teller: Teller, ledger: Ledger
) -> None:
    token = _limited(ledger, THRICE)
    added, alone = [await teller.reserve(token, 10_00, is_increment=True) for _ in range(2)]
    assert (await teller.reserve(token, 0)).usage == (Used(20_00, 2),)
    teller.confirm(token, added, spent=10_00, is_added=True)
    teller.confirm(token, alone, spent=10_00)
    await teller.store.flush()
    assert (await teller.reserve(token, 0)).usage == (Used(20_00, 1),)
    assert len(ledger.loads) == 1


async def test_an_increment_is_reserved_although_the_count_is_used_up(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, Limit("once", "24h", max_count=1))
    await teller.pay(token, 10_00)
    assert not (await teller.reserve(token, 10_00)).is_held
    assert (await teller.reserve(token, 10_00, is_increment=True)).is_held


async def test_a_limit_of_the_account_counts_all_cards_and_one_of_the_card_its_own(teller: Teller, ledger: Ledger) -> None:
    together = replace(HOURLY, scope=Scope.ACCOUNT)
    first = _limited(ledger, together, HOURLY)
    second = _limited(ledger, together, HOURLY, number=2, account=1)
    await teller.pay(first, 60_00)
    assert (await teller.reserve(second, 10_00)).usage == (Used(60_00, 1), Used(0, 0))
    assert (await teller.reserve(first, 0)).usage == (Used(70_00, 2), Used(60_00, 1))


async def test_a_card_without_limits_beside_one_with_them_does_not_cost_a_load(teller: Teller, ledger: Ledger) -> None:
    limited = _limited(ledger, HOURLY)
    free = ledger.add(2, account=1)
    await teller.pay(limited, 10_00)
    loads = len(ledger.loads)
    for _ in range(3):
        await teller.pay(free, 10_00)
        assert (await teller.pay(limited, 1_00)).usage is not None
    assert len(ledger.loads) == loads + 1  # of the second card's facts


async def test_a_reservation_says_what_its_count_knew_of(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY, THRICE)
    await teller.pay(token, 30_00)
    account = ledger.account(token)
    assert (await teller.reserve(token, 20_00)).basis == Basis(account.version, account.available, 0, 0)
    assert (await teller.reserve(token, 10_00)).basis == Basis(account.version, account.available, 1, 20_00)
    assert (await teller.store.again(token)).basis == Basis(account.version, account.available, 0, 0)


async def test_what_redis_lost_on_the_way_is_missing_from_the_basis_so_that_the_ledger_sees_it(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = _limited(ledger, THRICE)
    before = ledger.account(token)
    lost = await teller.reserve(token, 10_00)
    await redis.flushall()
    assert (await teller.reserve(token, 10_00)).basis == Basis(before.version, before.available, 0, 0)
    teller.confirm(token, lost, spent=10_00)
    await teller.store.flush()
    after = ledger.account(token)
    assert (await teller.reserve(token, 10_00)).basis == Basis(after.version, after.available, 1, 10_00)


async def test_who_reserves_again_does_not_stand_in_his_own_way(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY, Limit("once", "24h", max_count=1))
    first = await teller.reserve(token, 80_00)
    for _ in range(2):
        again = await teller.store.reserve(token, 80_00, first.reservation_id, int(time.time() * 1000) + 2_000)
        assert (again.is_held, again.usage, again.basis) == (True, (Used(0, 0), Used(0, 0)), first.basis)
    assert (await teller.reserve(token, 0)).usage == (Used(80_00, 1), Used(80_00, 1))


async def test_after_redis_has_lost_everything_the_ledger_says_what_was_spent(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = _limited(ledger, HOURLY)
    await teller.pay(token, 60_00)
    await redis.flushall()
    assert (await teller.reserve(token, 10_00)).usage == (Used(60_00, 1),)


async def test_with_an_old_snapshot_restored_one_payment_may_exceed_and_the_next_may_not(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = _limited(ledger, HOURLY)
    await teller.pay(token, 10_00)
    old = await redis.dump(_key(ledger, token))
    await teller.pay(token, 80_00)
    await redis.restore(_key(ledger, token), 0, old, replace=True)
    assert (await teller.pay(token, 50_00)).usage == (Used(10_00, 1),)
    assert (await teller.reserve(token, 1_00)).usage == (Used(140_00, 3),)


async def test_a_reversal_gives_the_budget_back(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY)
    await teller.pay(token, 100_00)
    after = ledger.reverse_all(token)
    teller.store.observe(after.account_id, version=after.version, available=after.available, facts_version=after.facts_version)
    await teller.store.flush()
    reservation = await teller.reserve(token, 100_00)
    assert (reservation.is_held, reservation.usage) == (True, (Used(0, 0),))


async def test_what_another_process_spent_unseen_is_found_out(open_teller: OpenTeller, ledger: Ledger) -> None:
    quick, silent = await open_teller(), await open_teller()
    token = _limited(ledger, HOURLY)
    await quick.pay(token, 10_00)
    ledger.spend(token, 40_00)  # its process died before it could confirm, or had no Redis
    await quick.pay(token, 10_00)
    assert (await silent.reserve(token, 0)).usage == (Used(60_00, 3),)


async def test_the_confirmations_of_two_processes_may_come_in_any_order(open_teller: OpenTeller, ledger: Ledger) -> None:
    first, second = await open_teller(), await open_teller()
    token = _limited(ledger, HOURLY)
    one, two = await first.reserve(token, 10_00), await second.reserve(token, 20_00)
    locked = ledger.account(token)
    middle = ledger.spend(token, 10_00)
    second.confirm(token, two, spent=20_00)
    await second.store.flush()
    first.store.confirm(
        one, version=middle.version, available=middle.available, facts_version=middle.facts_version,
        locked_version=locked.version, locked_available=locked.available, taken=10_00,
    )  # fmt: skip
    await first.store.flush()
    assert (await first.reserve(token, 0)).usage == (Used(30_00, 2),)


async def test_a_process_that_died_with_a_reservation_leaves_nothing_counted_for_long(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = _limited(ledger, HOURLY)
    await teller.reserve(token, 90_00)
    (field,) = [name for name in await redis.hkeys(_key(ledger, token)) if name.startswith(b"r:")]
    value = (await redis.hget(_key(ledger, token), field)).decode().split(":")
    value[1] = "1"  # its time is over
    await redis.hset(_key(ledger, token), field, ":".join(value))
    assert (await teller.reserve(token, 90_00)).usage == (Used(0, 0),)
    assert "expired" in teller.meter.misses


async def test_a_load_for_what_has_expired_keeps_what_is_still_under_way(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = _limited(ledger, HOURLY)
    await teller.reserve(token, 60_00)
    (dead,) = [name for name in await redis.hkeys(_key(ledger, token)) if name.startswith(b"r:")]
    await teller.reserve(token, 20_00)
    value = (await redis.hget(_key(ledger, token), dead)).decode().split(":")
    value[1] = "1"  # its time is over
    await redis.hset(_key(ledger, token), dead, ":".join(value))
    assert (await teller.reserve(token, 1_00)).usage == (Used(20_00, 1),)


async def test_when_a_calendar_window_is_over_the_next_one_is_fetched(teller: Teller, ledger: Ledger) -> None:
    now = int(time.time() * 1000)
    yesterday = replace(HOURLY, window="day", since_ms=now - 200_000, until_ms=now - 100_000)
    token = _limited(ledger, yesterday)

    async def day_breaks() -> None:
        ledger.after_reading = None
        ledger.cards[token] = replace(
            ledger.cards[token], limits=(replace(yesterday, since_ms=now - 100_000, until_ms=now + 100_000),)
        )

    ledger.after_reading = day_breaks
    assert (await teller.pay(token, 10_00)).usage == (Used(0, 0),)
    assert teller.meter.misses == ["unlisted", "window"]
    assert (await teller.reserve(token, 0)).usage == (Used(10_00, 1),)


async def test_with_redis_away_the_ledger_says_what_was_spent(open_teller: OpenTeller, ledger: Ledger, wire: Wire) -> None:
    teller = await open_teller(wire.url)
    token = _limited(ledger, HOURLY)
    await teller.pay(token, 60_00)
    wire.set("cut")
    assert (await teller.reserve(token, 10_00)).usage == (Used(60_00, 1),)


async def test_a_limit_set_on_a_warm_card_is_known_from_the_ledger(teller: Teller, ledger: Ledger) -> None:
    token = ledger.add(1)
    await teller.pay(token, 30_00)
    ledger.limit(token, HOURLY)
    reservation = await teller.reserve(token, 10_00)
    assert reservation.usage is None  # Redis has not heard of it; the ledger says stale_facts
    assert (await teller.store.again(token)).usage == (Used(30_00, 1),)
    teller.confirm(token, reservation, spent=10_00)
    await teller.store.flush()
    assert (await teller.reserve(token, 10_00)).usage == (Used(40_00, 2),)


async def test_a_card_without_limits_leaves_no_trace_of_them(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = ledger.add(1)
    await teller.pay(token, 30_00)
    fields = await redis.hgetall(_key(ledger, token))
    assert {name[:1] for name in fields} == {b"a", b"v", b"f", b"e", b"c"}


CASH, SHOP = frozenset({"channel=atm", "presence=present"}), frozenset({"channel=pos", "presence=present"})
AT_MACHINES = Limit("cash", "24h", 50_00, 2, currency="EUR", where=(("channel=atm", "channel=contactless"),))


async def test_a_limit_for_some_payments_counts_and_limits_those_alone(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, AT_MACHINES)
    await teller.pay(token, 20_00, CASH)
    await teller.pay(token, 70_00, SHOP)
    assert (await teller.reserve(token, 30_00, traits=CASH)).usage == (Used(20_00, 1),)
    assert not (await teller.reserve(token, 1, traits=CASH)).is_held
    shopping = await teller.reserve(token, 60_00, traits=SHOP)
    assert (shopping.is_held, shopping.usage) == (True, (Used(50_00, 2),))
    assert len(ledger.loads) == 1


async def test_a_payment_counts_once_for_two_limits_of_one_kind(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, AT_MACHINES, replace(AT_MACHINES, name="monthly", window="31d"))
    await teller.pay(token, 20_00, CASH)
    assert (await teller.reserve(token, 1, traits=CASH)).usage == (Used(20_00, 1), Used(20_00, 1))
    assert len(ledger.loads) == 1


async def test_what_a_payment_is_is_asked_only_where_a_limit_asks(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY)

    def described() -> bytes:
        raise AssertionError("no limit of this card asks")

    for _ in range(2):
        assert (await teller.store.reserve(token, 1, b"one", int((time.time() + 2) * 1000), describe=described)).is_held


async def test_a_kind_that_was_not_counted_yet_is_derived_from_the_ledger(teller: Teller, ledger: Ledger) -> None:
    token = _limited(ledger, HOURLY)
    await teller.pay(token, 20_00, CASH)
    await teller.pay(token, 30_00, SHOP)
    ledger.limit(token, HOURLY, AT_MACHINES)
    await teller.store.again(token)
    assert (await teller.reserve(token, 1, traits=CASH)).usage == (Used(50_00, 2), Used(20_00, 1))


async def test_counters_without_a_kind_that_is_limited_are_a_miss(teller: Teller, ledger: Ledger, redis: Redis) -> None:
    token = _limited(ledger, AT_MACHINES)
    await teller.pay(token, 20_00, CASH)
    await redis.hset(_key(ledger, token), "l:/", "")
    loads = len(ledger.loads)
    assert (await teller.reserve(token, 1, traits=CASH)).usage == (Used(20_00, 1),)
    assert len(ledger.loads) == loads + 1


async def test_kinds_of_the_account_count_what_every_card_spent_that_way(teller: Teller, ledger: Ledger) -> None:
    together = replace(AT_MACHINES, scope=Scope.ACCOUNT)
    first, second = _limited(ledger, together), _limited(ledger, together, number=2, account=1)
    await teller.pay(first, 20_00, CASH)
    await teller.pay(first, 20_00, SHOP)
    assert (await teller.pay(second, 10_00, CASH)).usage == (Used(20_00, 1),)
    assert (await teller.reserve(first, 1, traits=CASH)).usage == (Used(30_00, 2),)


KINDS = ((), (("channel=atm",),), (("presence=present",), ("channel=pos", "channel=ecommerce")))
WINDOWS = ("10s", "15m", "1h", "24h", "31d", "lifetime", "payment")


async def test_redis_and_python_count_alike(teller: Teller, ledger: Ledger) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"random seed {seed}")
    rng = random.Random(seed)
    for number in range(1, 41):
        limits = [
            Limit(
                f"l{n}", rng.choice(WINDOWS), 10**9, 10**6, currency="EUR", scope=rng.choice(list(Scope)), where=rng.choice(KINDS)
            )
            for n in range(rng.randrange(1, 6))
        ]
        token = _limited(ledger, *limits, number=number)
        card = ledger.cards[token].card_id
        now = int(time.time() * 1000)
        # Ages between the windows' ends, because the two clocks are read at different moments.
        ages = [rng.choice((0, 5_000, 60_000, 1_800_000, 7_200_000, 90_000_000, 10**10)) for _ in range(rng.randrange(30))]
        spent = [Spending(f"s{n}", rng.choice((card, 7)), now - age, rng.randrange(1, 10**7), rng.randrange(2),
                          rng.choice((CASH, SHOP)))
                 for n, age in enumerate(ages)]  # fmt: skip
        ledger.spendings[ledger.account(token).account_id] = spent
        assert (await teller.reserve(token, 1, traits=SHOP)).usage == used(limits, spent, card, now)
        spent.append(Spending("own", card, now, 1, 1, SHOP))
        assert (await teller.reserve(token, 1, traits=CASH)).usage == used(limits, spent, card, now)


async def test_what_redis_counts_payment_by_payment_is_what_the_ledger_says(teller: Teller, ledger: Ledger) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"random seed {seed}")
    rng = random.Random(seed)
    for number in range(1, 11):
        limits = [
            Limit(f"l{n}", rng.choice(("1h", "31d")), 10**9, 10**6, currency="EUR", scope=rng.choice(list(Scope)), where=kind)
            for n, kind in enumerate(rng.choices(KINDS, k=4))
        ]
        token = _limited(ledger, *limits, number=number)
        card, account = ledger.cards[token].card_id, ledger.account(token).account_id
        for _ in range(6):
            expected = used(limits, ledger.spendings.get(account, ()), card, int(time.time() * 1000))
            assert (await teller.pay(token, rng.randrange(1, 1000), rng.choice((CASH, SHOP)))).usage == expected
    assert len(ledger.loads) == 10


@pytest.mark.parametrize("lie", [b"", b"nonsense", b"x" * 24, b"x" * 100])
async def test_a_lie_in_the_counters_stops_nobody(teller: Teller, ledger: Ledger, redis: Redis, lie: bytes) -> None:
    token = _limited(ledger, HOURLY)
    await teller.pay(token, 10_00)
    await redis.hset(_key(ledger, token), "l:a", lie)
    await redis.hset(_key(ledger, token), "l:lie", lie)
    assert (await teller.reserve(token, 10_00)).is_held


async def test_of_very_many_payments_the_older_ones_are_thinned_out_to_the_safe_side(
    teller: Teller, ledger: Ledger, redis: Redis
) -> None:
    token = _limited(ledger, Limit("hourly", "1h", 10**9, currency="EUR"), Limit("month", "31d", 10**9, currency="EUR"))
    account, now = ledger.account(token), int(time.time() * 1000)
    spent = [Spending(f"s{n}", ledger.cards[token].card_id, now - n * 10_000, 100, 1) for n in range(20_000)]
    ledger.spendings[account.account_id] = spent
    hourly, monthly = (await teller.reserve(token, 1)).usage or ()
    assert hourly.times in (359, 360, 361)
    assert monthly.times == 20_000
    assert len(await redis.hget(_key(ledger, token), "l:a")) <= 2048 * 24
