"""What the store says about one request: the card's facts, a hint on funds, and the reservation it made. Pure data."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from authorizer.facts import CardFacts
from authorizer.limits import Used


class FundsHint(Enum):
    """A hint only: the ledger decides, in both directions."""

    ENOUGH = "enough"
    SHORT = "short"
    UNKNOWN = "unknown"


class Basis(NamedTuple):
    """What the limits were counted on: the ledger's version and balance, and what was under way beside it."""

    version: int
    available: int | None
    times: int
    amount: int


@dataclass(slots=True, kw_only=True)  # not frozen: made for every payment
class Reservation:
    """`facts` is None for an unknown card. The cached balance is the one seen; reservations are not taken off it."""

    reservation_id: bytes
    amount_minor: int
    facts: CardFacts | None
    hint: FundsHint = FundsHint.UNKNOWN
    is_held: bool = False  # it stands in Redis
    cached_available: int | None = None
    cached_version: int | None = None  # None: the balance was not in the cache
    usage: tuple[Used, ...] | None = None  # of each of the card's limits before this request; None: it has none
    basis: Basis | None = None  # of `usage`
