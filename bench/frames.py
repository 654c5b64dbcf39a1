"""The benches' traffic for the load generator: one kind of authorization, encoded before the clock starts. Pure.

A 22-element 0100 in EBCDIC. Per message differ the card and DE 7, 11, 12, 13, 15, 37 and 63.
"""

from collections.abc import Sequence
from datetime import datetime

from bench.decide.crypto import chip_data
from simulator.cards import Card
from simulator.load.deck import Deck, Face, Slot, face
from simulator.load.mix import Kind
from simulator.load.templates import HOLES, Place, template
from simulator.messages import Amounts, Extras, Header, Merchant, authorization
from switch.framing import Framing
from switch.iso8583 import Codec, Message

CHARACTER_SET = "cp037"
_MERCHANT = Merchant("5411", "MERCHANT 000001", "BENCH STREET MARKET", "BRUSSELS", "BEL", "056", "R", "TERM0001")
_HOLES: dict[Place, str] = {**HOLES, "48.92": "cvc2", 55: "chip_data"}


def frames(
    cards: Sequence[Card], transmitted: datetime, *, amount_minor: int = 100, chips: int = 0, has_cvc2: bool = False
) -> Deck:
    """Purchases of one amount in each card's own currency; with `chips` so many faces per card, each with a cryptogram of its
    own (a counter counts once: beyond cards x chips messages they are replays)."""
    example = _purchase(cards[0], transmitted, amount_minor, atc=0 if chips else None, has_cvc2=has_cvc2)
    formats = [template(example, Codec(CHARACTER_SET), Framing(), _HOLES)]
    slot = Slot(
        Kind.PURCHASE, 0, _characters(f"{amount_minor:012d}"), _characters("0110"), frozenset({_characters("00")})
    )  # fmt: skip
    faces = [face(card, CHARACTER_SET, formats) for card in cards]
    if chips:
        faces = [_with_chip(one, card, counter) for counter in range(chips) for one, card in zip(faces, cards, strict=True)]
    return Deck([slot], faces, [], CHARACTER_SET)


def sample(card: Card, transmitted: datetime) -> bytes:
    """One payload, for whoever measures the codec alone."""
    return Codec(CHARACTER_SET).encode(_purchase(card, transmitted, 100))


def _with_chip(one: Face, card: Card, counter: int) -> Face:
    return Face(one.values | {b"chip_data": chip_data(card.pan, counter)}, one.formats)


def _purchase(card: Card, transmitted: datetime, amount_minor: int, *, atc: int | None = None, has_cvc2: bool = False) -> Message:
    header = Header(transmitted, "000000", "200001", "200002", "000000000000", "MCC000000")
    subelements = {"61": "00000"} | ({"92": card.cvc2} if has_cvc2 else {})
    chip: dict[int, str | bytes] = {} if atc is None else {23: "000", 55: chip_data(card.pan, atc)}
    extras = Extras(subelements, {62: "BENCH"} | chip)
    return authorization(
        header, card, Amounts(amount_minor, card.currency), _MERCHANT, character_set=CHARACTER_SET, extras=extras
    )


def _characters(text: str) -> bytes:
    return text.encode(CHARACTER_SET)
