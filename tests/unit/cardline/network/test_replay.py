"""What `cardline replay` prints beside its table."""

import pytest

from cardline.network.replay import _print
from simulator.fixtures.comparison import ABSENT, FieldDifference
from simulator.fixtures.playing import Outcome, Played, Verdict


def printed(capsys: pytest.CaptureFixture[str], *differences: FieldDifference) -> str:
    _print([Outcome("day.jsonl", (Played(1, 2, 1, "0100", Verdict.DIFFERS, differences),))])
    return capsys.readouterr().out


def test_what_a_host_echoes_beyond_the_recording_can_be_left_out_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    more = [FieldDifference(path, ABSENT, "x") for path in ("48.71", "13", "12")]
    out = printed(capsys, *more, FieldDifference("39", "00", "05"))
    assert "--ignore 12,13,48.71 lets that pass" in out


def test_another_answer_is_not_hinted_away(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--ignore" not in printed(capsys, FieldDifference("39", "00", "05"), FieldDifference("12", ABSENT, "x"))
