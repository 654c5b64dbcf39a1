"""The issuer as the network understands it: reads each message before it is sent and says what must come back.

A small model of its own: cards, what each account owns and holds, answers already given. It shares nothing with the
switch but the message type. Pure; money is integers in minor units of the card's currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from simulator.cards import Card, Condition
from simulator.expectation import Expectation
from simulator.messages import CASH, REFUND, ReplyKey, reply_key
from simulator.pin import TEST_PIN_KEY, pin_block
from simulator.private_data import read_private_data
from simulator.replies import Answer, predicted_reply
from switch.iso8583 import Message

APPROVING_CODES = frozenset({"00", "08", "10", "85", "87"})
# A repeat with other content is refused; these elements are the content.
CONTENT = (3, 4, 6, 18, 41, 42, 49, 51)
# DE 60 of a 0420 about an answer of ours that did not arrive.
UNDELIVERED = frozenset({"400", "401", "402", "403"})
REFUSED_CONDITIONS = {
    Condition.UNKNOWN: Answer("14", "unknown card"),
    Condition.LOST: Answer("41", "card lost"),
    Condition.STOLEN: Answer("43", "card stolen"),
    Condition.BLOCKED: Answer("62", "card blocked"),
    Condition.INACTIVE: Answer("72", "card not activated"),
    Condition.CLOSED: Answer("46", "card closed"),
}

OriginalKey = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Balance:
    """What the books must show for one card's account, in minor units."""

    posted_minor: int
    holds_minor: int
    floor_minor: int

    @property
    def available_minor(self) -> int:
        return self.posted_minor - self.holds_minor - self.floor_minor


@dataclass(slots=True)
class Hold:
    """What one authorization or advice still holds."""

    minor: int
    is_ours: bool
    replaced_by: "Hold | None" = None
    """The network's own, which stands for the payment since."""


@dataclass(slots=True)
class Account:
    """One card's money and everything by which a later message may name an earlier one."""

    card: Card
    holds: list[Hold] = field(default_factory=list)
    originals: dict[OriginalKey, Hold] = field(default_factory=dict)
    traces: dict[str, Hold] = field(default_factory=dict)
    references: dict[str, Hold] = field(default_factory=dict)
    early_reversals: set[OriginalKey] = field(default_factory=set)

    @property
    def balance(self) -> Balance:
        return Balance(self.card.posted_minor, sum(hold.minor for hold in self.holds), self.card.floor_minor)


class IssuerModel:
    """Predicts reply after reply in the order in which the issuer sees a card's messages."""

    def __init__(self, cards: Iterable[Card], *, today: date, character_set: str, pin_key: bytes = TEST_PIN_KEY) -> None:
        self._accounts = {card.pan: Account(card) for card in cards}
        self._this_month = f"{today:%y%m}"
        self._character_set = character_set
        self._pin_key = pin_key
        self._answers: dict[tuple[str, ReplyKey], tuple[tuple[str, ...], Answer]] = {}

    def balance(self, pan: str) -> Balance:
        return self._accounts[pan].balance

    def balances(self) -> dict[str, Balance]:
        """Every account's balance by PAN, unknown cards left out."""
        known = (account for account in self._accounts.values() if account.card.condition is not Condition.UNKNOWN)
        return {account.card.pan: account.balance for account in known}

    def add_unknown(self, card: Card) -> None:
        """Tells the model of a card that the issuer does not have."""
        self._accounts[card.pan] = Account(card)

    def expect(self, message: Message) -> Expectation:
        """The reply to `message`; call it in the order in which the issuer sees a card's messages."""
        if message.mti.startswith("08"):
            return self._reply(message, Answer("00", "network management"))
        key, content = self._key(message), tuple(message.text(number) for number in CONTENT)
        if key in self._answers:
            stored_content, stored = self._answers[key]
            if stored_content != content:
                return self._reply(message, Answer("94", "same key, other content"))
            return self._reply(message, stored, same_as=reply_key(message))
        answer = self._answered(message, self._accounts[message.text(2)])
        self._answers[key] = (content, answer)
        return self._reply(message, answer)

    def _reply(self, message: Message, answer: Answer, same_as: ReplyKey | None = None) -> Expectation:
        return predicted_reply(message, answer, character_set=self._character_set, same_as=same_as)

    def _key(self, message: Message) -> tuple[str, ReplyKey]:
        return message.text(2), reply_key(message)

    def _answered(self, message: Message, account: Account) -> Answer:
        match message.mti[1:3]:
            case "10":
                answer = self._authorized(message, account)
                return replace(answer, available_minor=account.balance.available_minor)
            case "12":
                return self._advised(message, account)
            case "40" | "42":
                return self._reversed(message, account)
            case other:
                raise AssertionError(f"the model does not play MTI x{other}x")

    def _authorized(self, message: Message, account: Account) -> Answer:
        if refusal := self._refusal(message, account):
            return refusal
        billed, available = _billed(message), account.balance.available_minor
        if message.text(3) == REFUND:
            return Answer("00", "refund noted")
        if billed <= available:
            self._hold(message, account, billed, is_ours=True)
            return Answer("00", "approved")
        if self._takes_part(message) and available > 0:
            self._hold(message, account, available, is_ours=True)
            return Answer("10", "approved in part", part_minor=available)
        return Answer("51", "insufficient funds")

    def _refusal(self, message: Message, account: Account) -> Answer | None:
        """The first thing wrong, in the order in which an issuer explains it."""
        card = account.card
        if card.condition is not Condition.ACTIVE:
            return REFUSED_CONDITIONS[card.condition]
        if card.expiry < self._this_month:
            return Answer("54", "card expired")
        if message.text(14, card.expiry) != card.expiry:
            return Answer("54", "expiry differs")
        if self._subelement(message, "92") not in {None, card.cvc2}:
            return Answer("05", "wrong CVC2", subelements={"87": "N"})
        if 52 in message.elements and message.raw(52) != pin_block(card.pin, card.pan, self._pin_key):
            return Answer("55", "wrong PIN")
        if own_key(message) in account.early_reversals:
            return Answer("05", "reversed before it came")
        return None

    def _advised(self, message: Message, account: Account) -> Answer:
        replaced = account.traces.get(_own_trace(message))
        if account.card.condition is not Condition.UNKNOWN and message.text(39) in APPROVING_CODES:
            is_cancelled = own_key(message) in account.early_reversals
            self._hold(message, account, 0 if is_cancelled else _billed(message), is_ours=False)
        if replaced is not None and replaced.is_ours:
            replaced.minor, replaced.replaced_by = 0, account.originals.get(own_key(message))
        return Answer("00", "advice taken")

    def _reversed(self, message: Message, account: Account) -> Answer:
        """Lowers the named hold to what remains; more than is held changes nothing, nothing named is remembered."""
        original = _named_original(message)
        hold = (
            account.originals.get(original)
            or account.traces.get(self._subelement(message, "63") or "")
            or (account.references.get(message.text(37)) if message.text(38) else None)
        )
        if hold is None:
            account.early_reversals.add(original)
            return Answer("00", "reversal of nothing known")
        remaining = _remaining(message)
        if hold.replaced_by is not None and not _is_about_our_answer(message):
            hold = hold.replaced_by
        is_change = remaining < hold.minor
        hold.minor = min(hold.minor, remaining)
        return Answer("00", "hold lowered" if is_change else "reversal without effect")

    def _hold(self, message: Message, account: Account, minor: int, *, is_ours: bool) -> None:
        hold = Hold(minor, is_ours)
        account.holds.append(hold)
        account.originals[own_key(message)] = hold
        account.traces[_own_trace(message)] = hold
        if message.text(37):
            account.references[message.text(37)] = hold

    def _takes_part(self, message: Message) -> bool:
        return (self._subelement(message, "61") or "0")[0] == "1" and message.text(3) != CASH

    def _subelement(self, message: Message, key: str) -> str | None:
        data = read_private_data(message.raw(48), self._character_set) if 48 in message.elements else None
        return data.subelements.get(key) if data else None


def own_key(message: Message) -> OriginalKey:
    """How a later DE 90 names this message: MTI, STAN, DE 7, DE 32, DE 33."""
    parties = f"{message.text(32):0>11}", f"{message.text(33):0>11}"
    return (message.mti[:3] + "0", message.text(11), message.text(7), *parties)


def _named_original(message: Message) -> OriginalKey:
    data = message.text(90).ljust(42, "0")
    return (data[:4], data[4:10], data[10:20], data[20:31], data[31:42])


def _is_about_our_answer(message: Message) -> bool:
    """A 0420 that says our answer did not arrive: what the network decided itself stays."""
    return message.mti[:3] == "042" and message.text(60)[:3] in UNDELIVERED and not _remaining(message)


def _own_trace(message: Message) -> str:
    return f"{message.text(63)}{message.text(15)}  "


def _billed(message: Message) -> int:
    return int(message.text(6) if 51 in message.elements else message.text(4))


def _remaining(message: Message) -> int:
    amounts = message.text(95).ljust(42, "0")
    return int(amounts[24:36] if 51 in message.elements else amounts[:12])
