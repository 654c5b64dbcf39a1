"""A load on the terminal: the figures of the step so far, and nothing where nobody looks."""

from collections import Counter
from io import StringIO

from rich.console import Console

from cardline.network.load_view import LiveView, results_table
from simulator.load.tally import Tally
from simulator.load.verdict import StepResult

PLAYED = Tally(
    planned=100, sent=90, answered=80, unanswered=2, unmatched=3, malformed=4, seconds=1.0, answered_by_end=75,
    codes=Counter({"00": 78, "51": 2}), latencies=Counter({4_000: 80, 1_000_000: 2}), latenesses=Counter({300: 90}),
)  # fmt: skip


def drawn(*, is_terminal: bool) -> str:
    out = StringIO()
    with LiveView(Console(file=out, force_terminal=is_terminal, width=100), [100.0, 200.0], 10.0) as view:
        view.begins(100.0)
        view.reported(PLAYED)
    return out.getvalue()


def test_a_terminal_shows_the_step_so_far() -> None:
    shown = drawn(is_terminal=True)
    for text in ("step 1 of 2", "asked 100", "00 78  51 2", "p50 4.0 p99 1,000.4 max 1,000.4"):
        assert text in shown
    figures = {line.rsplit(maxsplit=1)[0].strip(): line.split()[-1] for line in shown.splitlines() if len(line.split()) > 1}
    assert [figures[name] for name in ("in flight", "unanswered", "unmatched", "errors")] == ["8", "2", "3", "4"]


def test_nothing_is_drawn_where_nobody_looks() -> None:
    assert drawn(is_terminal=False) == ""


def test_the_table_has_a_line_per_step() -> None:
    out = StringIO()
    Console(file=out, width=200).print(results_table([StepResult(100.0, 1.0, 8.0, PLAYED), StepResult(200.0, 1.0, 8.0, Tally())]))
    lines = [line.split() for line in out.getvalue().splitlines() if line.startswith("│")]
    assert [(line[1], line[-2]) for line in lines] == [("100", "no"), ("200", "no")]
    assert "00:78 51:2" in out.getvalue()
