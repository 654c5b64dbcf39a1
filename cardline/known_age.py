"""An age that is told now and then and asked whenever somebody scrapes: it grows with the clock between two tellings.

Whoever tells it may die or hang. What was told last would then read as well for ever; this does not.
"""

import time
from collections.abc import Callable


class KnownAge:
    """Told by one thread, asked by others. Until the first telling it counts from its making, as if nought had been told."""

    def __init__(self, fresh_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Nought is taken for the truth that long: between two looks nothing is known either way, and a saw is no news."""
        self._fresh_seconds, self._clock = fresh_seconds, clock
        self._told = (0.0, clock())

    def told(self, age_seconds: float) -> None:
        self._told = (age_seconds, self._clock())

    def seconds(self) -> float:
        age, told_at = self._told
        since = self._clock() - told_at
        return age + since if age > 0 or since > self._fresh_seconds else 0.0
