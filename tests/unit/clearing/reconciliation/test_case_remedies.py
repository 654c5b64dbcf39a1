"""Whatever comes in which order, and is worked off in which, the cardholder pays a presentment once or not at all."""

import random
from collections.abc import Callable
from itertools import permutations

import pytest
from unit.clearing.reconciliation.case_model import WHOLE, Case

from clearing.disputes.deadlines import Stage

C, S, A = Stage.CHARGEBACK, Stage.SECOND_PRESENTMENT, Stage.ARBITRATION_CHARGEBACK
COME: dict[str, Callable[[Case], None]] = {
    "presented": Case.present,
    "taken back": Case.take_back,
    "charged back": lambda case: case.dispute(C),
    "a part charged back": lambda case: case.dispute(C, 1_000),
    "another part charged back": lambda case: case.dispute(C, 1_000),
    "presented again": lambda case: case.dispute(S),
    "a part presented again": lambda case: case.dispute(S, 1_000),
    "arbitration": lambda case: case.dispute(A),
    "chargeback withdrawn": lambda case: case.withdraw(C),
    "second withdrawn": lambda case: case.withdraw(S),
}
COURSES = [
    ("presented", "charged back", "presented again", "arbitration"),
    ("presented", "charged back", "taken back", "chargeback withdrawn"),
    ("presented", "charged back", "presented again", "taken back"),
    ("presented", "charged back", "presented again", "second withdrawn"),
    ("presented", "charged back", "presented again", "chargeback withdrawn"),
    ("presented", "a part charged back", "another part charged back", "a part presented again"),
    ("presented", "a part charged back", "taken back"),
]
CASES = [
    Case,
    lambda: Case(concern=None),
    lambda: Case(concern="over_cleared", at_stake=500),
    lambda: Case(concern="unknown_card", is_suspended=True),
    lambda: Case(side=-1, concern=None),
]


ORDERS = [order for course in COURSES for order in permutations(course)]


def check(case: Case, said: list[str]) -> None:
    """At every moment."""
    assert not case.between() or case.items, (said, case.between())
    if any(record.stage is None and not record.is_waiting for record in case.records):
        assert 0 <= case.side * case.books["customer"] <= WHOLE, (said, case.books)


def worked_off(case: Case, rng: random.Random, said: list[str], *, share: float, given_up: float) -> None:
    """Some of what is open, proposed or, rarely, given up."""
    case.pair()
    for one in rng.sample(sorted(case.items), len(case.items)):
        if one in case.items and rng.random() < share:
            kind, gives_up = case.items[one].kind, rng.random() < given_up
            is_done = case.write_off(one) if gives_up else case.propose(one)
            said.append(f"{'-' if gives_up else '+'}{kind}{'' if is_done else ' refused'}")
            check(case, said)


@pytest.mark.parametrize("made", CASES)
def test_in_any_order_no_money_of_a_case_is_left_and_the_cardholder_has_paid_once_or_not_at_all(made: Callable[[], Case]) -> None:
    for number, order in enumerate(ORDERS * 2):
        case, rng, said = made(), random.Random(number), list[str]()
        for name in order:
            COME[name](case)
            said.append(name)
            check(case, said)
            worked_off(case, rng, said, share=0.4, given_up=0.25)
        for given_up in (0.25, 0.0, 0.0, 1.0):
            worked_off(case, rng, said, share=1.0, given_up=given_up)
        for _ in range(3):
            worked_off(case, rng, said, share=1.0, given_up=1.0)
        assert not case.items, (said, case.items)
        assert not case.between(), (said, case.between())
        is_whole = case.at_stake == WHOLE and not any("part" in name for name in order)
        assert not is_whole or case.side * case.books["customer"] in (0, WHOLE), (said, case.books)


@pytest.mark.parametrize("made", [CASES[0], CASES[1], CASES[4]])
@pytest.mark.parametrize(
    ("course", "still_paid"),
    [
        (("presented", "charged back"), 0),
        (("presented", "taken back"), 0),
        (("presented", "charged back", "presented again"), WHOLE),
        (("presented", "charged back", "presented again", "arbitration"), 0),
        (("presented", "charged back", "taken back", "chargeback withdrawn"), 0),
        (("presented", "charged back", "presented again", "second withdrawn"), 0),
    ],
)
def test_where_the_network_ends_even_the_proposals_alone_bring_the_cardholder_there_and_nothing_is_lost(
    made: Callable[[], Case], course: tuple[str, ...], still_paid: int
) -> None:
    for number, order in enumerate([*permutations(course)] * 4):
        case, rng, said = made(), random.Random(number), list[str]()
        for name in order:
            COME[name](case)
            said.append(name)
            worked_off(case, rng, said, share=0.4, given_up=0.0)
        for _ in range(4):
            worked_off(case, rng, said, share=1.0, given_up=0.0)
        for one in sorted(case.items):
            case.write_off(one)
        assert not case.items, (said, case.items)
        assert case.side * case.books["customer"] == still_paid, (said, case.books)
        assert case.books["write_offs"] == case.books["chargeback_losses"] == 0, (said, case.books)


def test_what_was_claimed_is_not_claimed_again_whatever_item_says_so() -> None:
    case = Case()
    case.present()
    (unauthorized,) = case.items
    assert case.propose(unauthorized)
    case.ask("over_cleared", case.records[0], 500)
    again = max(case.items)
    assert not case.propose(again)
    assert case.write_off(again)
    assert case.books["customer"] == case.books["write_offs"] == 0
