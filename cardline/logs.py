"""The log: one JSON line per event on standard output, written by a thread of its own.

A blocked or full output never stops a payment: lines beyond the limit are dropped and counted.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable

import orjson
import structlog

MAX_WAITING_LINES = 50_000
"""About 15 MB at the most while the output is blocked."""


class LogWriter:
    """A file-like for structlog: `msg` hands the line over and returns at once."""

    def __init__(self, descriptor: int, on_lost: Callable[[], None]) -> None:
        self._descriptor, self._on_lost = descriptor, on_lost
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def msg(self, line: bytes) -> None:
        if self._lines.qsize() < MAX_WAITING_LINES:
            self._lines.put(line)
        else:
            self._on_lost()

    def waiting(self) -> int:
        return self._lines.qsize()

    debug = info = warning = warn = error = critical = fatal = exception = log = msg

    def close(self, timeout_seconds: float = 2.0) -> None:
        """Write what waits; gives up when the output stays blocked."""
        self._lines.put(None)
        self._thread.join(timeout_seconds)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            lines = [line]
            while len(lines) < 500 and not self._lines.empty():
                more = self._lines.get()
                if more is None:
                    self._lines.put(None)
                    break
                lines.append(more)
            self._put(b"\n".join(lines) + b"\n")

    def _put(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                self._on_lost()
                return


def configure(on_lost: Callable[[], None], descriptor: int = 1) -> LogWriter:
    """Send all of the program's events to one writer."""
    writer = LogWriter(descriptor, on_lost)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )
    return writer


def configure_for_commands() -> None:
    """Commands print for people: only warnings and worse, on standard error."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(30),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
    )
