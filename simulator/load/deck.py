"""Which message is the n-th of a load: a shuffled deck of conversations, dealt again and again. Pure.

The deck is a function of mix and seed; the card is the number modulo the cards, so every process knows what any number
means without asking another.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.cards import Card, unknown_card
from simulator.errors import PlanError
from simulator.load.kinds import TemplateMaker
from simulator.load.mix import CONVERSATIONS, Kind, Mix, Turns, expected_codes
from simulator.messages import reply_mti
from simulator.pin import TEST_PIN_KEY, pin_block
from switch.framing import Framing
from switch.iso8583 import Codec

DECK_MESSAGES = 5_000
"""Long enough for a share of one in a thousand, short enough to be made at once."""
STRANGERS = 50
BEYOND_EVERY_BALANCE = 999_999_999_999
_NO_MONEY = frozenset({Kind.BALANCE_INQUIRY, Kind.STATUS_INQUIRY})


@dataclass(frozen=True, slots=True)
class Slot:
    """One message of the deck. `first` and `original`: how many messages before it its conversation began, and the one that
    it names was sent (0: itself, none). `template` is the place of its format among those of a card's shape."""

    kind: Kind
    template: int
    amount: bytes
    reply_mti: bytes
    expected: frozenset[bytes]
    first: int = 0
    original: int = 0


@dataclass(frozen=True, slots=True)
class Face:
    """A card as its messages show it: values for the holes, and the formats that fit its shape."""

    values: dict[bytes, bytes] = field(repr=False)
    formats: Sequence[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deck:
    """`strangers` are well-formed cards that no issuer has seeded."""

    slots: Sequence[Slot]
    faces: Sequence[Face]
    strangers: Sequence[Face]
    character_set: str

    @property
    def follows_up(self) -> bool:
        """Whether any message names an earlier one."""
        return any(slot.original for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the link writes."""

    character_set: str = "cp037"
    framing: Framing = Framing()  # noqa: RUF009 - a frozen value


_USUAL = Spelling()


def deal(mix: Mix, cards: Sequence[Card], seed: int, spelling: Spelling = _USUAL) -> Deck:
    """Raises PlanError where there is no card to play with."""
    if not cards:
        raise PlanError("a load needs at least one card")
    rng = random.Random(seed)  # noqa: S311 - the same seed must deal the same deck
    played = _shuffled(mix, rng)
    kinds = sorted({(turn.kind, turn.merchant, turn.names) for turn in played}, key=lambda one: (one[0], one[1], one[2] or ""))
    strangers = _strangers(rng, cards)
    formats: dict[tuple[int, ...], list[bytes]] = {}
    codec = Codec(spelling.character_set)
    for card in (*cards, *strangers):
        if (shape := _shape(card)) not in formats:
            maker = TemplateMaker(card, codec, spelling.framing)
            formats[shape] = [maker.template(kind, mix.merchants[merchant], names) for kind, merchant, names in kinds]
    numbers = {kind: number for number, kind in enumerate(kinds)}
    return Deck(
        [_slot(turn, numbers[turn.kind, turn.merchant, turn.names], spelling.character_set) for turn in played],
        [face(card, spelling.character_set, formats[_shape(card)]) for card in cards],
        [face(card, spelling.character_set, formats[_shape(card)]) for card in strangers],
        spelling.character_set,
    )


def face(card: Card, character_set: str, formats: Sequence[bytes]) -> Face:
    """The card's bytes; its wrong values are wrong for it alone."""
    texts = {
        "pan": card.pan, "expiry": card.expiry, "currency": card.currency, "cvc2": card.cvc2,
        "wrong_cvc2": f"{(int(card.cvc2) + 1) % 1000:03d}",
        "wrong_expiry": f"{(int(card.expiry[:2]) + 1) % 100:02d}{card.expiry[2:]}",
    }  # fmt: skip
    values = {name.encode(): text.encode(character_set) for name, text in texts.items()}
    return Face(values | {b"pin_block": pin_block(card.pin, card.pan, TEST_PIN_KEY)}, formats)


@dataclass(frozen=True, slots=True)
class _Turn:
    kind: Kind
    merchant: int
    amount_minor: int
    names: Kind | None
    first: int = 0
    original: int = 0


def _shuffled(mix: Mix, rng: random.Random) -> list[_Turn]:
    """Conversations in random order, each later message `gap_messages` behind the one before, as near as there is room."""
    begun = _conversations(mix, rng)
    slots: dict[int, _Turn] = {}
    free = 0
    for turns in begun:
        while free in slots:
            free += 1
        merchant, at, places = rng.randrange(len(mix.merchants)), free, list[int]()
        amounts: list[int] = []
        for kind, named in turns:
            if places:
                at = places[-1] + rng.randint(*mix.gap_messages)
                while at in slots:
                    at += 1
            names = None if named is None else turns[named][0]
            amounts.append(_amount(kind, mix, rng) if kind not in {Kind.REPEAT, Kind.REVERSAL} else amounts[named or 0])
            original = 0 if named is None else at - places[named]
            slots[at] = _Turn(kind, merchant, amounts[-1], names, at - (places[0] if places else at), original)
            places.append(at)
    return _closed_up(slots)


def _closed_up(slots: dict[int, _Turn]) -> list[_Turn]:
    """Without the empty places that late follow-ups leave at the end."""
    place = {at: number for number, at in enumerate(sorted(slots))}
    return [
        _Turn(turn.kind, turn.merchant, turn.amount_minor, turn.names,
              place[at] - place[at - turn.first], place[at] - place[at - turn.original])
        for at, turn in sorted(slots.items())
    ]  # fmt: skip


def _conversations(mix: Mix, rng: random.Random) -> list[Turns]:
    """As many of each as its share says, to the nearest one and at least one, in random order."""
    total = sum(traffic.share for traffic in mix.traffic)
    per_begun = sum(traffic.share / total * len(CONVERSATIONS[traffic.conversation]) for traffic in mix.traffic)
    count = DECK_MESSAGES / per_begun
    shares = Counter[str]()
    for traffic in mix.traffic:
        shares[traffic.conversation] += max(1, round(traffic.share / total * count))
    begun = [CONVERSATIONS[name] for name, times in shares.items() for _ in range(times)]
    rng.shuffle(begun)
    return begun


def _amount(kind: Kind, mix: Mix, rng: random.Random) -> int:
    if kind is Kind.BEYOND_BALANCE:
        return BEYOND_EVERY_BALANCE
    return 0 if kind in _NO_MONEY else mix.spending.draw(rng)


def _slot(turn: _Turn, template: int, character_set: str) -> Slot:
    mti = _mti(turn.kind, turn.names)
    return Slot(
        kind=turn.kind,
        template=template,
        amount=f"{turn.amount_minor:012d}".encode(character_set),
        reply_mti=reply_mti(mti).encode(character_set),
        expected=frozenset(code.encode(character_set) for code in expected_codes(turn.kind)),
        first=turn.first,
        original=turn.original,
    )


def _mti(kind: Kind, names: Kind | None) -> str:
    if kind is Kind.REVERSAL:
        return "0400"
    return "0200" if Kind.SINGLE_MESSAGE in {kind, names} else "0100"


def _strangers(rng: random.Random, cards: Sequence[Card]) -> list[Card]:
    taken = {card.pan for card in cards}
    return [unknown_card(rng, cards[0], taken) for _ in range(STRANGERS)]


def _shape(card: Card) -> tuple[int, ...]:
    """What decides where the bytes stand."""
    return len(card.pan), len(card.expiry), len(card.cvc2), len(card.currency)
