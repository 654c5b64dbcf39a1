"""The metrics as text, for however many who ask however often: making it takes a bounded share of the process.

Python runs one thread at a time, so what a scraper costs is taken from payments. Everybody who waits shares one page; after
a page there is a rest, as long as the page and its sending were dear; and a page is made in pieces, payments going between them.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
"""Every Prometheus takes this one, whatever else it would like."""
REST = 20
"""Times what was spent on scrapers: they get a twentieth of a processor."""
MOST_REST_SECONDS = 1.0
"""A scraper's patience is 10 s."""
PIECE_REST_SECONDS = 0.0002
"""Between two families of metrics. Long enough that a waiting payment really gets its turn."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds: that pass, that this thread works, and to let pass."""

    now: Callable[[], float] = time.monotonic
    worked: Callable[[], float] = time.thread_time
    rest: Callable[[float], None] = time.sleep


class MetricsPage:
    """Called from any thread but the event loop's."""

    def __init__(self, registry: CollectorRegistry, clocks: Clocks | None = None) -> None:
        self._registry, self._clocks = registry, clocks or Clocks()
        self._making = Lock()
        self._page = b""
        self._begun_at = self._ended_at = float("-inf")
        self._spent_seconds = 0.0

    def text(self) -> bytes:
        """Shows all that was counted before the call."""
        asked_at = self._clocks.now()
        with self._making:
            if self._begun_at <= asked_at:
                self._make()
            return self._page

    def charge(self, seconds: float) -> None:
        """So much processor time a scraper's thread has taken in all."""
        self._spent_seconds += seconds

    def _make(self) -> None:
        clocks = self._clocks
        rest = min(MOST_REST_SECONDS, REST * self._spent_seconds)
        if (left := self._ended_at + rest - clocks.now()) > 0:
            clocks.rest(left)
        self._begun_at, worked = clocks.now(), clocks.worked()
        try:
            self._page = b"".join(self._pieces())
        finally:
            self._spent_seconds, self._ended_at = clocks.worked() - worked, clocks.now()

    def _pieces(self) -> Iterable[bytes]:
        for family in self._registry.collect():
            yield generate_latest(_Piece(family))
            self._clocks.rest(PIECE_REST_SECONDS)


class _Piece(Collector):
    """One family, as the library's writer of pages wants it."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterable[Metric]:
        return [self._family]
