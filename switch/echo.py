"""Echo tests to a peer that has fallen silent: when one is due, and when silence means that the link is down. Pure.

Only a peer that has signed on is tested: one that never spoke of network management need not understand it.
"""

from enum import Enum


class Verdict(Enum):
    """What has become of an echo test."""

    ALIVE = "alive"
    MISSED = "missed"
    DOWN = "down"


class EchoWatch:
    """The silence of one connection. Any byte that arrives is a sign of life."""

    __slots__ = ("_asked_at", "_heard_at", "_interval", "_max_misses", "misses")

    def __init__(self, interval_seconds: float, max_misses: int, now: float) -> None:
        self._interval, self._max_misses = interval_seconds, max_misses
        self._heard_at = now
        self._asked_at: float | None = None
        self.misses = 0

    def heard_until(self, at: float) -> None:
        """When something arrived last; misses before that are forgotten."""
        if at > self._heard_at:
            self._heard_at = at
            self.misses = 0

    def next_timer(self) -> float | None:
        """When a test is due; None while one is under way. A missed one is repeated at once."""
        if self._asked_at is not None:
            return None
        return self._heard_at if self.misses else self._heard_at + self._interval

    def asked(self, now: float) -> None:
        """A test has left."""
        self._asked_at = now

    def ended(self, is_answered: bool, now: float) -> Verdict:
        """Answered, or not in time; what else was heard since it left counts as an answer."""
        asked_at, self._asked_at = self._asked_at, None
        if is_answered:
            self.heard_until(now)
        if is_answered or (asked_at is not None and self._heard_at > asked_at):
            return Verdict.ALIVE
        self.misses += 1
        return Verdict.DOWN if self.misses >= self._max_misses else Verdict.MISSED
