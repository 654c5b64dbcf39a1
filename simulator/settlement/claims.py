"""What is presented for each payment, as it should be or with one disagreement. Pure."""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from clearing.ipm.messages import IpmMessage
from simulator.cards import TEST_PREFIX, luhn_digit
from simulator.currencies import CURRENCIES, by_numeric
from simulator.settlement.disagreements import Disagreement
from simulator.settlement.disputing import chargeback, second_presentment
from simulator.settlement.played import Money, PlayedTransaction
from simulator.settlement.presenting import (
    DIFFERENT,
    LAST,
    MORE_TO_COME,
    Presented,
    Sitting,
    addendum,
    presentment,
    share,
)

OVER_PERCENT, UNDER_PERCENT = 135, 60
# The first two of three presentments, in percent; the third has the rest.
PARTS = (40, 35)

Group = tuple[IpmMessage, ...]
"""A message and the addenda that must follow it."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Where invented references come from: payments nobody authorized, cards nobody has."""

    rng: random.Random
    pans: Collection[str]

    def unauthorized(self, payment: PlayedTransaction) -> PlayedTransaction:
        """The same card at the same place, under references that no authorization has."""
        reference = f"MCCX{self.rng.randrange(10**5):05d}"
        return replace(payment, network_reference=reference, approval_code=None, rrn=None)

    def unknown(self, payment: PlayedTransaction) -> PlayedTransaction:
        while True:
            payload = f"{TEST_PREFIX}{self.rng.randrange(10**9):09d}"
            pan = payload + luhn_digit(payload)
            if pan not in self.pans:
                return replace(self.unauthorized(payment), pan=pan)


def groups(
    payment: PlayedTransaction, kind: Disagreement | None, sitting: Sitting, numbers: Iterator[int], stranger: Stranger
) -> list[Group]:
    """The messages for one payment, in the order in which they are sent."""
    whole = Presented(payment.amount, payment.settled, next(numbers))
    match kind:
        case Disagreement.MISSING:
            return []
        case Disagreement.DOUBLED:
            return [_group(payment, whole, sitting), _group(payment, whole, sitting)]
        case Disagreement.OVER_CLEARED:
            return [_group(payment, _scaled(whole, OVER_PERCENT), sitting)]
        case Disagreement.UNDER_CLEARED:
            return [_group(payment, _scaled(whole, UNDER_PERCENT), sitting)]
        case Disagreement.SEVERAL_PRESENTMENTS:
            return [_group(payment, part, sitting) for part in _parts(whole, numbers)]
        case Disagreement.REVERSED:
            taken_back = replace(whole, reverses=sitting.business_date)
            return [_group(payment, whole, sitting), (presentment(payment, taken_back, sitting),)]
        case Disagreement.WRONG_CURRENCY:
            return [_group(payment, replace(whole, settled=_elsewhere(payment.settled)), sitting)]
        case Disagreement.CHARGEBACK:
            return [_group(payment, whole, sitting), (chargeback(payment, whole, sitting),)]
        case Disagreement.SECOND_PRESENTMENT:
            disputed = (chargeback(payment, whole, sitting),), (second_presentment(payment, whole, sitting),)
            return [_group(payment, whole, sitting), *disputed]
        case Disagreement.UNAUTHORIZED | Disagreement.UNKNOWN_CARD:
            other = stranger.unknown(payment) if kind is Disagreement.UNKNOWN_CARD else stranger.unauthorized(payment)
            return [_group(payment, whole, sitting), _group(other, replace(whole, sequence=next(numbers)), sitting)]
        case _:
            return [_group(payment, whole, sitting)]


def own_groups(kind: Disagreement | None, found: list[Group]) -> list[Group]:
    """Of the messages for a payment those that the disagreement is about."""
    return found[1:] if kind in {Disagreement.UNAUTHORIZED, Disagreement.UNKNOWN_CARD} else found


def _group(payment: PlayedTransaction, claim: Presented, sitting: Sitting) -> Group:
    more = addendum(payment)
    return (presentment(payment, claim, sitting), *((more,) if more else ()))


def _scaled(claim: Presented, percent: int) -> Presented:
    amount, settled = share(claim.amount, percent, 100), share(claim.settled, percent, 100)
    return replace(claim, amount=amount, settled=settled, reason=DIFFERENT)


def _parts(whole: Presented, numbers: Iterator[int]) -> Iterator[Presented]:
    amount, settled = whole.amount, whole.settled
    for at, percent in enumerate(PARTS):
        part, settled_part = share(whole.amount, percent, 100), share(whole.settled, percent, 100)
        yield Presented(part, settled_part, whole.sequence if at == 0 else next(numbers), MORE_TO_COME)
        amount = Money(amount.minor - part.minor, amount.currency)
        settled = Money(settled.minor - settled_part.minor, settled.currency)
    yield Presented(amount, settled, next(numbers), LAST)


def _elsewhere(settled: Money) -> Money:
    """As many minor units of another currency with as many decimals, or of euros."""
    own = by_numeric(settled.currency)
    alike = [currency for currency in CURRENCIES if currency.exponent == own.exponent and currency is not own]
    return Money(settled.minor, (alike or CURRENCIES)[0].numeric)
