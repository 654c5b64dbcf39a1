"""The log: one JSON line per event on standard output, written by a thread of its own.

A blocked or full output never stops a payment: lines beyond the limit are dropped and counted.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import structlog

MAX_WAITING_LINES = 50_000
"""About 15 MB at the most while the output is blocked."""
LINES_A_WRITE = 500
LINGER_SECONDS = 0.02
"""From the first line that waits to their writing. Waking the thread for every line cost a payment as much as making the line;
a process that is killed loses the lines of this time."""
_NOTHING = 50
"""`critical`, which no event is."""


class LogWriter:
    """A file-like for structlog: `msg` keeps the line, without its end, and returns at once. From any thread."""

    def __init__(self, descriptor: int, on_lost: Callable[[int], None]) -> None:
        """`on_lost` is told how many lines, from any thread."""
        self._descriptor, self._on_lost = descriptor, on_lost
        self._lines: deque[bytes] = deque()
        self._something, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def msg(self, line: bytes) -> None:
        if len(self._lines) >= MAX_WAITING_LINES:
            self._on_lost(1)
            return
        self._lines.append(line)
        if not self._something.is_set():
            self._something.set()

    def waiting(self) -> int:
        return len(self._lines)

    debug = info = warning = warn = error = critical = fatal = exception = log = msg

    def close(self, timeout_seconds: float = 2.0) -> None:
        """Write what waits; gives up when the output stays blocked."""
        self._closing.set()
        self._something.set()
        self._thread.join(timeout_seconds)

    def _work(self) -> None:
        is_last = False
        while not is_last:
            self._something.wait()
            self._something.clear()  # before the lines are taken: one that comes later sets it again
            is_last = self._closing.wait(LINGER_SECONDS)
            while self._lines:
                self._put(b"".join(self._taken()))

    def _taken(self) -> list[bytes]:
        return [self._lines.popleft() + b"\n" for _ in range(min(LINES_A_WRITE, len(self._lines)))]

    def _put(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                self._on_lost(data.count(b"\n"))
                return


def configure(on_lost: Callable[[int], None], descriptor: int = 1) -> LogWriter:
    """Send all of the program's events to one writer."""
    writer = LogWriter(descriptor, on_lost)
    structlog.configure(
        processors=[structlog.processors.add_log_level, _line],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )
    return writer


def _line(_: object, __: str, event: structlog.typing.EventDict) -> bytes:
    """Stamped and made in one step: this is done for every payment. What JSON does not know is shown as Python would."""
    event["timestamp"] = datetime.now(UTC)
    return orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)


def configure_for_commands() -> None:
    """Commands print for people, who are told by the command's own line what went wrong; the events are for CARDLINE_DEBUG=1.

    A lost connection is one fault and several events: each room that meets it has its own.
    """
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer(serializer=orjson.dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(30 if os.environ.get("CARDLINE_DEBUG") else _NOTHING),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
    )
