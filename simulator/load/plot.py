"""Latency over rate as a picture. Needs matplotlib (the extra `plot`), which is imported only when a picture is asked for."""

from collections.abc import Sequence
from pathlib import Path

from simulator.errors import LoadError
from simulator.load.percentiles import milliseconds
from simulator.load.verdict import StepResult

FORMATS = (".png", ".svg")
_LINES = {"p50": "median", "p99": "99 %", "max": "largest"}


def require_matplotlib() -> None:
    """Raises LoadError with what to do: better before a load than after it."""
    try:
        import matplotlib as _  # noqa: F401
    except ImportError:
        raise LoadError('--plot needs matplotlib: pip install "cardline[plot]"') from None


def plot(steps: Sequence[StepResult], path: Path, title: str) -> None:
    """Writes PNG or SVG, as the name says. Steps that did not hold are marked. Raises LoadError, OSError."""
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [(step, milliseconds(step.tally.latencies)) for step in steps if step.tally.latencies]
    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for key, name in _LINES.items():
        axes.plot([step.rate for step, _ in shown], [times[key] for _, times in shown], marker="o", label=name)
    lost = [(step.rate, times["p99"]) for step, times in shown if not step.is_held]
    if lost:
        rates, times = zip(*lost, strict=True)
        axes.scatter(rates, times, marker="x", s=120, color="black", zorder=3, label="not held")
    axes.set(title=title, xlabel="messages per second asked for", ylabel="latency from the planned moment, ms", yscale="log")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(path, format=path.suffix[1:])
