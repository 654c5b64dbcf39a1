"""What `cardline simulate` prints."""

import pytest
from rich.console import Console

from cardline.network.simulate_tables import scenario_lines, summary
from simulator.stage.results import RunResult, ScenarioResult, StepResult, Verdict, View


def printed(*views: View, is_audited: bool = True, unasked: int = 0) -> str:
    step = StepResult("purchase", Verdict.BROKEN, broken=views)
    out = Console(width=160, record=True, file=None, quiet=False)
    with out.capture() as captured:
        out.print(*scenario_lines(ScenarioResult("s", "S", (step,), unasked_replies=unasked), is_audited=is_audited), sep="\n")
    return captured.get()


def surplus(number: int) -> View:
    return View(f"DE {number}", None, "absent", "present")


def test_what_a_host_echoes_beyond_need_is_one_line() -> None:
    text = printed(View("DE 39", "00", "00", "51"), surplus(12), surplus(13), surplus(14))
    assert "3 elements came back that were not expected: DE 12, 13, 14; --no-audit lets them pass" in text
    assert "present" not in text
    assert "DE 39" in text


def test_one_element_too_many_is_shown_like_any_other_difference() -> None:
    assert "present" in printed(surplus(12))


def test_without_the_auditor_there_is_no_column_of_it() -> None:
    view = View("DE 39", "00", None, "51")
    assert "auditor" in printed(view)
    assert "auditor" not in printed(view, is_audited=False)


@pytest.mark.parametrize(("unasked", "said"), [(1, "1 frame came"), (2, "2 frames came")])
def test_frames_that_answer_nothing_are_counted(unasked: int, said: str) -> None:
    assert said in printed(unasked=unasked)


def test_where_nothing_was_played_nothing_is_said_to_have_held() -> None:
    run = RunResult(7, (ScenarioResult("s", "S", skipped="no card"),), True, 0.1)
    assert "nothing was played: 1 skipped" in summary(run)
