"""Decides for an issuer that does not answer: limits per transaction and per card and day, kinds of merchant refused. Pure.

Stand-in knows no balance and no card status: that is what makes its advices worth testing.
"""

import enum
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from simulator.network.plan import StandInLimits
from switch.iso8583 import Message

# Balance inquiry, PIN unblock, PIN change: nobody but the issuer can do these.
ONLY_THE_ISSUER = frozenset({"30", "91", "92"})
CREDITS = frozenset({"20", "21", "22", "28"})


class Reason(enum.StrEnum):
    """DE 60, positions 1-3: why the network decided."""

    SIGNED_OUT = "101"
    TIMED_OUT = "102"
    UNAVAILABLE = "103"
    BAD_REPLY = "109"


@dataclass(frozen=True, slots=True)
class Verdict:
    """DE 39, and DE 60 positions 4-7 (0000 approved, else our own number of the rule that was broken)."""

    code: str
    detail: str = "0000"

    @property
    def is_approved(self) -> bool:
        return self.code == "00"


APPROVED = Verdict("00")
UNAVAILABLE = Verdict("91", "0001")
OVER_AMOUNT = Verdict("61", "0002")
OVER_DAY = Verdict("61", "0003")
MERCHANT_REFUSED = Verdict("57", "0004")
PIN_NOT_CHECKED = Verdict("05", "0005")


class StandIn:
    """Remembers what it has approved per card and settlement day."""

    def __init__(self, limits: StandInLimits) -> None:
        self._limits = limits
        self._day: date | None = None
        self._spent: dict[str, int] = defaultdict(int)

    def decide(self, request: Message, day: date) -> Verdict:
        """The network's own answer; an approval counts towards the card's day."""
        if day != self._day:
            self._day = day
            self._spent.clear()
        verdict = self._verdict(request)
        if verdict.is_approved and request.text(3)[:2] not in CREDITS:
            self._spent[request.text(2)] += _billed(request)
        return verdict

    def _verdict(self, request: Message) -> Verdict:
        limits, billed = self._limits, _billed(request)
        if not limits.is_on or request.text(3)[:2] in ONLY_THE_ISSUER:
            return UNAVAILABLE
        if request.text(18) in limits.refused_mccs:
            return MERCHANT_REFUSED
        if 52 in request.elements and not limits.approves_with_pin:
            return PIN_NOT_CHECKED
        if request.text(3)[:2] in CREDITS:
            return APPROVED
        if billed > limits.amount_minor:
            return OVER_AMOUNT
        if self._spent[request.text(2)] + billed > limits.day_minor:
            return OVER_DAY
        return APPROVED


def _billed(request: Message) -> int:
    return int(request.text(6) or request.text(4) or "0")
