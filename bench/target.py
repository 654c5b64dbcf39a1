"""A server under load, whichever it is: where it listens, whose CPU and memory count, and the next unused message number."""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from bench.drive import drive
from simulator.load.deck import Deck
from simulator.load.fleet import Fleet
from simulator.load.job import Job
from switch.framing import Framing

PATIENCE_SECONDS = 15.0
NO_END = 10**9
"""Messages, where seconds decide."""


class Target:
    """Every `play` sends messages that this server has not seen."""

    def __init__(self, host: str, port: int, deck: Deck, watched: Mapping[str, int]) -> None:
        self.host, self.port = host, port
        self._deck, self._watched = deck, watched
        self._next = 0
        self._kept: Fleet | None = None

    @contextlib.contextmanager
    def kept(self, connections: int) -> Iterator[None]:
        """Within, all is played by one generator over the same connections: no start between two turns."""
        with self._fleet(connections) as fleet:
            self._kept = fleet
            try:
                yield
            finally:
                self._kept = None

    def warm_up(self, connections: int, cards: int) -> None:
        """Every card once and more, so that caches and plans are made."""
        self.closed(messages=3 * cards, connections=connections, inflight=16)

    def alone(self, messages: int) -> dict[str, Any]:
        """One message in flight."""
        return self.closed(messages=messages, connections=1, inflight=1)

    def closed(self, *, connections: int, inflight: int, messages: int = 0, seconds: float = 0.0) -> dict[str, Any]:
        """`inflight` per connection."""
        with self._fleet(connections) as fleet:
            return self._counted(
                drive(
                    fleet,
                    lambda fleet, look: fleet.play_closed(
                        inflight=inflight, messages=messages or NO_END, seconds=seconds, on_report=look
                    ),
                    self._watched,
                )
            )

    def open(self, *, rate: float, seconds: float, connections: int, processes: int = 1) -> dict[str, Any]:
        with self._fleet(connections, processes) as fleet:
            return self._counted(drive(fleet, lambda fleet, look: fleet.play_open(rate, seconds, look), self._watched))

    def _fleet(self, connections: int, processes: int = 1) -> AbstractContextManager[Fleet]:
        if self._kept is not None:
            return contextlib.nullcontext(self._kept)
        job = Job(self.host, self.port, Framing(), self._deck, origin=0, connections=connections, limit_seconds=PATIENCE_SECONDS)
        return Fleet(job, processes, first=self._next)

    def _counted(self, figures: dict[str, Any]) -> dict[str, Any]:
        self._next += figures["sent"]
        return figures
