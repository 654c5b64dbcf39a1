"""How much a value of a scenario may be, and whether a message can carry it. Pure; a fault is what was expected, in words."""

from collections.abc import Mapping
from functools import cache

from simulator.stage.amounts import minor_of
from simulator.stage.composing import span
from switch.errors import EncodeError
from switch.iso8583 import Codec, Message

MOST_MINOR = 10**12 - 1
"""DE 4 and DE 6 have twelve digits."""
MOST_DAYS, MOST_DAYS_IN_ALL = 366, 3660
"""Of one length of time, and of all that passes in a scenario: dates stay dates, and a message's DE 7 has no year."""


def amount_fault(text: str, currency: str) -> str | None:
    if minor_of(text, currency) > MOST_MINOR:
        return f"expected at most twelve digits with the decimals, not {text!r}"
    return None


def span_fault(text: str) -> str | None:
    if abs(seconds_of(text)) > MOST_DAYS * 86_400:
        return f"expected at most {MOST_DAYS} days, not {text!r}"
    return None


def seconds_of(text: str) -> float:
    """A length beyond every bound counts as a century."""
    return span(text).total_seconds() if len(text) <= len("+31622400s") else 100 * 366 * 86_400.0


def element_faults(elements: Mapping[str, str]) -> dict[str, str]:
    """By element: why no message can carry its text."""
    found: dict[str, str] = {}
    for number, text in elements.items():
        try:
            _codec().encode(Message("0100", {int(number): text}))
        except EncodeError as error:
            found[number] = f"expected another value: {error.reason}"
    return found


@cache
def _codec() -> Codec:
    return Codec("cp037")
