"""The network's time: UTC, never going back, and to be moved on by hand so that nobody waits for a timer in a test."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Starts at `starts_at` (now). Where `flows` is False, time passes by `advance` only: the same run writes the same bytes."""

    def __init__(self, starts_at: datetime | None = None, *, flows: bool = True) -> None:
        self.flows = flows
        self._now = starts_at or datetime.now(UTC)
        self._started = time.monotonic()

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started) if self.flows else self._now

    def advance(self, seconds: float) -> None:
        """Raises ValueError for a step back."""
        if seconds < 0:
            raise ValueError("the network's time does not go back")
        self._now += timedelta(seconds=seconds)
