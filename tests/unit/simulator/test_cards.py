import random

import pytest

from simulator.cards import Card, luhn_digit, masked, unknown_card


@pytest.mark.parametrize(("payload", "digit"), [("7992739871", "3"), ("541333000000000", "1"), ("0", "0")])
def test_the_check_digit_is_the_published_one(payload: str, digit: str) -> None:
    assert luhn_digit(payload) == digit


def test_a_card_never_shows_its_number(card: Card) -> None:
    assert card.pan not in repr(card)
    assert card.masked_pan == f"541333******{card.pan[-4:]}"


def test_a_short_number_is_masked_whole() -> None:
    assert masked("5413330001") == "*" * 10


def test_a_stranger_is_well_formed_and_no_seeded_card(card: Card) -> None:
    taken = {card.pan}
    strangers = [unknown_card(random.Random(1), card, taken) for _ in range(3)]
    assert len(taken) == 4
    assert all(luhn_digit(stranger.pan[:-1]) == stranger.pan[-1] for stranger in strangers)
