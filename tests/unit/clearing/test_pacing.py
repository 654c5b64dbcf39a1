"""A poster gives way to payments, and takes its speed again when they are quick."""

from clearing.pacing import FIRST_PAUSE, LONGEST_PAUSE, Answers, next_pause

QUICK = (Answers(1000, 1000), Answers(2000, 2000))
SLOW = (Answers(1000, 1000), Answers(2000, 1900))


def test_slow_answers_double_the_pause_up_to_a_limit() -> None:
    pause, seen = 0.0, []
    for _ in range(8):
        pause = next_pause(pause, *SLOW)
        seen.append(pause)
    assert seen[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert seen[-1] == LONGEST_PAUSE


def test_quick_answers_let_the_pause_shrink_to_nothing() -> None:
    pause = LONGEST_PAUSE
    for _ in range(20):
        pause = next_pause(pause, *QUICK)
    assert pause == 0.0


def test_one_slow_answer_in_a_thousand_is_no_reason() -> None:
    assert next_pause(0.0, Answers(0, 0), Answers(1000, 999)) == 0.0


def test_only_what_was_answered_since_the_last_look_counts() -> None:
    assert next_pause(0.0, Answers(1000, 500), Answers(2000, 1500)) == 0.0


def test_without_a_switch_or_payments_nobody_is_waited_for() -> None:
    assert next_pause(0.0, None, None) == 0.0
    assert next_pause(0.0, Answers(10, 0), Answers(10, 0)) == 0.0
    assert next_pause(0.0, Answers(10, 0), Answers(3, 3)) == 0.0, "the switch has begun anew"
