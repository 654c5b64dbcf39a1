"""A load on the terminal: what is happening now, and the table at the end. Drawn by the parent of the generators, so that it
takes none of their time; where nobody looks at a terminal nothing is drawn.
"""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from simulator.load.percentiles import milliseconds
from simulator.load.tally import Tally
from simulator.load.verdict import StepResult

DRAW_SECONDS = 1.0
"""Working out percentiles takes some milliseconds, and the cores belong to the generators."""
SHOWN_CODES = 8


class LiveView:
    """`begins` a step, then `reported` with all that is known of it so far."""

    def __init__(self, console: Console, rates: Sequence[float], seconds: float) -> None:
        self._rates, self._seconds = rates, seconds
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._rate, self._number, self._begun, self._drawn = 0.0, 0, 0.0, 0.0

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def begins(self, rate: float) -> None:
        self._rate, self._begun, self._number = rate, time.monotonic(), self._number + 1

    def reported(self, played: Tally) -> None:
        now = time.monotonic()
        if self._live is not None and now - self._drawn >= DRAW_SECONDS:
            self._drawn = now
            self._live.update(self._table(played, min(now - self._begun, self._seconds)), refresh=True)

    def _table(self, played: Tally, elapsed: float) -> Table:
        times = milliseconds(played.latencies)
        table = Table.grid(padding=(0, 2))
        title = f"step {self._number} of {len(self._rates)}, {elapsed:.0f} of {self._seconds:g} s"
        achieved = played.sent / elapsed if elapsed else 0.0
        shown = " ".join(f"{name} {times[name]:,.1f}" for name in ("p50", "p99", "max")) if times else "nothing yet"
        codes = "  ".join(f"{code} {count:,}" for code, count in played.codes.most_common(SHOWN_CODES))
        for name, value in (
            (title, ""),
            ("messages per second", f"asked {self._rate:,.0f}, sent {achieved:,.0f}"),
            ("in flight", f"{max(0, played.in_flight):,}"),
            ("latency, ms", shown),
            ("answers by DE 39", codes),
            ("unanswered", f"{played.unanswered:,}"),
            ("unmatched", f"{played.unmatched:,}"),
            ("errors", f"{played.malformed + played.lost_connections:,}"),
        ):
            table.add_row(name, value)
        return table


def results_table(results: Sequence[StepResult]) -> Table:
    """A line per step, latencies in milliseconds from the planned moment of sending."""
    table = Table()
    for heading in ("asked/s", "sent/s", "answered/s"):
        table.add_column(heading, justify="right")
    for heading in ("p50", "p90", "p99", "p99.9", "max", "late p99", "unanswered", "unexpected"):
        table.add_column(heading, justify="right")
    table.add_column("DE 39")
    table.add_column("held")
    for step in results:
        tally, times = step.tally, milliseconds(step.tally.latencies)
        late = milliseconds(tally.latenesses)
        table.add_row(
            f"{step.rate:,g}", f"{step.sent_per_second:,.0f}", f"{step.answers_per_second:,.0f}",
            *(f"{times[key]:,.1f}" if times else "-" for key in ("p50", "p90", "p99", "p999", "max")),
            f"{late['p99']:,.1f}" if late else "-", f"{tally.sent - tally.answered:,}", f"{tally.unexpected:,}",
            " ".join(f"{code}:{count}" for code, count in tally.codes.most_common(SHOWN_CODES)),
            "yes" if step.is_held else "no",
        )  # fmt: skip
    return table
