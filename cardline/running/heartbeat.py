"""Whether the event loop turns, asked from other threads: one that hangs answers no payment and can say nothing itself."""

import asyncio
import time
from collections.abc import Callable

BEAT_SECONDS = 0.5
HUNG_SECONDS = 10.0
"""Far beyond what any payment may take, and what any step of ours does: whoever restarts it then loses nothing that was well."""


class Heartbeat:
    """Beats from `start` on, for as long as the loop runs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beaten_at = clock()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beaten_at = self._clock()
        loop.call_later(BEAT_SECONDS, self.start, loop)

    def age_seconds(self) -> float:
        """Since the last beat; up to BEAT_SECONDS while all is well."""
        return self._clock() - self._beaten_at

    def troubles(self) -> list[str]:
        """In words, when it has stopped."""
        age = self.age_seconds()
        return [f"event loop: has not turned for {age:.0f} s"] if age > HUNG_SECONDS else []
