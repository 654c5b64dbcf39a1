"""Work in a fresh process of its own, so that its memory is the work's alone."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def alone(work: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs) -> tuple[_Result, float]:
    """Its result, and the most resident memory it had, in megabytes. Both must be picklable; `work` a function of a module."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result(), pool.submit(_peak_megabytes).result()


def _peak_megabytes() -> float:
    # Not ru_maxrss: that begins with what the parent had when it forked.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
