"""Runs the generator against a server and watches the processes that answer: their CPU time and memory."""

import contextlib
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

import psutil

from bench.job import Job

SAMPLE_SECONDS = 0.5
MEGABYTE = 1_000_000


def drive(job: Job, watched: Mapping[str, int], *, limit_seconds: float = 3600.0) -> dict[str, Any]:
    """The generator's figures, with `cpu_microseconds` per answered message and `rss` of every watched process (name: pid).

    CPU counts a process with its children: Postgres works in backends.
    """
    before = {name: _cpu_seconds(pid) for name, pid in watched.items()}
    process = subprocess.Popen([sys.executable, "-m", "bench.generator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    memory: dict[str, list[float]] = {name: [] for name in watched}
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pickle.dumps(job))
        process.stdin.close()
        deadline = time.monotonic() + limit_seconds
        while not _has_ended(process) and time.monotonic() < deadline:
            for name, pid in watched.items():
                memory[name].append(psutil.Process(pid).memory_info().rss / MEGABYTE)
        if process.poll() != 0:
            raise RuntimeError(f"the generator ended with {process.poll()}; its reason stands above")
        figures: dict[str, Any] = json.loads(process.stdout.read())
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    spent = {name: _cpu_seconds(pid) - before[name] for name, pid in watched.items()}
    spent["generator"] = figures.pop("generator_cpu_seconds")
    answered = max(1, figures["answered"])
    figures["cpu_microseconds"] = {name: round(seconds / answered * 1e6, 1) for name, seconds in spent.items()}
    figures["rss_megabytes"] = {name: _shape(samples) for name, samples in memory.items() if samples}
    return figures


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(SAMPLE_SECONDS)
        return True
    return False


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
