"""The cards the simulator plays with, as the simulator knows them: test cards of the 541333 range only.

Nothing here comes from the issuer's code. A card's number is kept out of every repr.
"""

import enum
import random
from dataclasses import dataclass, field

TEST_PREFIX = "541333"


class Condition(enum.StrEnum):
    """What the issuer holds about a card, as far as a reply depends on it."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    LOST = "lost"
    STOLEN = "stolen"
    INACTIVE = "inactive"
    CLOSED = "closed"
    FROZEN = "frozen"
    """The account, not the card."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Card:
    """One test card with its account's opening state; amounts in minor units, expiry YYMM, currency ISO 4217 numeric."""

    pan: str = field(repr=False)
    expiry: str
    cvc2: str = field(repr=False)
    pin: str = field(repr=False)
    currency: str
    posted_minor: int
    floor_minor: int = 0
    condition: Condition = Condition.ACTIVE

    @property
    def masked_pan(self) -> str:
        return masked(self.pan)


def masked(pan: str) -> str:
    """First six and last four digits."""
    return f"{pan[:6]}{'*' * max(len(pan) - 10, 0)}{pan[-4:]}" if len(pan) > 10 else "*" * len(pan)


def luhn_digit(payload: str) -> str:
    """The check digit that makes `payload` a valid number (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def unknown_card(rng: random.Random, like: Card, taken: set[str]) -> Card:
    """A well-formed card of the test range that no issuer has seeded; its number is added to `taken`."""
    while True:
        payload = f"{TEST_PREFIX}{rng.randrange(10**9):09d}"
        pan = payload + luhn_digit(payload)
        if pan not in taken:
            taken.add(pan)
            return Card(pan, like.expiry, "000", "0000", like.currency, 0, 0, Condition.UNKNOWN)
