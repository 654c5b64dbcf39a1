"""How long a poster waits between two pieces of work, from how quickly payments are answered meanwhile. Pure.

Payments come first: as soon as more of them are slow than may be, the pause doubles; while none are it shrinks again.
"""

from dataclasses import dataclass

SLOW_SECONDS = 0.025
"""What an answer may take while a file is posted."""
ALLOWED_SHARE = 0.005
"""Of answers that take longer; half of what a 99th percentile would allow, so that there is time to slow down."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
_EASE = 0.7


@dataclass(frozen=True, slots=True)
class Answers:
    """How many payments were answered so far, and how many of them within SLOW_SECONDS; since the switch began."""

    all: int
    quick: int


def next_pause(pause_seconds: float, before: Answers | None, now: Answers | None) -> float:
    """The next pause in seconds. Where nothing is known (no switch to ask, none answered since) it goes on shrinking."""
    if before is None or now is None or now.all <= before.all:
        return _eased(pause_seconds)
    answered, quick = now.all - before.all, now.quick - before.quick
    if answered - quick > ALLOWED_SHARE * answered:
        return min(max(2 * pause_seconds, FIRST_PAUSE), LONGEST_PAUSE)
    return _eased(pause_seconds)


def _eased(pause_seconds: float) -> float:
    eased = pause_seconds * _EASE
    return eased if eased >= FIRST_PAUSE / 4 else 0.0
