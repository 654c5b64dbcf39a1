"""What is shown of a card, in words."""

from dataclasses import replace
from datetime import UTC, datetime

from cardline.people.card_view import _pin
from ledger.issuing import CardView

CARD = CardView(
    card_id=7, account_id=9, lineage=7, pan_masked="541333******0005", expiry="2912", psn="00", has_pin=True, wrong_pins=1,
    status="active", account_status="open", asset="EUR", available=0, program=None, facts_version=1,
    issued_at=datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip


def test_the_tries_that_are_left_follow_the_policy() -> None:
    assert _pin(CARD, 3) == "PIN set, 2 of 3 tries left"
    assert _pin(replace(CARD, wrong_pins=5), 3) == "PIN set, no try left: only a new PIN helps"
    assert _pin(replace(CARD, has_pin=False), 3) == "no PIN"
