"""One Valkey in a directory of its own, driven through the wheel's program: a cache, so nothing of it is kept.

It listens on a Unix socket only, which is private to the user; the address survives a restart.
The caller makes sure that nobody else drives the same directory.
"""

import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cardline.embedded.log import last_lines, opened_log
from cardline.embedded.process import PidFile, spawn, stop, wait_until
from cardline.embedded.programs import valkey_program
from cardline.embedded.socket_directory import release, socket_directory
from cardline.errors import PartFailed

START_SECONDS = 10.0
STOP_SECONDS = 5.0
_SOCKET = "valkey.sock"

OPTIONS: Sequence[str] = (
    "--port", "0",
    "--unixsocketperm", "700",
    "--save", "", "--appendonly", "no",  # what it knows is derived from the ledger
    "--maxmemory", "512mb",
    "--maxmemory-policy", "allkeys-lru",  # an account that is evicted is read anew; a full server would refuse every account
    "--daemonize", "no",
    "--loglevel", "notice",
)  # fmt: skip


class EmbeddedValkey:
    """`directory` is made on the first start; the log stands beside it."""

    name = "redis"

    def __init__(self, directory: Path, *, options: Sequence[str] = ()) -> None:
        self._directory = directory.absolute()
        self._log = self._directory.with_name(f"{directory.name}.log")
        self._pid_file = PidFile(self._directory / "valkey.pid")
        self._options = (*OPTIONS, *options)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "not started"
        return self._process

    @property
    def log(self) -> Path:
        return self._log

    @property
    def url(self) -> str:
        """The same for the whole life of the directory."""
        return f"unix://{self._socket}"

    def start(self, timeout_seconds: float = START_SECONDS) -> None:
        """Ends what an earlier run left, starts, waits until it answers. Raises ConfigurationError or PartFailed."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._pid_file.end_orphan(signal.SIGTERM, STOP_SECONDS)
        self._socket.unlink(missing_ok=True)
        with opened_log(self._log) as log:
            self._process = spawn(
                [valkey_program(), "--dir", self._directory, "--unixsocket", self._socket, *self._options],
                dies_with=signal.SIGTERM, output=log, directory=self._directory,
            )  # fmt: skip
        process = self._process
        self._pid_file.write(process.pid)
        wait_until(lambda: process.poll() is not None or self._answers(), timeout_seconds=timeout_seconds)
        if process.poll() is not None or not self._answers():
            stop(process, gently=signal.SIGTERM, grace_seconds=1.0)
            raise PartFailed(f"Valkey did not start within {timeout_seconds:g} s: {last_lines(self._log)}")

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, gently=signal.SIGTERM, grace_seconds=STOP_SECONDS)
            self._process = None
        self._pid_file.remove()
        self._socket.unlink(missing_ok=True)
        release(self._socket.parent, self._directory)

    @property
    def _socket(self) -> Path:
        return socket_directory(self._directory, _SOCKET) / _SOCKET

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False
