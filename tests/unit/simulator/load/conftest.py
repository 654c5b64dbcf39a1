"""Decks and composers for tests without a socket; a composer plans one message a second."""

from collections.abc import Callable
from functools import cache

import pytest

from simulator.cards import Card
from simulator.load.composing import Composer
from simulator.load.deck import Deck, Spelling, deal
from simulator.load.mix import Mix, Traffic
from simulator.load.mix_file import load_mix

BEGINS = 1_764_000_000


@pytest.fixture(scope="session")
def everyday() -> Mix:
    return load_mix("everyday")


@pytest.fixture(scope="session")
def cards(make_card: Callable[..., Card]) -> list[Card]:
    return [make_card(number) for number in range(1, 8)]


@pytest.fixture(scope="session")
def make_deck(cards: list[Card]) -> Callable[..., Deck]:
    """A deck of these conversations in equal shares. Nobody changes a deck, so each is dealt once."""

    @cache
    def make(*conversations: str, character_set: str = "cp037", gap: tuple[int, int] = (1, 3)) -> Deck:
        mix = Mix("of a test", [Traffic(name, 1) for name in conversations], gap_messages=gap)
        return deal(mix, cards, 1, Spelling(character_set))

    return make


@pytest.fixture
def compose() -> Callable[..., Composer]:
    def make(deck: Deck, origin: int = 5_000) -> Composer:
        return Composer(deck, origin, lambda number: BEGINS + number - origin)

    return make
