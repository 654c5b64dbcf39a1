"""How what is cleared may differ from what was authorized, on purpose, and which payments it happens to. Pure."""

import enum
import random
from collections.abc import Iterable, Mapping, Sequence

from simulator.settlement.played import Origin, PlayedTransaction

# Less cannot be split in three or cleared for a third more and still be told from a rounding.
LEAST_MINOR = 300


class Disagreement(enum.StrEnum):
    """One thing that is not as it was authorized; `is_exception`: a reconciliation has to raise it."""

    MISSING = "missing"
    DOUBLED = "doubled"
    OVER_CLEARED = "over-cleared"
    UNDER_CLEARED = "under-cleared"
    SEVERAL_PRESENTMENTS = "several presentments"
    UNAUTHORIZED = "without authorization"
    UNKNOWN_CARD = "unknown card"
    AFTER_EXPIRY = "after expiry"
    AFTER_REVERSAL = "after reversal"
    REVERSED = "presentment reversed"
    WRONG_CURRENCY = "wrong currency"
    CHARGEBACK = "chargeback"
    SECOND_PRESENTMENT = "second presentment"
    FEE_COLLECTION = "fee collection"
    POSITION_DIFFERS = "position differs"
    BANK_DIFFERS = "bank differs"

    @property
    def is_exception(self) -> bool:
        """What settles by itself is part of the trade; all else needs somebody."""
        return self not in _ORDINARY

    @property
    def is_about_payments(self) -> bool:
        """Happens to a payment; the others happen to the evening as a whole, once at most."""
        return self not in {Disagreement.FEE_COLLECTION, Disagreement.POSITION_DIFFERS, Disagreement.BANK_DIFFERS}


_ORDINARY = frozenset(
    {
        Disagreement.UNDER_CLEARED,
        Disagreement.SEVERAL_PRESENTMENTS,
        Disagreement.REVERSED,
        Disagreement.FEE_COLLECTION,
    }
)


def dealt(
    rng: random.Random, payments: Sequence[PlayedTransaction], wanted: Iterable[Disagreement]
) -> Mapping[int, Disagreement]:
    """One payment, by its place, for each kind wanted (a kind may come more than once); kinds that find none are left out."""
    found: dict[int, Disagreement] = {}
    order = rng.sample(range(len(payments)), len(payments))
    for kind in wanted:
        place = next((at for at in order if at not in found and _suits(kind, payments[at])), None)
        if kind.is_about_payments and place is not None:
            found[place] = kind
    return found


def _suits(kind: Disagreement, payment: PlayedTransaction) -> bool:
    if kind is Disagreement.AFTER_REVERSAL:
        return payment.is_reversed and payment.origin is not Origin.SINGLE_MESSAGE
    is_presented = not payment.is_reversed and payment.origin is not Origin.SINGLE_MESSAGE
    is_large = min(payment.amount.minor, payment.settled.minor) >= LEAST_MINOR
    return is_presented and is_large and not payment.is_credit
