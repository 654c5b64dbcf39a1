"""Latency over rate as a picture."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from simulator.errors import LoadError
from simulator.load.plot import plot, require_matplotlib
from simulator.load.tally import Tally
from simulator.load.verdict import StepResult


def test_a_picture_is_written_as_its_name_says(tmp_path: Path) -> None:
    tally = Tally(planned=10, sent=10, answered=10, answered_by_end=10, seconds=1.0, latencies=Counter({3_000: 10}))
    steps = [StepResult(10.0, 1.0, 8.0, tally), StepResult(20.0, 1.0, 8.0, Tally(planned=20, latencies=Counter({90_000: 9})))]
    plot(steps, tmp_path / "a.svg", "a title")
    plot(steps, tmp_path / "a.png", "a title")
    assert "<svg" in (tmp_path / "a.svg").read_text()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(LoadError, match=r'pip install "cardline\[plot\]"'):
        require_matplotlib()
