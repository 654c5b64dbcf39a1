"""Writes the messages of one scenario: numbers and stamps them, and knows what was sent before. No I/O, no judgement."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from simulator import messages
from simulator.cards import Card
from simulator.chip import Chip, built, read
from simulator.currencies import by_alpha, by_numeric
from simulator.messages import Amounts, Header, altered, trace_id
from simulator.network.conversion import RateTable
from simulator.pin import pin_block
from simulator.private_data import build_private_data
from simulator.stage.amounts import minor_of
from simulator.stage.causes import ADVICE_CAUSES, REVERSAL_CAUSES
from simulator.stage.language import Intent, Scenario, Send
from simulator.stage.merchants import PLACES, Place
from switch.iso8583 import Message

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
PROCESSING_CODES = {
    Intent.CASH: "010000",
    Intent.CASHBACK: "090000",
    Intent.CASH_ADVANCE: "170000",
    Intent.REFUND: "200000",
    Intent.PAYMENT: "280000",
    Intent.BALANCE_INQUIRY: "300000",
    Intent.PIN_CHANGE: "920000",
}
# DE 61 SF7.
STATUSES = {Intent.STATUS_INQUIRY: "8", Intent.PREAUTHORIZATION: "4", Intent.INCREMENT: "4"}
PRIVATE_OF = {Intent.PAYMENT: {"77": "C07"}}
PIN_SECURITY = "9701100001000000"
RATES = RateTable()
BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Written:
    """A message with the card that it is about."""

    message: Message
    card: Card
    amounts: Amounts

    @classmethod
    def of(cls, message: Message, card: Card) -> "Written":
        """One without money."""
        return cls(message, card, Amounts(0, card.currency))


@dataclass(slots=True)
class Composer:
    """One scenario's pen. `now` is UTC without microseconds; `clock` moves it on."""

    scenario: Scenario
    cards: dict[str, Card]
    rng: random.Random
    now: datetime
    character_set: str
    written: dict[str, Written] = field(default_factory=dict)
    replies: dict[str, Message] = field(default_factory=dict)
    _number: int = 0

    def __post_init__(self) -> None:
        self._number = self.rng.randrange(100_000, 900_000)

    def passes(self, text: str) -> None:
        """Time passes: `text` as in the scenario."""
        self.now += span(text)

    def change(self, card: Card, new: Card) -> None:
        """The card is another from now on: its holder has a new PIN."""
        self.cards = {role: new if each.pan == card.pan else each for role, each in self.cards.items()}

    def compose(self, step: Send) -> Written:
        """The message of a step; kept under the step's name."""
        card = self.cards[self.scenario.card_of(step)]
        match step.send:
            case "0180" | "0190":
                found = self._acknowledgement(step)
            case "0400" | "0420":
                found = self._reversal(step)
            case "0800":
                found = Written.of(self.management(step.elements.get("70", messages.ECHO_TEST)), card)
            case _:
                found = self._financial(step, card)
        found = replace(found, message=self._overridden(step, found.message))
        if step.name:
            self.written[step.name] = found
        return found

    def management(self, code: str) -> Message:
        return messages.network_management(self._header(None), code)

    def _financial(self, step: Send, card: Card) -> Written:
        place = PLACES[step.merchant or self.scenario.merchant]
        original = self.written.get(step.of or "")
        amounts = self._amounts(step, card, original)
        header = self._header(step.skew)
        is_advice = step.send in {"0120", "0220"}
        private = self._private(step, card, original) | ({"15": f"{header.transmitted:%m%d%H%M%S}"} if is_advice else {})
        elements = self._elements(step, card, place, amounts)
        if is_advice:
            elements |= _decided(step, header)
        if original is not None and step.purpose is Intent.STAND_IN:
            elements |= {n: original.message.elements[n] for n in (15, 37, 63) if n in original.message.elements}
        message = messages.authorization(
            header,
            card,
            amounts,
            place.merchant,
            character_set=self.character_set,
            mti=step.send,
            processing_code=PROCESSING_CODES.get(step.purpose, messages.PURCHASE),
            extras=messages.Extras(private, elements),
        )
        return Written(message, card, amounts)

    def _amounts(self, step: Send, card: Card, original: Written | None) -> Amounts:
        if step.amount is None and original is not None:
            return original.amounts
        currency = by_alpha(step.currency).numeric if step.currency else card.currency
        minor = minor_of(step.amount or "0", by_numeric(currency).alpha)
        if step.billing is not None:
            billed = minor_of(step.billing, by_numeric(card.currency).alpha)
            return Amounts(minor, currency, billed, card.currency, RATES.rate(currency, card.currency))
        return RATES.amounts(minor, currency, card.currency) if step.converts else Amounts(minor, currency)

    def _private(self, step: Send, card: Card, original: Written | None) -> dict[str, str]:
        private = dict(PRIVATE_OF.get(step.purpose, {}))
        if step.conditions is not None:
            private["61"] = step.conditions
        if step.cvc2 is not None:
            private["92"] = card.cvc2 if step.cvc2 == "right" else _other(card.cvc2)
        if original is not None and step.purpose in {Intent.INCREMENT, Intent.COMPLETION}:
            private["63"] = trace_id(original.message)
        return private | step.private

    def _elements(self, step: Send, card: Card, place: Place, amounts: Amounts) -> dict[int, str | bytes]:
        status = STATUSES.get(step.purpose, "0")
        pos_data = place.pos_data[:6] + status + place.pos_data[7:] + place.merchant.country
        elements: dict[int, str | bytes] = {22: place.entry_mode, 61: pos_data}
        if step.expiry == "wrong":
            elements[14] = f"{(int(card.expiry[:2]) + 1) % 100:02d}{card.expiry[2:]}"
        if step.pin is not None:
            pin = card.pin if step.pin == "right" else _other(card.pin)
            elements |= {52: pin_block(pin, card.pan), 53: PIN_SECURITY}
        if step.cashback is not None:
            cash = minor_of(step.cashback, by_numeric(amounts.currency).alpha)
            elements[54] = f"0040{amounts.currency}D{cash:012d}"
        if step.chip is not None:
            tags = terminal_tags(amounts, place.merchant.country, step.chip.counter, self.now)
            signed = Chip(card.pan, step.chip.psn).signed(tags, is_genuine=step.chip.genuine)
            elements |= {23: f"0{step.chip.psn}", 55: _left_out(signed, step.chip.without)}
        return elements

    def _reversal(self, step: Send) -> Written:
        original = self.written[step.of or ""]
        amounts, remaining = original.amounts, None
        if step.left is not None:
            left = minor_of(step.left, by_numeric(amounts.currency).alpha)
            billed = left
            if amounts.billing_minor is not None:
                billed = RATES.converted(left, amounts.currency, amounts.billing_currency)
            remaining = (left, billed if amounts.billing_minor is not None else 0)
        message = messages.reversal(
            self._header(step.skew), original.message, character_set=self.character_set, mti=step.send, remaining=remaining
        )
        changes: dict[int, str | bytes | None] = {}
        if code := self._approval_code(step.of or ""):
            changes[38] = code
        if step.cause is not None:
            cause = REVERSAL_CAUSES[step.cause]
            changes[60] = cause.reason or None
            changes[39] = cause.result if remaining is None else "32"
        if step.result is not None:
            changes[39] = step.result
        return Written(altered(message, changes), original.card, amounts)

    def _acknowledgement(self, step: Send) -> Written:
        """Of the reply that was seen, else of what would have been it."""
        original = self.written[step.of or ""]
        answered = self.replies.get(step.of or "", original.message)
        message = messages.acknowledgement(step.send, answered)
        return Written(altered(message, {39: step.result or answered.text(39, "00")}), original.card, original.amounts)

    def _approval_code(self, name: str) -> str:
        return self.replies[name].text(38) if name in self.replies else ""

    def _overridden(self, step: Send, message: Message) -> Message:
        changes: dict[int, str | bytes | None] = {int(number): text for number, text in step.elements.items()}
        changes |= dict.fromkeys(step.without)
        if step.private and step.send in {"0400", "0420"}:
            category = message.raw(48)[:1].decode(self.character_set)
            changes[48] = build_private_data(category, step.private, self.character_set)
        return altered(message, changes)

    def _header(self, skew: str | None) -> Header:
        number = self._number
        self._number += 1
        moment = self.now + (span(skew) if skew else timedelta())
        rrn = f"{moment:%j}".rjust(4, "6") + f"{moment:%H}" + f"{number:06d}"
        return Header(
            moment, f"{number:06d}", self.scenario.acquirer, self.scenario.forwarder, rrn, "MCC" + _base36(number + 36**5)
        )


def span(text: str) -> timedelta:
    """ "+2h" or "-30s"."""
    return timedelta(seconds=int(text[:-1]) * SECONDS[text[-1]])


def terminal_tags(amounts: Amounts, country: str, counter: int, now: datetime) -> dict[str, bytes]:
    """What a terminal gives the chip to sign. The unpredictable number follows the counter: nothing depends on its chance."""
    texts = {
        "9F02": f"{amounts.minor:012d}",
        "9F03": "0" * 12,
        "9F1A": f"{country:0>4}",
        "95": "0" * 10,
        "5F2A": f"{amounts.currency:0>4}",
        "9A": f"{now:%y%m%d}",
        "9C": "00",
        "9F37": f"{counter * 2_654_435_761 % 2**32:08X}",
        "82": "1800",
        "9F36": f"{counter:04X}",
    }
    return {tag: bytes.fromhex(text) for tag, text in texts.items()}


def _decided(step: Send, header: Header) -> dict[int, str | bytes]:
    """What the network says of its own decision."""
    reason = "1910000" if step.purpose is Intent.COMPLETION else ADVICE_CAUSES[step.cause or "issuer time-out"].reason
    code = step.result or "00"
    decided: dict[int, str | bytes] = {39: code, 60: reason, 121: "000001"}
    return decided | ({38: header.stan} if code == "00" else {})


def _left_out(signed: bytes, tags: list[str]) -> bytes:
    return built({tag: value for tag, value in read(signed).items() if tag not in tags})


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def _base36(number: int) -> str:
    digits = ""
    for _ in range(6):
        number, digit = divmod(number, 36)
        digits = BASE36[digit] + digits
    return digits
