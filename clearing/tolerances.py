"""By how much a presentment may exceed what was authorized before somebody has to look at it. Data, by merchant category.

It posts in full either way.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tolerance:
    """`percent` on top of what was authorized."""

    percent: int = 0


NO_TOLERANCE = Tolerance()
BY_MCC = {
    "5812": Tolerance(20),  # restaurants: a gratuity
    "5813": Tolerance(20),  # bars
    "5814": Tolerance(20),  # fast food
}
CONVERTED_PERCENT = 5
"""A payment in another currency is billed at the rate of the day it is cleared."""


def allowed(authorized: int, mcc: str | None, *, is_converted: bool) -> int:
    """The most that may be presented in all, in the minor units of `authorized`."""
    percent = BY_MCC.get(mcc or "", NO_TOLERANCE).percent
    return authorized + authorized * max(percent, CONVERTED_PERCENT if is_converted else 0) // 100
