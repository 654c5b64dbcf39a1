"""Traffic as data: which conversations a load consists of, in what shares, at which merchants and for how much. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from simulator.messages import Merchant
from simulator.network.parties import MERCHANTS


class Kind(StrEnum):
    """One message of the load."""

    PURCHASE = "purchase"
    CASH_WITH_PIN = "cash_with_pin"
    ECOMMERCE = "ecommerce"
    PREAUTHORIZATION = "preauthorization"
    INCREMENT = "increment"
    REVERSAL = "reversal"
    REFUND = "refund"
    BALANCE_INQUIRY = "balance_inquiry"
    STATUS_INQUIRY = "status_inquiry"
    REPEAT = "repeat"
    WRONG_CVC2 = "wrong_cvc2"
    WRONG_EXPIRY = "wrong_expiry"
    UNKNOWN_CARD = "unknown_card"
    BEYOND_BALANCE = "beyond_balance"
    SINGLE_MESSAGE = "single_message"


Turns = tuple[tuple[Kind, int | None], ...]
"""Messages of one card in their order, each with the place of the earlier one that it names."""

CONVERSATIONS: dict[str, Turns] = {
    "purchase": ((Kind.PURCHASE, None),),
    "cash_with_pin": ((Kind.CASH_WITH_PIN, None),),
    "ecommerce": ((Kind.ECOMMERCE, None),),
    "preauthorization": ((Kind.PREAUTHORIZATION, None),),
    "preauthorization_incremented": ((Kind.PREAUTHORIZATION, None), (Kind.INCREMENT, 0)),
    "preauthorization_reversed": (
        (Kind.PREAUTHORIZATION, None), (Kind.INCREMENT, 0), (Kind.REVERSAL, 1), (Kind.REVERSAL, 0),
    ),
    "purchase_reversed": ((Kind.PURCHASE, None), (Kind.REVERSAL, 0)),
    "purchase_repeated": ((Kind.PURCHASE, None), (Kind.REPEAT, 0)),
    "refund": ((Kind.REFUND, None),),
    "balance_inquiry": ((Kind.BALANCE_INQUIRY, None),),
    "status_inquiry": ((Kind.STATUS_INQUIRY, None),),
    "single_message": ((Kind.SINGLE_MESSAGE, None),),
    "single_message_reversed": ((Kind.SINGLE_MESSAGE, None), (Kind.REVERSAL, 0)),
    "wrong_cvc2": ((Kind.WRONG_CVC2, None),),
    "wrong_expiry": ((Kind.WRONG_EXPIRY, None),),
    "unknown_card": ((Kind.UNKNOWN_CARD, None),),
    "beyond_balance": ((Kind.BEYOND_BALANCE, None),),
}  # fmt: skip

_APPROVED = frozenset({"00"})
_EXPECTED = {
    Kind.STATUS_INQUIRY: frozenset({"00", "85"}),
    Kind.WRONG_CVC2: frozenset({"05"}),
    Kind.WRONG_EXPIRY: frozenset({"54"}),
    Kind.UNKNOWN_CARD: frozenset({"14"}),
    Kind.BEYOND_BALANCE: frozenset({"51", "61"}),
}


def expected_codes(kind: Kind) -> frozenset[str]:
    """DE 39 of a funded card in good standing."""
    return _EXPECTED.get(kind, _APPROVED)


class Spread(StrEnum):
    """How amounts are distributed between the least and the most."""

    UNIFORM = "uniform"
    LOGNORMAL = "lognormal"
    """Many small ones, few large ones: half of them below the median."""


@dataclass(frozen=True, slots=True)
class Spending:
    """Amounts in minor units of the card's currency; `median_minor` and `sigma` count where the spread is lognormal."""

    spread: Spread = Spread.UNIFORM
    least_minor: int = 100
    most_minor: int = 5_000
    median_minor: int = 1_500
    sigma: float = 0.8

    def draw(self, rng: Random) -> int:
        if self.spread is Spread.UNIFORM:
            return rng.randint(self.least_minor, self.most_minor)
        drawn = round(self.median_minor * rng.lognormvariate(0, self.sigma))
        return max(self.least_minor, min(self.most_minor, drawn))


@dataclass(frozen=True, slots=True)
class Traffic:
    """A conversation and its share of all that begin."""

    conversation: str
    share: float


@dataclass(frozen=True, slots=True)
class Mix:
    """`gap_messages`: how many messages later the next of a conversation leaves, at least and at most."""

    name: str
    traffic: Sequence[Traffic]
    spending: Spending = field(default_factory=Spending)
    merchants: Sequence[Merchant] = MERCHANTS
    gap_messages: tuple[int, int] = (50, 500)
