"""Runs the load generator against a server and watches the processes that answer: their CPU time and memory."""

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import psutil

from simulator.load.fleet import Fleet, OnReport
from simulator.load.percentiles import milliseconds
from simulator.load.tally import Tally

SAMPLE_SECONDS = 0.5
MEGABYTE = 1_000_000
APPROVALS = ("00", "08", "10", "85", "87")


def drive(fleet: Fleet, play: Callable[[Fleet, OnReport], Tally], watched: Mapping[str, int]) -> dict[str, Any]:
    """The generator's figures, with `cpu_microseconds` per answered message and `rss` of every watched process (name: pid).

    CPU counts a process with its children: Postgres works in backends.
    """
    memory: dict[str, list[float]] = {name: [] for name in watched}
    last_sample = 0.0

    def look(_: Tally) -> None:
        nonlocal last_sample
        if time.monotonic() - last_sample >= SAMPLE_SECONDS:
            last_sample = time.monotonic()
            for name, pid in watched.items():
                memory[name].append(psutil.Process(pid).memory_info().rss / MEGABYTE)

    before = {name: _cpu_seconds(pid) for name, pid in watched.items()}
    played = play(fleet, look)
    spent = {name: _cpu_seconds(pid) - before[name] for name, pid in watched.items()}
    spent["generator"] = played.cpu_seconds
    answered = max(1, played.answered)
    return figures(played) | {
        "cpu_microseconds": {name: round(seconds / answered * 1e6, 1) for name, seconds in spent.items()},
        "rss_megabytes": {name: _shape(samples) for name, samples in memory.items() if samples},
    }


def figures(played: Tally) -> dict[str, Any]:
    return {
        "sent": played.sent,
        "answered": played.answered,
        "approved": sum(played.codes[code] for code in APPROVALS),
        "unanswered": played.sent - played.answered,
        "seconds": round(played.seconds, 3),
        "per_second": round(played.answered_by_end / played.seconds, 1) if played.seconds else 0.0,
        "milliseconds": milliseconds(played.latencies),
    }


def _cpu_seconds(pid: int) -> float:
    root = psutil.Process(pid)
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _shape(samples: list[float]) -> dict[str, float]:
    """Beginning, quarter marks, end and top: whether it is flat."""
    marks = {"first": 0.0, "quarter": 0.25, "half": 0.5, "three_quarters": 0.75, "last": 1.0}
    shape = {name: round(samples[int(part * (len(samples) - 1))], 1) for name, part in marks.items()}
    return {**shape, "top": round(max(samples), 1)}
