"""The life of an authorization as a fold over its elements. Pure.

An authorization (with its increments) is a chain of elements. Each authorized element keeps its own amount; a
reversal replaces an element's amount and can only lower it, so the order of reversals does not matter (G5).
What is held is a function of the elements alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    AUTHORIZED = "authorized"
    INCREMENTED = "incremented"
    ADVISED = "advised"
    PARTIALLY_REVERSED = "partially_reversed"
    REVERSED = "reversed"
    REPLACED = "replaced"
    """The network's own advice stands in this element's place."""
    VOIDED = "voided"
    REPEATED = "repeated"
    CAPTURED = "captured"
    EXPIRED = "expired"


OPENING = frozenset({EventKind.AUTHORIZED, EventKind.INCREMENTED, EventKind.ADVISED})
ENDING = frozenset({EventKind.REPLACED, EventKind.VOIDED})
LOWERING = frozenset({EventKind.PARTIALLY_REVERSED, EventKind.REVERSED})


@dataclass(slots=True)  # not frozen: made for every payment
class Event:
    """`authorization_id` names the element. `amount`: opened, captured or expired amount; for a reversal what remains."""

    authorization_id: int
    kind: EventKind
    amount: int
    at: datetime


@dataclass(slots=True)  # not frozen: made for every payment
class Sums:
    authorized: int = 0
    incremented: int = 0
    reversed: int = 0
    captured: int = 0
    expired: int = 0
    held: int = 0


def fold(events: Iterable[Event]) -> Sums:
    """What the elements of one chain come to. `held` is never negative: a capture may exceed what was authorized."""
    amounts: dict[int, int] = {}
    remaining: dict[int, int] = {}
    authorized = incremented = captured = expired = 0
    lowered: dict[int, int] = {}
    for event in events:
        element, amount = event.authorization_id, event.amount
        if event.kind in OPENING:
            amounts[element] = amount
            if event.kind is EventKind.INCREMENTED:
                incremented += amount
            else:
                authorized += amount
        elif event.kind in LOWERING:
            lowered[element] = min(amount, lowered.get(element, amount))
        elif event.kind in ENDING:
            lowered[element] = 0
        elif event.kind is EventKind.CAPTURED:
            captured += amount
        elif event.kind is EventKind.EXPIRED:
            expired += amount
    for element, amount in amounts.items():
        remaining[element] = min(amount, lowered.get(element, amount))
    opened = authorized + incremented
    left = sum(remaining.values())
    return Sums(authorized, incremented, opened - left, captured, expired, max(0, left - captured - expired))
