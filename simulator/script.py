"""A planned network day as data: who sends what, in which order, over which connection, and what must come back."""

import enum
from dataclasses import dataclass, field

from simulator.auditor.accounts import Balance
from simulator.expectation import Expectation
from simulator.messages import ReplyKey
from switch.iso8583 import Message


class Kind(enum.StrEnum):
    """What a message is sent for, in the words of the summary."""

    SIGN_ON = "sign-on"
    SIGN_OFF = "sign-off"
    ECHO_TEST = "echo test"
    PURCHASE = "purchase"
    PURCHASE_ABROAD = "purchase in another currency"
    PURCHASE_WITH_CVC2 = "purchase with CVC2"
    CASH_WITH_PIN = "cash with PIN"
    LAST_CENT = "purchase of all that is left"
    PARTIAL_APPROVAL = "purchase to be approved in part"
    REFUND = "refund authorization"
    UNKNOWN_CARD = "purchase, unknown card"
    REFUSED_CARD = "purchase, card not active"
    EXPIRED_CARD = "purchase, card expired"
    WRONG_EXPIRY = "purchase, wrong expiry"
    WRONG_CVC2 = "purchase, wrong CVC2"
    WRONG_PIN = "cash, wrong PIN"
    INSUFFICIENT_FUNDS = "purchase beyond the balance"
    FULL_REVERSAL = "full reversal"
    PARTIAL_REVERSAL = "partial reversal"
    INEFFECTIVE_REVERSAL = "reversal of more than is held"
    REPEATED_REVERSAL = "repeated reversal"
    UNKNOWN_REVERSAL = "reversal of nothing known"
    EARLY_REVERSAL = "reversal ahead of its purchase"
    OVERTAKEN_PURCHASE = "purchase after its reversal"
    REPEAT = "repeat, identical"
    MARKED_REPEAT = "repeat, 0101"
    REPEAT_ELSEWHERE = "repeat, other connection"
    REPEAT_AT_ONCE = "twice at once"
    CHANGED_REPEAT = "repeat with another amount"
    ADVICE = "advice"
    ADVICE_BEYOND_BALANCE = "advice beyond the balance"
    DECLINED_ADVICE = "advice of a decline"
    REPLACING_ADVICE = "advice replacing our answer"
    REPEATED_ADVICE = "repeated advice"
    BAD_ELEMENT = "malformed element"
    UNREADABLE = "unreadable frame"
    OVERSIZED = "oversized frame"


@dataclass(frozen=True, slots=True)
class Step:
    """One message with its predicted reply; DE 38 is filled in from the reply that `approval_from` names."""

    kind: Kind
    message: Message
    expected: Expectation
    connection: int = 0
    approval_from: ReplyKey | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """Rounds played one after the other; the steps of a round are sent at once. No card: network management."""

    rounds: tuple[tuple[Step, ...], ...]
    pan: str | None = field(default=None, repr=False)

    @property
    def messages(self) -> int:
        return sum(len(steps) for steps in self.rounds)


class Aftermath(enum.Enum):
    """What must follow a frame that is no message."""

    REPLY = "format error reply"
    SILENCE = "no reply, connection kept"
    CLOSED = "connection closed"


@dataclass(frozen=True, slots=True)
class Probe:
    """Bytes that are no good message. `expected` where a reply must come; afterwards `echo` is answered as ever."""

    kind: Kind
    sent: str
    frame: bytes
    aftermath: Aftermath
    echo: Step
    expected: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """Everything the network does in one day, and by PAN what the books must show at its end."""

    seed: int
    connections: int
    opening: tuple[Script, ...]
    scripts: tuple[Script, ...]
    probes: tuple[Probe, ...]
    closing: tuple[Script, ...]
    balances: dict[str, Balance] = field(repr=False)

    @property
    def messages(self) -> int:
        """How many frames the day sends, echo tests after malformed frames included."""
        scripts = (*self.opening, *self.scripts, *self.closing)
        return sum(script.messages for script in scripts) + 2 * len(self.probes)
