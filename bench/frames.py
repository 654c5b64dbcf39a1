"""Authorizations encoded before the clock starts; the generator patches only what makes each one new. Pure.

A 22-element 0100 in EBCDIC. Per message differ DE 11 (STAN), 37 (RRN) and 63: the card's other bytes never change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bench.decide.crypto import chip_data
from simulator.cards import Card
from simulator.messages import Amounts, Extras, Header, Merchant, authorization
from switch.framing import Framing
from switch.iso8583 import Codec, Message

CHARACTER_SET = "cp037"
STANS = 1_000_000
FIRST_BITMAP_AT, STAN_BYTES = 4, 6
_MERCHANT = Merchant("5411", "MERCHANT 000001", "BENCH STREET MARKET", "BRUSSELS", "BEL", "056", "R", "TERM0001")
_DIGITS = bytes.maketrans(b"0123456789", "0123456789".encode(CHARACTER_SET))
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TRIPLES = tuple(f"{a}{b}{c}".encode(CHARACTER_SET) for a in _LETTERS for b in _LETTERS for c in _LETTERS)


@dataclass(frozen=True, slots=True)
class Template:
    """One card's frame in the four pieces between DE 11, DE 37 and the last six characters of DE 63."""

    head: bytes
    between_stan_and_rrn: bytes
    between_rrn_and_reference: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class Frames:
    """Templates, as many per card for each, and where a frame or its reply has its STAN (counted from the length prefix)."""

    templates: Sequence[Template]
    stan_at: int
    cards: int

    def frame(self, number: int) -> bytes:
        """The frame of the message with that number, unique for 2 * 10**9 of them."""
        template = self.templates[number % len(self.templates)]
        rrn = (b"%012d" % number).translate(_DIGITS)
        high, low = divmod(number, len(_TRIPLES))
        return b"".join(
            (template.head, rrn[6:], template.between_stan_and_rrn, rrn, template.between_rrn_and_reference,
             _TRIPLES[high % len(_TRIPLES)], _TRIPLES[low], template.tail)
        )  # fmt: skip


def frames(
    cards: Sequence[Card], transmitted: datetime, *, amount_minor: int = 100, chips: int = 0, has_cvc2: bool = False
) -> Frames:
    """Purchases of one amount in each card's own currency, one template per card; with `chips` so many per card, each with a
    cryptogram of its own (a counter counts once: beyond cards x chips messages they are replays)."""
    codec = Codec(CHARACTER_SET)
    messages = [
        _purchase(card, transmitted, amount_minor, atc=counter if chips else None, has_cvc2=has_cvc2)
        for counter in range(chips or 1) for card in cards
    ]  # fmt: skip
    return Frames([_template(codec, message) for message in messages], 2 + _offset(codec, messages[0], 11), len(cards))


def sample(card: Card, transmitted: datetime) -> bytes:
    """One payload, for whoever measures the codec alone."""
    return Codec(CHARACTER_SET).encode(_purchase(card, transmitted, 100))


def _purchase(card: Card, transmitted: datetime, amount_minor: int, *, atc: int | None = None, has_cvc2: bool = False) -> Message:
    header = Header(transmitted, "000000", "200001", "200002", "000000000000", "MCC000000")
    subelements = {"61": "00000"} | ({"92": card.cvc2} if has_cvc2 else {})
    chip: dict[int, str | bytes] = {} if atc is None else {23: "000", 55: chip_data(card.pan, atc)}
    extras = Extras(subelements, {62: "BENCH"} | chip)
    return authorization(
        header, card, Amounts(amount_minor, card.currency), _MERCHANT, character_set=CHARACTER_SET, extras=extras
    )


def _template(codec: Codec, message: Message) -> Template:
    frame = Framing().wrap(codec.encode(message))
    stan, rrn, reference = (2 + _offset(codec, message, element) for element in (11, 37, 63))
    reference += 3 + 3  # the length digits and "MCC"
    return Template(frame[:stan], frame[stan + 6 : rrn], frame[rrn + 12 : reference], frame[reference + 6 :])


def _offset(codec: Codec, message: Message, element: int) -> int:
    """Where an element begins: everything before it, encoded alone, is that long (one bit map of 8 bytes)."""
    before = {number: value for number, value in message.elements.items() if number < element}
    return len(codec.encode(Message(message.mti, before)))
