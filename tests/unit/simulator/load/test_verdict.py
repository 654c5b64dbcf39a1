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
            "the generator was the limit: 2.0% of the messages (20 of 1000) left more than 25 ms late; take more --processes",
        ),
        ({"codes": Counter({"00": 100, "none": 900})}, "900 of 1000 answers carry no DE 39"),
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


def test_a_few_late_messages_of_a_few_are_not_the_generators_fault() -> None:
    few = replace(GOOD, planned=99, sent=99, answered=99, latenesses=Counter({200: 90, 50_000: 9}))
    assert not step(few).generator_was_the_limit


def test_on_a_full_machine_more_processes_are_not_what_is_advised() -> None:
    late = step(replace(GOOD, latenesses=Counter({200: 900, 50_000: 100})), machine_was_full=True)
    assert "more to do than cores" in late.reasons[0]
    assert "--processes" not in late.reasons[0]


def test_faults_of_one_kind_are_one_reason_with_an_example() -> None:
    faults = Counter({f"the host sent what is no frame: {size} bytes": 1 for size in range(9)} | {"no reply for too long": 1})
    faults["the host sent what is no frame: 5 bytes"] = 3
    assert step(replace(GOOD, faults=faults)).reasons == (
        "no reply for too long",
        "the host sent what is no frame: 5 bytes (11 times, others alike)",
    )


def test_answers_that_nobody_expects_are_told_also_of_a_step_that_held() -> None:
    refused = step(replace(GOOD, codes=Counter({"51": 1_000}), unexpected=1_000))
    assert refused.remark == "1000 of 1000 answers were unexpected (all by DE 39: 51:1000); 51 and 61: cards with more money"
    assert step(GOOD).remark == ""


def test_an_interrupted_step_did_not_hold_and_blames_nobody_for_the_rest() -> None:
    ended = step(replace(GOOD, sent=300, answered=290, sent_by_end=300, answered_by_end=0, seconds=3.0), was_interrupted=True)
    assert ended.reasons == ("it was interrupted",)
    assert ended.sent_per_second == 100
