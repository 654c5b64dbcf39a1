"""What a load consists of: deterministic from its seed, in the shares of its mix, each conversation in its order."""

from collections import Counter
from collections.abc import Callable

import pytest

from simulator.cards import Card
from simulator.errors import PlanError
from simulator.load.deck import DECK_MESSAGES, Deck, deal
from simulator.load.mix import Kind, Mix, Spending, Spread, Traffic


def test_the_same_seed_deals_the_same_deck(everyday: Mix, cards: list[Card]) -> None:
    assert deal(everyday, cards, 7) == deal(everyday, cards, 7)


def test_another_seed_deals_another_deck(everyday: Mix, cards: list[Card]) -> None:
    assert deal(everyday, cards, 7).slots != deal(everyday, cards, 8).slots


def test_shares_are_kept(cards: list[Card]) -> None:
    deck = deal(Mix("of a test", [Traffic("purchase", 3), Traffic("purchase_reversed", 1)]), cards, 1)
    kinds = Counter(slot.kind for slot in deck.slots)
    assert len(deck.slots) == pytest.approx(DECK_MESSAGES, abs=2)
    assert kinds[Kind.PURCHASE] / kinds[Kind.REVERSAL] == pytest.approx(4, rel=0.01)


def test_even_the_rarest_conversation_is_played(cards: list[Card]) -> None:
    deck = deal(Mix("of a test", [Traffic("purchase", 1_000_000), Traffic("refund", 1)]), cards, 1)
    assert Counter(slot.kind for slot in deck.slots)[Kind.REFUND] == 1


def test_what_follows_names_a_message_of_its_own_conversation(make_deck: Callable[..., Deck]) -> None:
    deck = make_deck("preauthorization_reversed", "purchase_repeated", gap=(2, 9))
    originals = {Kind.INCREMENT: {Kind.PREAUTHORIZATION}, Kind.REPEAT: {Kind.PURCHASE}}
    originals[Kind.REVERSAL] = {Kind.PREAUTHORIZATION, Kind.INCREMENT}
    followers = [(at, slot) for at, slot in enumerate(deck.slots) if slot.original]
    assert len(followers) > DECK_MESSAGES // 2
    for at, slot in followers:
        original = deck.slots[at - slot.original]
        assert original.kind in originals[slot.kind]
        assert deck.slots[at - slot.first].first == 0
        if slot.kind in {Kind.REVERSAL, Kind.REPEAT}:
            assert slot.amount == original.amount


def test_what_follows_keeps_its_distance(make_deck: Callable[..., Deck]) -> None:
    deck = make_deck("purchase_reversed", "purchase", gap=(40, 60))
    gaps = [slot.original for slot in deck.slots if slot.original]
    assert sorted(gaps)[len(gaps) // 2] in range(35, 120)


def test_amounts_keep_to_their_bounds(cards: list[Card]) -> None:
    spending = Spending(Spread.LOGNORMAL, least_minor=900, most_minor=1_100, median_minor=1_000, sigma=2)
    deck = deal(Mix("of a test", [Traffic("purchase", 1)], spending), cards, 1)
    amounts = [int(slot.amount.decode("cp037")) for slot in deck.slots]
    assert (min(amounts), max(amounts)) == (900, 1_100)
    assert len(set(amounts)) > 100


def test_a_load_without_cards_cannot_be_planned(everyday: Mix) -> None:
    with pytest.raises(PlanError):
        deal(everyday, [], 1)
