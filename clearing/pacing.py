"""Which share of the time a poster works, from how quickly payments are answered meanwhile. Pure.

Payments come first: while more of them are slow than may be, the poster works less and less, down to a share that still
ends every file; while none are, it works more again. Where nobody pays, it takes everything.
"""

import asyncio
import sys
from dataclasses import dataclass
from typing import Protocol

SLOW_SECONDS = 0.025
"""What an answer may take while a file is posted."""
ALLOWED_SHARE = 0.005
"""Of answers that take longer; half of what a 99th percentile would allow, so that there is time to slow down."""
FIRST_SHARE, LEAST_SHARE = 0.25, 0.05
"""Beside a switch a poster begins at the first and never works less than the least."""
_SLOWER, _FASTER, _ALONE = 0.6, 1.15, 2.0


class Pace(Protocol):
    """How a poster is slowed down."""

    @property
    def size(self) -> int:
        """How many records may be looked up, matched or booked in one go."""

    async def breathe(self) -> None:
        """Called after every such go and between messages read: gives everybody their turn, and waits where it is asked to."""


class Unhurried:
    """Nobody has to be waited for."""

    size = sys.maxsize

    async def breathe(self) -> None:
        await asyncio.sleep(0)


UNHURRIED = Unhurried()


@dataclass(frozen=True, slots=True)
class Answers:
    """How many payments were answered so far, and how many of them within SLOW_SECONDS; since the switch began."""

    all: int
    quick: int


def are_paid(before: Answers | None, now: Answers | None) -> bool:
    """Whether payments were answered between two looks."""
    return before is not None and now is not None and now.all > before.all


def next_share(share: float, before: Answers | None, now: Answers | None) -> float:
    """Of the time, until the next look. Where nothing is known (no switch to ask, none answered since) it doubles."""
    if before is None or now is None or now.all <= before.all:
        return min(share * _ALONE, 1.0)
    answered, quick = now.all - before.all, now.quick - before.quick
    if answered - quick > ALLOWED_SHARE * answered:
        return max(share * _SLOWER, LEAST_SHARE)
    return min(share * _FASTER, 1.0)


def rest(worked_seconds: float, share: float) -> float:
    """How long to wait after so much work."""
    return worked_seconds * (1 / share - 1)
