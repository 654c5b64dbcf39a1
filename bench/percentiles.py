"""Latencies and runs to a few numbers. Pure."""

from collections.abc import Sequence
from statistics import median
from typing import Any

SHOWN = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p90, p99, p99.9 and the largest, in milliseconds; nothing for nothing."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    shown = {name: ordered[min(len(ordered) - 1, int(part * len(ordered)))] for name, part in SHOWN.items()}
    return {name: round(value * 1000, 3) for name, value in {**shown, "max": ordered[-1]}.items()}


def medians(runs: Sequence[Any]) -> Any:
    """Of figures in equal trees, number by number; what is not a number is the first run's."""
    first = runs[0]
    if isinstance(first, dict):
        return {key: medians([run[key] for run in runs if key in run]) for key in first}
    if isinstance(first, list):
        return [medians(list(each)) for each in zip(*runs, strict=False)]
    if isinstance(first, int | float) and not isinstance(first, bool):
        return median(runs)
    return first
