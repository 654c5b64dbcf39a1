from datetime import date

from cardline.demo.cards import BATCHES, Batch, as_played, past_expiry
from cardline.network.seed import SeededCard
from simulator.cards import Condition


def test_the_demo_seeds_two_hundred_cards_of_every_kind() -> None:
    assert sum(batch.cards for batch in BATCHES) == 200
    of_accounts = {Condition.FROZEN}  # scenarios freeze them, by the issuer's own tools
    assert {batch.condition for batch in BATCHES} == set(Condition) - {Condition.UNKNOWN} - of_accounts
    assert any(batch.is_expired for batch in BATCHES)
    assert any(batch.credit_limit_minor for batch in BATCHES)
    assert len({batch.currency for batch in BATCHES}) > 1


def test_a_past_expiry_is_over_whatever_the_month() -> None:
    assert past_expiry(date(2026, 1, 31)) == "2501"
    assert past_expiry(date(2026, 12, 1)) == "2512"


def test_a_credit_card_owns_nothing_and_may_owe_its_limit() -> None:
    seeded = SeededCard(1, 2, "5413330000000001", "2911", "123", "1234", "00", "JPY", 80_000)
    card = as_played(seeded, Batch(1, 0, currency="JPY", credit_limit_minor=80_000, condition=Condition.LOST))
    assert (card.currency, card.posted_minor, card.floor_minor, card.condition) == ("392", 0, -80_000, Condition.LOST)
