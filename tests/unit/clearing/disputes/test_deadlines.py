"""What is due in a dispute, by whom and until when."""

from datetime import date, timedelta

import pytest

from clearing.disputes.deadlines import Side, Stage, Step, answer_due, claim_due, stage_of
from clearing.disputes.reasons import REASONS, Group, group_of

DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("reason", "group", "days"),
    [("4808", "4808", 90), ("4834", "4834", 90), ("4837", "4837", 120), ("4870", "4837", 120), ("4853", "4853", 120),
     ("4807", "4808", 45), ("4812", "4808", 45), ("4831", "4834", 90), ("4855", "4853", 120), ("4863", "4837", 120)],
)  # fmt: skip
def test_a_reason_old_or_new_belongs_to_a_group_of_the_current_rules_and_has_its_days(reason: str, group: str, days: int) -> None:
    due = claim_due(reason, DAY)
    assert due is not None
    assert (group_of(reason), due.on, due.since, due.step) == (group, DAY + timedelta(days=days), DAY, Step.CHARGE_BACK)


def test_no_older_code_has_longer_than_the_group_that_took_it_over() -> None:
    current = [reason for reason in REASONS.values() if reason.is_current]
    assert {reason.group for reason in current} == set(Group) - {Group.DOMESTIC}
    longest = {group: max(reason.days for reason in current if reason.group is group) for group in {r.group for r in current}}
    assert [r.code for r in REASONS.values() if r.group in longest and r.days > longest[r.group]] == []


def test_what_no_list_has_is_due_never() -> None:
    assert (claim_due("2700", DAY), group_of("2700"), group_of("")) == (None, None, None)


@pytest.mark.parametrize(
    ("function_code", "step", "side"),
    [("450", Step.PRESENT_AGAIN, Side.ACQUIRER), ("453", Step.PRESENT_AGAIN, Side.ACQUIRER),
     ("205", Step.PRE_ARBITRATION, Side.ISSUER), ("282", Step.PRE_ARBITRATION, Side.ISSUER),
     ("451", Step.ARBITRATION_CASE, Side.ACQUIRER), ("454", Step.ARBITRATION_CASE, Side.ACQUIRER)],
)  # fmt: skip
def test_each_record_of_a_dispute_gives_the_other_side_its_time_to_answer(function_code: str, step: Step, side: Side) -> None:
    stage = stage_of(function_code)
    assert isinstance(stage, Stage)
    due = answer_due(stage, DAY)
    assert (due.step, due.side, due.on) == (step, side, date(2027, 1, 10))


def test_a_presentment_is_no_stage_of_a_dispute() -> None:
    assert stage_of("200") is None
