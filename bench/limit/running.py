"""The echo and the floor as processes of their own, ended when their context ends."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from bench.target import Target
from simulator.load.deck import Deck

STOP_SECONDS = 20.0


@contextlib.contextmanager
def running(job: Mapping[str, Any], deck: Deck, watched: Mapping[str, int]) -> Iterator[Target]:
    """`job` as bench.limit.server reads it; `watched` are further processes whose CPU counts, by name."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.limit.server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the server for comparison did not start; its reason stands above")
        yield Target("127.0.0.1", json.loads(line), deck, {"server": process.pid, **watched})
    finally:
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
