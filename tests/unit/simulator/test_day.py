from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest

from simulator.cards import Card, Condition
from simulator.day import DayPlan, plan_day
from simulator.errors import PlanError
from simulator.script import Day, Kind, Step
from switch.iso8583 import Codec


@pytest.fixture(scope="module")
def cards(make_card: Callable[..., Card]) -> list[Card]:
    odd = [make_card(90, condition=Condition.BLOCKED), make_card(91, expiry="2501"), make_card(92, posted_minor=300)]
    return [*(make_card(number, posted_minor=100_000) for number in range(20)), *odd]


@pytest.fixture(scope="module")
def day(cards: list[Card], starts_at: datetime) -> Day:
    return plan_day(cards, DayPlan(7, starts_at, messages=900))


def steps_of(day: Day) -> list[Step]:
    scripts = (*day.opening, *day.scripts, *day.closing)
    return [step for script in scripts for steps in script.rounds for step in steps]


def test_the_same_seed_plans_the_same_day(cards: list[Card], day: Day, starts_at: datetime) -> None:
    assert plan_day(cards, DayPlan(7, starts_at, messages=900)) == day
    assert plan_day(cards, DayPlan(8, starts_at, messages=900)) != day


def test_a_day_sends_at_least_the_messages_asked_for(day: Day) -> None:
    assert 900 <= day.messages < 920
    assert day.messages == len(steps_of(day)) + 2 * len(day.probes)


def test_every_kind_of_message_occurs(day: Day) -> None:
    kinds = {step.kind for step in steps_of(day)} | {probe.kind for probe in day.probes}
    assert kinds == set(Kind)


def test_every_message_can_be_put_on_the_wire(day: Day) -> None:
    codec = Codec("cp037")
    for step in steps_of(day):
        assert codec.decode(codec.encode(step.message)) == step.message


def test_no_two_transactions_share_their_number(day: Day) -> None:
    first = [s.message for s in steps_of(day) if s.expected.same_as is None and s.kind is not Kind.CHANGED_REPEAT]
    assert len({(m.text(7), m.text(11), m.text(32)) for m in first}) == len(first)


def test_numbers_rise_with_time_so_that_network_time_has_one_order(day: Day) -> None:
    stamps = sorted((step.message.text(11), step.message.text(7)) for step in steps_of(day))
    assert all(earlier[1] <= later[1] for earlier, later in pairwise(stamps))


def test_a_script_is_about_one_card_only(day: Day) -> None:
    for script in day.scripts:
        assert len({step.message.text(2) for steps in script.rounds for step in steps}) == 1


def test_all_connections_are_used(day: Day) -> None:
    assert {step.connection for step in steps_of(day)} == {0, 1, 2, 3}


def test_every_seeded_card_and_no_other_has_a_final_balance(cards: list[Card], day: Day) -> None:
    assert set(day.balances) == {card.pan for card in cards}


def test_one_connection_is_enough(cards: list[Card], starts_at: datetime) -> None:
    assert plan_day(cards, DayPlan(7, starts_at, messages=300, connections=1)).messages >= 300


@pytest.mark.parametrize(("count", "connections"), [(0, 1), (1, 0)])
def test_a_day_without_cards_or_connections_cannot_be_planned(
    make_card: Callable[..., Card], starts_at: datetime, count: int, connections: int
) -> None:
    with pytest.raises(PlanError):
        plan_day([make_card(number) for number in range(count)], DayPlan(1, starts_at, connections=connections))
