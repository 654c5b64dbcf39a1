"""A `cardline up` of its own in the background, for whoever needs a whole system for a while: the demo, tests, benches.

It dies with the thread that started it, so start it from one that lives long enough.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardline.data_directory import DataDirectory
from cardline.embedded.log import last_lines, opened_log
from cardline.embedded.process import spawn, stop
from cardline.endpoints import Endpoints
from cardline.errors import PartFailed
from cardline.running.readiness import ReadyPipe

FREE_PORTS: Sequence[str] = ("--port", "0", "--ascii-port", "0", "--clearing-port", "0", "--metrics-port", "0")
START_SECONDS = 120.0
STOP_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class BackgroundUp:
    """`log` holds what `up` printed; `process` may be signalled."""

    endpoints: Endpoints
    data_dir: Path
    process: "subprocess.Popen[bytes]"
    log: Path


@contextlib.contextmanager
def background_up(
    data_dir: Path, *, arguments: Sequence[str] = FREE_PORTS, environment: Mapping[str, str] | None = None
) -> Iterator[BackgroundUp]:
    """Yields when it is ready to serve; at the end it is stopped in order and reaped. Raises PartFailed."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = data_dir / "up.log"
    pipe = ReadyPipe()
    with contextlib.closing(pipe), opened_log(log) as output:
        process = spawn(
            [sys.executable, "-m", "cardline", "up", "--data-dir", data_dir, *arguments],
            dies_with=signal.SIGTERM,
            output=output,
            environment={**os.environ, **(environment or {}), **pipe.environment},
            inherited=[pipe.descriptor],
        )
        try:
            endpoints = DataDirectory(data_dir).running() if pipe.wait(START_SECONDS) else None
            if endpoints is None:
                raise PartFailed(f"cardline up did not start: {last_lines(log)}")
            yield BackgroundUp(endpoints, data_dir, process, log)
        finally:
            stop(process, gently=signal.SIGTERM, grace_seconds=STOP_SECONDS)
