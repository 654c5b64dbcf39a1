"""Turns an issuer's answer to one message into the reply that must be seen: what is echoed, added and left out.

Only shapes live here; which answer is right is decided in `auditor`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.expectation import ApprovalCode, Expectation
from simulator.messages import ReplyKey, reply_mti
from simulator.private_data import read_private_data
from switch.iso8583 import Message

ECHOED = (2, 3, 4, 5, 6, 7, 9, 10, 11, 15, 16, 20, 28, 32, 33, 37, 41, 49, 50, 51, 62, 63, 105)
ECHOED_IN_MANAGEMENT = (7, 11, 33, 63, 70)
# Sensitive or the acquirer's own: an issuer never sends these back.
NEVER_RETURNED = frozenset({12, 13, 14, 18, 22, 23, 26, 35, 42, 43, 45, 52, 53, 61})
CODES_WITH_APPROVAL = frozenset({"00", "10", "85", "87"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An issuer's decision: DE 39, why, the amount granted where it is less than asked, additions to DE 48.

    `available_minor` is the balance after it, for replies that choose to show one; `shows_balance_in` is the currency
    (ISO 4217 numeric) where they must. `issuer_authentication` is tag 91 of DE 55, in hexadecimal.
    """

    code: str
    reason: str
    part_minor: int | None = None
    subelements: Mapping[str, str] = field(default_factory=dict)
    available_minor: int | None = None
    shows_balance_in: str = ""
    issuer_authentication: str = ""


def predicted_reply(message: Message, answer: Answer, *, character_set: str, same_as: ReplyKey | None = None) -> Expectation:
    """The reply to `message` under `answer`; `same_as` where the answer was given before."""
    echoed = {number: message.text(number) for number in _echoed_elements(message) if number in message.elements}
    granted = _granted_amounts(message, answer.part_minor) if answer.part_minor is not None else {}
    category, returned = _private_data(message, character_set)
    return Expectation(
        mti=reply_mti(message.mti),
        code=answer.code,
        reason=answer.reason if same_as is None else f"{answer.reason}, as before",
        elements=echoed | granted,
        absent=_absent_elements(message, answer),
        approval_code=_approval_code(message, answer),
        category=category,
        subelements=returned | dict(answer.subelements),
        original_amount=(message.text(49), int(message.text(4))) if granted else None,
        available_minor=answer.available_minor,
        shows_balance_in=answer.shows_balance_in,
        issuer_authentication=answer.issuer_authentication,
        same_as=same_as,
    )


def _granted_amounts(message: Message, part_minor: int) -> dict[int, str]:
    """DE 4 and DE 6 reduced as what was granted is to what was asked; `part_minor` is in the currency that was billed."""
    reduced = (4, 6) if 6 in message.elements and 51 in message.elements else (4,)
    asked = int(message.text(reduced[-1]))
    return {number: f"{int(message.text(number)) * part_minor // asked:012d}" for number in reduced}


def _echoed_elements(message: Message) -> tuple[int, ...]:
    match message.mti[1]:
        case "8":
            return ECHOED_IN_MANAGEMENT
        case "4":
            return (*ECHOED, 90)
        case _:
            return ECHOED


def _absent_elements(message: Message, answer: Answer) -> frozenset[int]:
    if message.mti[1] == "8":
        return frozenset()
    unasked = NEVER_RETURNED | frozenset(ECHOED) - message.elements.keys()
    return unasked if answer.issuer_authentication else unasked | {55}


def _approval_code(message: Message, answer: Answer) -> ApprovalCode:
    if message.mti[:3] not in {"010", "020"}:
        return ApprovalCode.ANY
    return ApprovalCode.PRESENT if answer.code in CODES_WITH_APPROVAL else ApprovalCode.ABSENT


def _private_data(message: Message, character_set: str) -> tuple[str, dict[str, str]]:
    """The category code and the subelements that come back: the trace id in a 0410, the advice date to an advice."""
    data = read_private_data(message.raw(48), character_set) if 48 in message.elements else None
    if data is None:
        return "", {}
    returned = {"0400": "63", "0120": "15", "0220": "15", "0420": "15"}.get(message.mti[:3] + "0", "")
    return data.category, {key: value for key, value in data.subelements.items() if key == returned}
