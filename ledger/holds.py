"""The life of an authorization as a fold over its elements. Pure.

An authorization (with its increments) is a chain of elements. Each authorized element keeps its own amount; a
reversal replaces an element's amount and can only lower it, an expired element holds nothing more, captures use up what
is there, the last one ends it. What is held is a function of the set of elements, so their order does not matter (G5).
"""

from collections.abc import Sequence
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
    UNDELIVERED = "undelivered"
    """The network could not pass our answer on (0420 with DE 60 = 400 to 403): what it approved is undone."""
    UNACCEPTED = "unaccepted"
    """The network did not take our answer (0190)."""
    REPEATED = "repeated"
    UNANSWERED = "unanswered"
    """A request or a repeat of it got no answer in time, but another one may have."""
    DEBITED = "debited"
    """Authorized and booked in one message (0200, 0220)."""
    CREDITED = "credited"
    CAPTURED = "captured"
    CAPTURED_LAST = "captured_last"
    """The last presentment: nothing is held any more, whatever else comes."""
    CAPTURE_REVERSED = "capture_reversed"
    """A presentment was taken back; what it had released stays released."""
    REFUNDED = "refunded"
    REFUND_REVERSED = "refund_reversed"
    EXPIRED = "expired"
    DISPUTED = "disputed"
    """A chargeback or a second presentment came for it: on record here, its money is between us and the network."""
    DISPUTE_WITHDRAWN = "dispute_withdrawn"


SINGLE = frozenset({EventKind.DEBITED, EventKind.CREDITED})
"""Booked at once: nothing is ever held, and what is reversed is booked back."""
HOLDING = frozenset({EventKind.AUTHORIZED, EventKind.INCREMENTED, EventKind.ADVISED})
OPENING = HOLDING | SINGLE
ENDING = frozenset({EventKind.REPLACED, EventKind.VOIDED, EventKind.UNDELIVERED, EventKind.UNACCEPTED})
LOWERING = frozenset({EventKind.PARTIALLY_REVERSED, EventKind.REVERSED})
SHAPING = OPENING | ENDING | LOWERING
"""What an element comes to before captures and expiry."""
CAPTURING = frozenset({EventKind.CAPTURED, EventKind.CAPTURED_LAST})


@dataclass(slots=True)  # not frozen: made for every payment
class Event:
    """`authorization_id` names the element. `amount`: opened, captured, refunded or expired; for a reversal what remains."""

    authorization_id: int
    kind: EventKind
    amount: int
    at: datetime


@dataclass(slots=True)  # not frozen: made for every payment
class Sums:
    """`captured` and `refunded` are net of what was taken back; `expired` is what expiry gave back."""

    authorized: int = 0
    incremented: int = 0
    reversed: int = 0
    captured: int = 0
    refunded: int = 0
    expired: int = 0
    held: int = 0


def fold(events: Sequence[Event]) -> Sums:
    """What the elements of one chain come to. `held` is never negative: a capture may exceed what was authorized.

    Captures use up expired elements first: those hold nothing, but what was presented was authorized by them.
    """
    if len(events) == 1 and events[0].kind in HOLDING:  # nearly every chain, nearly always
        amount = events[0].amount
        is_increment = events[0].kind is EventKind.INCREMENTED
        return Sums(0 if is_increment else amount, amount if is_increment else 0, 0, 0, 0, 0, amount)
    amounts: dict[int, int] = {}
    lowered: dict[int, int] = {}
    over: set[int] = set()
    authorized = incremented = captured = taken_back = refunded = expired = 0
    is_ended = any(event.kind in SINGLE for event in events)
    for event in events:
        kind, amount, element = event.kind, event.amount, event.authorization_id
        if kind in OPENING:
            amounts[element] = amount
            if kind is EventKind.INCREMENTED:
                incremented += amount
            else:
                authorized += amount
            captured += amount if kind is EventKind.DEBITED else 0
            refunded += amount if kind is EventKind.CREDITED else 0
        elif kind in LOWERING:
            lowered[element] = min(amount, lowered.get(element, amount))
        elif kind in ENDING:
            lowered[element] = 0
        elif kind in CAPTURING:
            captured += amount
            is_ended = is_ended or kind is EventKind.CAPTURED_LAST
        elif kind is EventKind.EXPIRED:
            expired += amount
            over.add(element)
        elif kind is EventKind.CAPTURE_REVERSED:
            taken_back += amount
        elif kind is EventKind.REFUNDED:
            refunded += amount
        elif kind is EventKind.REFUND_REVERSED:
            refunded -= amount
    left = {element: min(amount, lowered.get(element, amount)) for element, amount in amounts.items()} if lowered else amounts
    remains = sum(left.values())
    used_up = sum(left.get(element, 0) for element in over) if over else 0
    held = 0 if is_ended else max(0, remains - used_up - max(0, captured - used_up))
    return Sums(authorized, incremented, authorized + incremented - remains, captured - taken_back, refunded, expired, held)


def expiry(events: Sequence[Event], at: datetime) -> list[Event]:
    """One event for each element that still counts; together their amounts are what is held and will be released."""
    over = {event.authorization_id for event in events if event.kind is EventKind.EXPIRED}
    to_release = fold(events).held
    ended: list[Event] = []
    for element in [event.authorization_id for event in events if event.kind in OPENING]:
        own = [event for event in events if event.authorization_id == element and event.kind in SHAPING]
        left = fold(own).held
        if left and element not in over:
            ended.append(Event(element, EventKind.EXPIRED, min(left, to_release), at))
            to_release -= ended[-1].amount
    return ended
