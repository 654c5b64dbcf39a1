"""Frames with their holes filled: messages that decode, and that say of each other what they must."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulator.cards import Card
from simulator.load.composing import Composer, first_number
from simulator.load.deck import Deck, Spelling, deal
from simulator.load.mix import CONVERSATIONS, Kind
from simulator.load.mix_file import load_mix
from simulator.messages import original_data, reply_key, trace_id
from simulator.pin import pin_block
from simulator.private_data import read_private_data
from switch.framing import FrameReader, Framing
from switch.iso8583 import Codec, Message

Compose = Callable[..., Composer]
MakeDeck = Callable[..., Deck]


def played(composer: Composer, deck: Deck, origin: int = 5_000) -> list[Message]:
    """The whole deck as an issuer reads it; a frame that is no message fails here."""
    reader, codec = FrameReader(Framing()), Codec(deck.character_set)
    messages = [codec.decode(reader.feed(composer.compose(origin + at)[0])[0]) for at in range(len(deck.slots))]
    assert [message for message in messages if not isinstance(message, Message)] == []
    return [message for message in messages if isinstance(message, Message)]


@pytest.mark.parametrize("character_set", ["cp037", "ascii"])
def test_every_conversation_is_made_of_sound_messages(make_deck: MakeDeck, compose: Compose, character_set: str) -> None:
    deck = make_deck(*CONVERSATIONS, character_set=character_set)
    kinds = {slot.kind for slot in deck.slots}
    assert kinds == set(Kind)
    assert len(played(compose(deck), deck)) == len(deck.slots)


def test_the_key_is_that_of_the_reply(make_deck: MakeDeck, compose: Compose) -> None:
    deck = make_deck(*CONVERSATIONS)
    composer = compose(deck)
    for at, message in enumerate(played(composer, deck)[:500]):
        mti, stamp, stan, _, _ = reply_key(message)
        assert composer.compose(5_000 + at)[1] == (mti + stamp + stan).encode("cp037")


def test_no_two_messages_but_repeats_have_the_same_key(make_deck: MakeDeck, compose: Compose) -> None:
    deck = make_deck("purchase", "purchase_reversed", "purchase_repeated")
    composer = compose(deck)
    keys = [composer.compose(5_000 + at)[1] for at, slot in enumerate(deck.slots) if slot.kind is not Kind.REPEAT]
    assert len(set(keys)) == len(keys)


def test_a_reversal_names_its_original(make_deck: MakeDeck, compose: Compose) -> None:
    deck = make_deck("preauthorization_reversed", "single_message_reversed")
    messages = played(compose(deck), deck)
    for at, slot in enumerate(deck.slots):
        if slot.kind is Kind.REVERSAL:
            original, reversal = messages[at - slot.original], messages[at]
            assert reversal.text(90) == original_data(original)
            private = read_private_data(reversal.raw(48), "cp037")
            assert private is not None
            assert private.subelements["63"] == trace_id(original)
            for element in (2, 3, 4, 37, 42, 49):
                assert reversal.text(element) == original.text(element)
            assert reversal.text(11) != original.text(11)


def test_an_increment_is_a_preauthorization_that_names_the_first(make_deck: MakeDeck, compose: Compose) -> None:
    deck = make_deck("preauthorization_incremented")
    messages = played(compose(deck), deck)
    for at, slot in enumerate(deck.slots):
        if slot.kind is Kind.INCREMENT:
            private = read_private_data(messages[at].raw(48), "cp037")
            assert private is not None
            first = messages[at - slot.original]
            assert private.subelements["63"] == trace_id(first)
            assert messages[at].text(61)[6] == first.text(61)[6] == "4"
            assert messages[at].text(2) == first.text(2)


def test_a_repeat_is_its_original_with_another_message_type(make_deck: MakeDeck, compose: Compose) -> None:
    deck = make_deck("purchase_repeated")
    messages = played(compose(deck), deck)
    repeats = [(at, slot) for at, slot in enumerate(deck.slots) if slot.kind is Kind.REPEAT]
    assert repeats
    for at, slot in repeats:
        assert messages[at].mti == "0101"
        assert messages[at].elements == messages[at - slot.original].elements


def test_a_card_shows_its_own_secrets(make_deck: MakeDeck, compose: Compose, cards: list[Card]) -> None:
    deck = make_deck("ecommerce", "cash_with_pin", "wrong_cvc2", "wrong_expiry")
    by_pan = {card.pan: card for card in cards}
    for slot, message in zip(deck.slots, played(compose(deck), deck), strict=True):
        card, private = by_pan[message.text(2)], read_private_data(message.raw(48), "cp037")
        assert private is not None
        match slot.kind:
            case Kind.ECOMMERCE:
                assert private.subelements["92"] == card.cvc2
            case Kind.WRONG_CVC2:
                assert private.subelements["92"] != card.cvc2
            case Kind.CASH_WITH_PIN:
                assert message.raw(52) == pin_block(card.pin, card.pan)
            case Kind.WRONG_EXPIRY:
                assert message.text(14) != card.expiry


def test_an_unknown_card_is_none_of_the_given(make_deck: MakeDeck, compose: Compose, cards: list[Card]) -> None:
    deck = make_deck("unknown_card")
    assert not {card.pan for card in cards} & {message.text(2) for message in played(compose(deck), deck)}


def test_cards_with_numbers_of_another_length_have_frames_of_their_own(cards: list[Card], compose: Compose) -> None:
    longer = Card(cards[0].pan + "000", "2912", "123", "1234", "978", 0)
    deck = deal(load_mix("purchases"), [*cards, longer], 1, Spelling())
    assert {message.text(2) for message in played(compose(deck), deck)} == {card.pan for card in (*cards, longer)}


def test_a_message_depends_on_its_number_alone(make_deck: MakeDeck, compose: Compose) -> None:
    deck = make_deck(*CONVERSATIONS)
    forwards, backwards = compose(deck), compose(deck)
    numbers = range(5_000, 5_400)
    frames = [forwards.compose(number)[0] for number in numbers]
    assert frames == [backwards.compose(number)[0] for number in reversed(numbers)][::-1]


def test_numbers_of_two_runs_of_a_day_lie_apart() -> None:
    first, second = (first_number(datetime(2026, 11, 26, 10, 0, at, tzinfo=UTC)) for at in (0, 30))
    assert second - first == 30 * 20_000
