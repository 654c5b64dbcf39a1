"""A server under load, whichever it is: where it listens, whose CPU and memory count, and the next unused message number."""

from collections.abc import Mapping
from typing import Any

from bench.drive import drive
from bench.frames import Frames
from bench.job import Job, Pace


class Target:
    """Every `play` sends messages that this server has not seen."""

    def __init__(self, host: str, port: int, frames: Frames, watched: Mapping[str, int]) -> None:
        self._host, self._port, self._frames, self._watched = host, port, frames, watched
        self._next = 0

    def warm_up(self, connections: int) -> None:
        """Every card once and more, so that caches and plans are made."""
        count = 3 * self._frames.cards
        self.closed(messages=count, connections=connections, inflight=16)

    def alone(self, messages: int) -> dict[str, Any]:
        """One message in flight."""
        return self.closed(messages=messages, connections=1, inflight=1)

    def closed(self, *, connections: int, inflight: int, messages: int = 0, seconds: float = 0.0) -> dict[str, Any]:
        """`inflight` per connection."""
        return self._play(pace=Pace.CLOSED, connections=connections, inflight=inflight, messages=messages, seconds=seconds)

    def open(self, *, rate: float, seconds: float, connections: int) -> dict[str, Any]:
        return self._play(pace=Pace.OPEN, rate=rate, seconds=seconds, connections=connections)

    def _play(self, **settings: Any) -> dict[str, Any]:
        job = Job(self._host, self._port, self._frames, first=self._next, **settings)
        figures = drive(job, self._watched)
        self._next += figures["sent"]
        return figures
