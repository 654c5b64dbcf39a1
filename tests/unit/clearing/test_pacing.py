"""A poster gives way to payments, and takes its speed again when they are quick."""

import pytest

from clearing.pacing import FIRST_SHARE, LEAST_SHARE, Answers, are_paid, next_share, rest

QUICK = (Answers(1000, 1000), Answers(2000, 2000))
SLOW = (Answers(1000, 1000), Answers(2000, 1900))


def test_slow_answers_leave_the_poster_less_and_less_but_never_nothing() -> None:
    share, seen = 1.0, []
    for _ in range(20):
        share = next_share(share, *SLOW)
        seen.append(share)
    assert seen == sorted(seen, reverse=True)
    assert seen[3] < FIRST_SHARE, "within a second"
    assert seen[-1] == LEAST_SHARE


def test_quick_answers_give_the_poster_everything_again() -> None:
    share = LEAST_SHARE
    for _ in range(40):
        share = next_share(share, *QUICK)
    assert share == 1.0


def test_one_slow_answer_in_a_thousand_is_no_reason() -> None:
    assert next_share(1.0, Answers(0, 0), Answers(1000, 999)) == 1.0


def test_only_what_was_answered_since_the_last_look_counts() -> None:
    assert next_share(1.0, Answers(1000, 500), Answers(2000, 1500)) == 1.0


@pytest.mark.parametrize(
    ("before", "now"), [(None, None), (Answers(10, 0), Answers(10, 0)), (Answers(10, 0), Answers(3, 3)), (Answers(10, 0), None)]
)
def test_without_a_switch_or_payments_nobody_is_waited_for(before: Answers | None, now: Answers | None) -> None:
    assert not are_paid(before, now)
    share = LEAST_SHARE
    for _ in range(6):
        share = next_share(share, before, now)
    assert share == 1.0


def test_a_poster_rests_so_long_that_it_worked_its_share_of_the_time() -> None:
    assert rest(0.02, 0.25) == pytest.approx(0.06)
    assert rest(0.02, 1.0) == 0.0
