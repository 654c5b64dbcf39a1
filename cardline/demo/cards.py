"""Which cards the demo seeds, and how the simulator sees them. Pure."""

from dataclasses import dataclass
from datetime import date

from cardline.network.seed import SeededCard
from simulator.cards import Card, Condition
from simulator.currencies import by_alpha


@dataclass(frozen=True, slots=True)
class Batch:
    """Cards that are seeded alike: amounts in minor units, `condition` as it is when the day begins."""

    cards: int
    balance_minor: int
    currency: str = "EUR"
    credit_limit_minor: int = 0
    condition: Condition = Condition.ACTIVE
    is_expired: bool = False


# 200 cards. Most are ordinary; the rest are there so that every refusal and both kinds of account occur.
BATCHES = (
    Batch(126, 100_000),
    Batch(12, 50_000, currency="USD"),
    Batch(6, 60_000, currency="JPY"),
    Batch(16, 0, credit_limit_minor=80_000),
    Batch(12, 500),
    Batch(8, 20_000, condition=Condition.BLOCKED),
    Batch(3, 20_000, condition=Condition.LOST),
    Batch(3, 20_000, condition=Condition.STOLEN),
    Batch(3, 20_000, condition=Condition.INACTIVE),
    Batch(3, 20_000, condition=Condition.CLOSED),
    Batch(8, 20_000, is_expired=True),
)


def past_expiry(today: date) -> str:
    """YYMM of a month that is over."""
    return f"{today.year - 1 - 2000:02d}{today.month:02d}"


def as_played(seeded: SeededCard, batch: Batch) -> Card:
    """A seeded card as the simulator knows it: what its account owned and might owe when it was opened."""
    return Card(
        pan=seeded.pan,
        expiry=seeded.expiry,
        cvc2=seeded.cvc2,
        pin=seeded.pin,
        currency=by_alpha(seeded.currency).numeric,
        posted_minor=batch.balance_minor,
        floor_minor=-batch.credit_limit_minor,
        condition=batch.condition,
    )
