"""The switch as a child of `up`: the same program as in production (`cardline serve`), handed its sockets and DSNs.

Its output goes to a file in the data directory; its settings travel in the environment, which only the user can read.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cardline.data_directory import SWITCH_LOG
from cardline.embedded.log import last_lines, opened_log
from cardline.embedded.process import PidFile, deaths, spawn, stop
from cardline.errors import ConfigurationError, PartFailed
from cardline.running import listening
from cardline.running.readiness import ReadyPipe

COMMAND: Sequence[str] = (sys.executable, "-m", "cardline", "serve", "--allow-test-keys")
START_SECONDS = 60.0
"""Beside reading its schema it may have to wait until a dead predecessor's stream is free."""
_MARGIN_SECONDS = 5.0
_ORPHAN_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """What to start: the command, its environment beyond ours, and how long it may drain."""

    command: Sequence[str]
    environment: Mapping[str, str]
    drain_seconds: float


class Store(Protocol):
    @property
    def process(self) -> "subprocess.Popen[bytes]": ...


class SwitchProcess:
    name = "switch"

    def __init__(
        self, directory: Path, plan: SwitchPlan, sockets: Mapping[str, socket.socket], stores: Sequence[Store] = ()
    ) -> None:
        """`stores` are our other children, without which waiting for the switch is no use."""
        self._stores = stores
        self._plan = plan
        self._sockets = sockets
        self.log = directory / SWITCH_LOG
        self._pid_file = _pid_file(directory)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "not started"
        return self._process

    def start(self) -> None:
        """Returns when it says it is ready. ConfigurationError: it refused its configuration; PartFailed: it died."""
        pipe = ReadyPipe()
        try:
            with opened_log(self.log) as log:
                self._process = spawn(
                    self._plan.command,
                    dies_with=signal.SIGTERM,
                    output=log,
                    environment=self._environment(pipe),
                    inherited=[pipe.descriptor, *(s.fileno() for s in self._sockets.values())],
                )
            self._pid_file.write(self._process.pid)
            with deaths([store.process for store in self._stores]) as descriptors:
                is_ready = pipe.wait(START_SECONDS, unless=descriptors)
        finally:
            pipe.close()
        if not is_ready:
            self._fail(self._process)

    def stop(self) -> None:
        """Lets it drain: no request that it has read is left unanswered."""
        if self._process is not None:
            stop(self._process, gently=signal.SIGTERM, grace_seconds=self._plan.drain_seconds + _MARGIN_SECONDS)
            self._process = None
        self._pid_file.remove()

    def _environment(self, pipe: ReadyPipe) -> dict[str, str]:
        return {**os.environ, **self._plan.environment, **listening.hand_over(self._sockets), **pipe.environment}

    def _fail(self, process: "subprocess.Popen[bytes]") -> None:
        code = stop(process, gently=signal.SIGTERM, grace_seconds=_MARGIN_SECONDS)
        said = f"the switch did not start ({ending(code)}): {last_lines(self.log)}"
        raise ConfigurationError(said) if code == ConfigurationError.exit_code else PartFailed(said)


def end_orphan(directory: Path) -> bool:
    """Ends the switch that an earlier `up` left behind: it would still hold the ports."""
    return _pid_file(directory).end_orphan(signal.SIGTERM, _ORPHAN_SECONDS)


def ending(code: int) -> str:
    """An exit status in words."""
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _pid_file(directory: Path) -> PidFile:
    return PidFile(directory / "switch.pid")
