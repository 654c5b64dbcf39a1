"""Small stories of one card: a few messages that belong together, and the table of all stories with their weights.

A story is a function of (desk, card). It decides what is sent; what comes back is the model's affair.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from simulator.cards import Card, Condition
from simulator.desk import Desk
from simulator.messages import CASH, REFUND, Amounts, Extras, advice, altered, authorization, repeated
from simulator.network.parties import CASH_MACHINE, MERCHANTS
from simulator.pin import pin_block
from simulator.script import Kind
from switch.iso8583 import Message


class Suits(Enum):
    """Which cards a story is for."""

    FUNDED = "active with money"
    ACTIVE = "active"
    EXPIRED = "expired"
    REFUSED = "not active"
    UNKNOWN = "unknown to the issuer"


@dataclass(frozen=True, slots=True)
class Story:
    """`weight` is how often it is told among the stories that suit the same card."""

    tell: Callable[[Desk, Card], None]
    suits: Suits
    weight: int


# A card with less than this is left to the stories that need no money.
FUNDED_FROM_MINOR = 2_000


def purchase(desk: Desk, card: Card) -> None:
    desk.send(card, Kind.PURCHASE, desk.purchase(card, desk.affordable(card)))


def purchase_abroad(desk: Desk, card: Card) -> None:
    desk.send(card, Kind.PURCHASE_ABROAD, desk.purchase(card, desk.abroad(desk.affordable(card))))


def purchase_with_cvc2(desk: Desk, card: Card) -> None:
    desk.send(card, Kind.PURCHASE_WITH_CVC2, _online(desk, card, card.cvc2))


def wrong_cvc2(desk: Desk, card: Card) -> None:
    wrong = f"{(int(card.cvc2) + desk.rng.randint(1, 998)) % 1000:03d}"
    desk.send(card, Kind.WRONG_CVC2, _online(desk, card, wrong))


def cash_with_pin(desk: Desk, card: Card) -> None:
    desk.send(card, Kind.CASH_WITH_PIN, _cash(desk, card, card.pin))


def wrong_pin(desk: Desk, card: Card) -> None:
    wrong = f"{(int(card.pin) + desk.rng.randint(1, 9998)) % 10_000:04d}"
    desk.send(card, Kind.WRONG_PIN, _cash(desk, card, wrong))


def refund(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, desk.affordable(card), Extras(elements={3: REFUND}))
    desk.send(card, Kind.REFUND, message)


def wrong_expiry(desk: Desk, card: Card) -> None:
    other = f"{(int(card.expiry[:2]) + 1) % 100:02d}{card.expiry[2:]}"
    message = desk.purchase(card, desk.affordable(card), Extras(elements={14: other}))
    desk.send(card, Kind.WRONG_EXPIRY, message)


def beyond_the_balance(desk: Desk, card: Card) -> None:
    """Refused; and refused in the same words when it is repeated."""
    amounts = Amounts(max(desk.available(card), 0) + desk.rng.randint(1, 50_000), card.currency)
    message = desk.send(card, Kind.INSUFFICIENT_FUNDS, desk.purchase(card, amounts))
    if desk.rng.random() < 0.5:
        desk.send(card, Kind.MARKED_REPEAT, repeated(message))


def last_cent(desk: Desk, card: Card) -> None:
    """All that is left is granted, then not one unit more, until the purchase is reversed."""
    everything = desk.send(card, Kind.LAST_CENT, desk.purchase(card, Amounts(desk.available(card), card.currency)))
    desk.send(card, Kind.INSUFFICIENT_FUNDS, desk.purchase(card, Amounts(1, card.currency)))
    desk.reverse(card, Kind.FULL_REVERSAL, everything)


def partial_approval(desk: Desk, card: Card) -> None:
    amounts = Amounts(desk.available(card) + desk.rng.randint(1, 10_000), card.currency)
    message = desk.send(card, Kind.PARTIAL_APPROVAL, desk.purchase(card, amounts, Extras(subelements={"61": "10000"})))
    desk.send(card, Kind.REPEAT, message)
    desk.reverse(card, Kind.FULL_REVERSAL, message, mti=desk.rng.choice(("0400", "0420")))


def full_reversal(desk: Desk, card: Card) -> None:
    """Reversed by the acquirer or by the network; the answer given before does not change by it."""
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, desk.affordable(card)))
    reversal = desk.reverse(card, Kind.FULL_REVERSAL, message, mti=desk.rng.choice(("0400", "0420")))
    if desk.rng.random() < 0.5:
        desk.send_elsewhere(card, Kind.REPEATED_REVERSAL, repeated(reversal))
    if desk.rng.random() < 0.3:
        desk.reverse(card, Kind.INEFFECTIVE_REVERSAL, message)
    if desk.rng.random() < 0.3:
        desk.send(card, Kind.MARKED_REPEAT, repeated(message))


def reversal_by_trace(desk: Desk, card: Card) -> None:
    """A reversal whose DE 90 names nothing is matched by its trace id."""
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, desk.affordable(card)))
    reversal = desk.written_reversal(message)
    desk.send_reversal(card, Kind.FULL_REVERSAL, message, altered(reversal, {90: "0100" + "0" * 38}))


def partial_reversal(desk: Desk, card: Card) -> None:
    """Lowered once or twice; a higher amount afterwards changes nothing; sometimes the rest is reversed as well."""
    amounts = desk.affordable(card)
    amounts = desk.abroad(amounts) if desk.rng.random() < 0.5 else amounts
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, amounts))
    mti = desk.rng.choice(("0400", "0420"))
    desk.reverse(card, Kind.PARTIAL_REVERSAL, message, mti=mti, remaining=_share(amounts, 2, 3))
    if desk.rng.random() < 0.4:
        lowered = desk.reverse(card, Kind.PARTIAL_REVERSAL, message, mti=mti, remaining=_share(amounts, 1, 3))
        desk.send(card, Kind.REPEATED_REVERSAL, lowered)
    if desk.rng.random() < 0.3:
        desk.reverse(card, Kind.INEFFECTIVE_REVERSAL, message, remaining=_share(amounts, 2, 1))
    if desk.rng.random() < 0.3:
        desk.reverse(card, Kind.FULL_REVERSAL, message)


def unknown_reversal(desk: Desk, card: Card) -> None:
    never_sent = desk.purchase(card, Amounts(desk.rng.randint(100, 5_000), card.currency))
    desk.reverse(card, Kind.UNKNOWN_REVERSAL, never_sent, mti=desk.rng.choice(("0400", "0420")))


def overtaken_purchase(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, desk.affordable(card))
    reversal = desk.reverse(card, Kind.EARLY_REVERSAL, message, mti=desk.rng.choice(("0400", "0420")))
    desk.send(card, Kind.OVERTAKEN_PURCHASE, message)
    desk.send_elsewhere(card, Kind.REPEAT, message)
    desk.send(card, Kind.REPEATED_REVERSAL, repeated(reversal))


def repeats(desk: Desk, card: Card) -> None:
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, desk.affordable(card)))
    desk.send(card, Kind.REPEAT, message)
    desk.send(card, Kind.MARKED_REPEAT, repeated(message))
    desk.send_elsewhere(card, Kind.REPEAT_ELSEWHERE, message)


def twice_at_once(desk: Desk, card: Card) -> None:
    message = desk.purchase(card, desk.affordable(card))
    desk.send_at_once(card, Kind.REPEAT_AT_ONCE, [message, message])


def changed_repeat(desk: Desk, card: Card) -> None:
    """The same key with another amount is refused; the first answer stands."""
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, desk.affordable(card)))
    desk.send(card, Kind.CHANGED_REPEAT, altered(message, {4: f"{int(message.text(4)) + 1:012d}"}))
    desk.send(card, Kind.REPEAT, message)


def plain_advice(desk: Desk, card: Card) -> None:
    message = desk.send(card, Kind.ADVICE, _advice(desk, card, desk.affordable(card)))
    if desk.rng.random() < 0.6:
        desk.send_elsewhere(card, Kind.REPEATED_ADVICE, repeated(message))
    if desk.rng.random() < 0.3:
        desk.reverse(card, Kind.FULL_REVERSAL, message, mti="0420")


def declined_advice(desk: Desk, card: Card) -> None:
    desk.send(card, Kind.DECLINED_ADVICE, _advice(desk, card, desk.affordable(card), code="05"))


def advice_beyond_the_balance(desk: Desk, card: Card) -> None:
    """The advice stands, the next spend is refused; after its reversal the money is there again."""
    beyond = Amounts(desk.available(card) + desk.rng.randint(1_000, 100_000), card.currency)
    message = desk.send(card, Kind.ADVICE_BEYOND_BALANCE, _advice(desk, card, beyond))
    desk.send(card, Kind.INSUFFICIENT_FUNDS, desk.purchase(card, Amounts(100, card.currency)))
    desk.reverse(card, Kind.PARTIAL_REVERSAL, message, mti="0420", remaining=_share(beyond, 9, 10))
    desk.send(card, Kind.INSUFFICIENT_FUNDS, desk.purchase(card, Amounts(beyond.minor, card.currency)))
    if desk.rng.random() < 0.8:
        desk.reverse(card, Kind.FULL_REVERSAL, message, mti="0420")
        desk.send(card, Kind.PURCHASE, desk.purchase(card, desk.affordable(card)))


def replacing_advice(desk: Desk, card: Card) -> None:
    """The network did not get our answer, stood in, and says so: its amount replaces ours. A reversal of the payment lowers
    that; one that is about our answer alone changes nothing any more."""
    message = desk.send(card, Kind.PURCHASE, desk.purchase(card, desk.affordable(card)))
    same_life = {63: message.text(63), 15: message.text(15)}
    desk.send(card, Kind.REPLACING_ADVICE, altered(_advice(desk, card, desk.affordable(card)), same_life))
    if desk.rng.random() < 0.3:
        desk.reverse(card, Kind.FULL_REVERSAL, message)
    elif desk.rng.random() < 0.5:
        desk.reverse(card, Kind.INEFFECTIVE_REVERSAL, message, mti="0420")


def refused_card(desk: Desk, card: Card) -> None:
    """A card that may not spend; advices on it are taken all the same."""
    message = desk.send(card, Kind.REFUSED_CARD, desk.purchase(card, Amounts(500, card.currency)))
    if desk.rng.random() < 0.5:
        desk.send(card, Kind.REPEAT, message)
    if desk.rng.random() < 0.3:
        desk.send(card, Kind.ADVICE, _advice(desk, card, Amounts(desk.rng.randint(100, 900), card.currency)))


def expired_card(desk: Desk, card: Card) -> None:
    extras = Extras(elements={22: "010"})
    message = desk.purchase(card, Amounts(500, card.currency), extras)
    desk.send(card, Kind.EXPIRED_CARD, altered(message, {14: None}) if desk.rng.random() < 0.3 else message)


def unknown_card(desk: Desk, card: Card) -> None:
    message = desk.send(card, Kind.UNKNOWN_CARD, desk.purchase(card, Amounts(1_500, card.currency)))
    if desk.rng.random() < 0.5:
        desk.send_elsewhere(card, Kind.REPEAT, message)
    if desk.rng.random() < 0.3:
        desk.reverse(card, Kind.UNKNOWN_REVERSAL, message)


STORIES = (
    Story(purchase, Suits.FUNDED, 30),
    Story(purchase_abroad, Suits.FUNDED, 12),
    Story(purchase_with_cvc2, Suits.FUNDED, 8),
    Story(cash_with_pin, Suits.FUNDED, 6),
    Story(wrong_cvc2, Suits.FUNDED, 2),
    Story(wrong_pin, Suits.FUNDED, 1),
    Story(refund, Suits.FUNDED, 3),
    Story(wrong_expiry, Suits.FUNDED, 2),
    Story(beyond_the_balance, Suits.ACTIVE, 6),
    Story(last_cent, Suits.FUNDED, 3),
    Story(partial_approval, Suits.FUNDED, 3),
    Story(full_reversal, Suits.FUNDED, 8),
    Story(reversal_by_trace, Suits.FUNDED, 2),
    Story(partial_reversal, Suits.FUNDED, 8),
    Story(unknown_reversal, Suits.ACTIVE, 2),
    Story(overtaken_purchase, Suits.FUNDED, 3),
    Story(repeats, Suits.FUNDED, 5),
    Story(twice_at_once, Suits.FUNDED, 4),
    Story(changed_repeat, Suits.FUNDED, 3),
    Story(plain_advice, Suits.FUNDED, 5),
    Story(declined_advice, Suits.FUNDED, 1),
    Story(advice_beyond_the_balance, Suits.FUNDED, 3),
    Story(replacing_advice, Suits.FUNDED, 2),
    Story(refused_card, Suits.REFUSED, 1),
    Story(expired_card, Suits.EXPIRED, 1),
    Story(unknown_card, Suits.UNKNOWN, 1),
)


def suited(card: Card, available_minor: int, this_month: str) -> frozenset[Suits]:
    """What may be told of `card` in its present state; `this_month` is YYMM."""
    if card.condition is Condition.UNKNOWN:
        return frozenset({Suits.UNKNOWN})
    if card.condition is not Condition.ACTIVE:
        return frozenset({Suits.REFUSED})
    if card.expiry < this_month:
        return frozenset({Suits.EXPIRED})
    return frozenset({Suits.ACTIVE, Suits.FUNDED} if available_minor >= FUNDED_FROM_MINOR else {Suits.ACTIVE})


def _online(desk: Desk, card: Card, cvc2: str) -> Message:
    extras = Extras(subelements={"92": cvc2, "42": "0103210"}, elements={22: "810"})
    return desk.purchase(card, desk.affordable(card), extras)


def _cash(desk: Desk, card: Card, pin: str) -> Message:
    secret: dict[int, str | bytes] = {52: pin_block(pin, card.pan), 53: "9701100001000000", 26: "12"}
    return authorization(
        desk.header(),
        card,
        desk.affordable(card),
        CASH_MACHINE,
        character_set=desk.character_set,
        processing_code=CASH,
        extras=Extras(elements=secret),
    )


def _advice(desk: Desk, card: Card, amounts: Amounts, code: str = "00") -> Message:
    merchant = desk.rng.choice(MERCHANTS)
    return advice(desk.header(), card, amounts, merchant, character_set=desk.character_set, code=code)


def _share(amounts: Amounts, times: int, of: int) -> tuple[int, int]:
    """DE 95 SF1 and SF3: that share of the transaction amount and of the billing amount, at least one unit."""
    billing = amounts.minor if amounts.billing_minor is None else amounts.billing_minor
    return max(1, amounts.minor * times // of), max(1, billing * times // of)
