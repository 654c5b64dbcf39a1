"""When a step held, and what is said when it did not."""

from collections import Counter
from dataclasses import replace

import pytest

from simulator.load.tally import Tally
from simulator.load.verdict import StepResult

GOOD = Tally(
    planned=1_000, sent=1_000, answered=1_000, sent_by_end=1_000, answered_by_end=950, seconds=10.0, codes=Counter({"00": 1_000}),
    latencies=Counter({3_000: 1_000}), latenesses=Counter({200: 1_000}),
)  # fmt: skip


def step(tally: Tally, **options: bool) -> StepResult:
    return StepResult(100.0, 10.0, 8.0, tally, **options)


def test_a_step_held_when_all_was_answered_in_time() -> None:
    assert step(GOOD).is_held
    assert step(GOOD).document()["held"] is True


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answered": 999, "unanswered": 1}, "1 of 1000 messages were not answered within 8 s"),
        ({"sent": 990, "answered": 990, "unsent": 10}, "10 of 1000 messages were not sent"),
        ({"answered_by_end": 880}, "100/s was not held: 88/s were answered while it lasted"),
        (
            {"latenesses": Counter({200: 980, 30_000: 20})},
            "the generator was the limit: 2.0% of the messages left more than 25 ms",
        ),
        ({"malformed": 3}, "the host sent 3 frames that are no message"),
        ({"unmatched": 3}, "3 replies answer nothing that was sent"),
        ({"faults": Counter({"the host closed a connection": 2})}, "the host closed a connection (2 times)"),
    ],
)
def test_what_went_wrong_is_said(changes: dict[str, object], said: str) -> None:
    broken = step(replace(GOOD, **changes))  # type: ignore[arg-type]
    assert not broken.is_held
    assert said in " | ".join(broken.reasons)


def test_a_refusal_is_an_answer() -> None:
    assert step(replace(GOOD, codes=Counter({"51": 1_000}), unexpected=1_000)).is_held


def test_the_generator_is_named_only_where_it_was_late() -> None:
    late = replace(GOOD, latenesses=Counter({200: 900, 50_000: 100}))
    assert (step(GOOD).generator_was_the_limit, step(late).generator_was_the_limit) == (False, True)


def test_an_interrupted_step_did_not_hold_and_blames_nobody_for_the_rest() -> None:
    ended = step(replace(GOOD, sent=300, answered=290, sent_by_end=300, answered_by_end=0, seconds=3.0), was_interrupted=True)
    assert ended.reasons == ("it was interrupted",)
    assert ended.sent_per_second == 100
