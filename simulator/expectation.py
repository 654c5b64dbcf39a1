"""What a reply must be, and how a reply differs from it. Pure; whoever predicts fills in an Expectation beforehand.

A difference names the element and both views; card numbers are masked.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.cards import masked
from simulator.chip import read
from simulator.messages import ReplyKey
from simulator.private_data import read_additional_amounts, read_private_data
from switch.iso8583 import Message

# A repeat is answered with the stored answer: these are the same as in the first reply.
STORED_ANSWER = (4, 6, 38, 39, 54)
# Where these differ the issuer may have booked something else than was predicted.
MONEY_ELEMENTS = frozenset({"reply", "MTI", "DE 4", "DE 6", "DE 39"})

AS_FIRST_ANSWERED = " as first answered"


class ApprovalCode(enum.Enum):
    """Whether DE 38 belongs into the reply; its value is the issuer's to choose."""

    PRESENT = "six characters"
    ABSENT = "absent"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Expectation:
    """The predicted reply. `elements` exactly so, `absent` not there, `same_as` names the first reply of a repeat.

    `shows_balance_in`: `available_minor` must be told in that currency (ISO 4217 numeric). `issuer_authentication`: tag 91 of
    DE 55, in hexadecimal.
    """

    mti: str
    code: str
    reason: str
    elements: Mapping[int, str] = field(default_factory=dict)
    absent: frozenset[int] = frozenset()
    approval_code: ApprovalCode = ApprovalCode.ANY
    category: str = ""
    subelements: Mapping[str, str] = field(default_factory=dict)
    original_amount: tuple[str, int] | None = None
    available_minor: int | None = None
    shows_balance_in: str = ""
    issuer_authentication: str = ""
    bad_element: int | None = None
    same_as: ReplyKey | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One element where reply and prediction part."""

    element: str
    expected: str
    got: str

    @property
    def concerns_money(self) -> bool:
        return self.element.removesuffix(AS_FIRST_ANSWERED) in MONEY_ELEMENTS


def differences(expectation: Expectation, reply: Message, first: Message | None, character_set: str) -> tuple[Difference, ...]:
    """Everything in which `reply` is not as predicted; `first` is the reply that `same_as` names, if it came."""
    found = [
        *_element_differences(expectation, reply),
        *_approval_code_differences(expectation, reply),
        *_private_data_differences(expectation, reply, character_set),
        *_amount_differences(expectation, reply),
        *_chip_differences(expectation, reply),
    ]
    if expectation.same_as is not None:
        found += _stored_answer_differences(reply, first)
    return tuple(found)


def shown(number: int, value: str) -> str:
    """An element's value as a person may see it."""
    return masked(value) if number == 2 else value


def _element_differences(expectation: Expectation, reply: Message) -> list[Difference]:
    wanted = dict(expectation.elements) | {39: expectation.code}
    found = [] if reply.mti == expectation.mti else [Difference("MTI", expectation.mti, reply.mti)]
    for number, value in sorted(wanted.items()):
        got = reply.text(number) if number in reply.elements else None
        if got != value:
            found.append(Difference(f"DE {number}", shown(number, value), _shown_or_absent(number, got)))
    unwanted = sorted(expectation.absent & reply.elements.keys())
    found += [Difference(f"DE {number}", "absent", "present") for number in unwanted]
    if expectation.bad_element is not None and not reply.text(44).startswith(f"{expectation.bad_element:03d}"):
        found.append(Difference("DE 44", f"{expectation.bad_element:03d}...", reply.text(44, "absent")))
    return found


def _approval_code_differences(expectation: Expectation, reply: Message) -> list[Difference]:
    code = reply.text(38)
    match expectation.approval_code:
        case ApprovalCode.PRESENT if len(code) != 6 or not code.strip():
            return [Difference("DE 38", "six characters", repr(code) if code else "absent")]
        case ApprovalCode.ABSENT if code:
            return [Difference("DE 38", "absent", "present")]
        case _:
            return []


def _private_data_differences(expectation: Expectation, reply: Message, character_set: str) -> list[Difference]:
    if not expectation.category and not expectation.subelements:
        return []
    data = read_private_data(reply.raw(48), character_set) if 48 in reply.elements else None
    if data is None:
        return [Difference("DE 48", expectation.category or "present", "absent or not to be parsed")]
    found = []
    if expectation.category and data.category != expectation.category:
        found.append(Difference("DE 48 category", expectation.category, data.category))
    for key, value in expectation.subelements.items():
        if data.subelements.get(key) != value:
            found.append(Difference(f"DE 48.{key}", value, data.subelements.get(key, "absent")))
    return found


def _amount_differences(expectation: Expectation, reply: Message) -> list[Difference]:
    """DE 54: the original amount (type 57) must be there where asked for; a balance (type 02) must be right if shown."""
    amounts = read_additional_amounts(reply.text(54))
    if amounts is None:
        return [Difference("DE 54", "occurrences of 20", "not to be parsed")]
    found = []
    if expectation.original_amount is not None:
        currency, minor = expectation.original_amount
        if not any((amount.kind, amount.currency, abs(amount.minor)) == ("57", currency, minor) for amount in amounts):
            found.append(Difference("DE 54 type 57", f"{minor} in {currency}", reply.text(54, "absent")))
    told = {(amount.currency, amount.minor) for amount in amounts if amount.kind == "02"}
    wanted = (expectation.shows_balance_in, expectation.available_minor)
    if expectation.shows_balance_in and wanted not in told:
        found.append(Difference("DE 54 type 02", f"{wanted[1]} in {wanted[0]}", reply.text(54, "absent")))
    balances = {amount.minor for amount in amounts if amount.kind == "02"}
    if expectation.available_minor is not None and balances - {expectation.available_minor}:
        found.append(Difference("DE 54 type 02", str(expectation.available_minor), reply.text(54)))
    return found


def _chip_differences(expectation: Expectation, reply: Message) -> list[Difference]:
    if not (wanted := expectation.issuer_authentication):
        return []
    got = read(reply.raw(55)).get("91", b"").hex().upper()
    return [] if got == wanted else [Difference("DE 55 tag 91", wanted, got or "absent")]


def _stored_answer_differences(reply: Message, first: Message | None) -> list[Difference]:
    if first is None:
        return [Difference("first reply", "received", "none to compare with")]
    pairs = [(number, first.text(number, "absent"), reply.text(number, "absent")) for number in STORED_ANSWER]
    return [Difference(f"DE {number}{AS_FIRST_ANSWERED}", then, now) for number, then, now in pairs if then != now]


def _shown_or_absent(number: int, value: str | None) -> str:
    return "absent" if value is None else shown(number, value)
