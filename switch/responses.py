"""The way out: reasons to DE 39, and a reply's elements from the request that it answers. Pure, tables mostly.

Refusals are decided in the domain's own words; this is the only place that knows their codes (domain: DE 39).
"""

from authorizer.reasons import DeclineReason
from ledger.commands import Answer, Answers
from switch.iso8583 import Malformed, Message, Value

RESPONSE_CODES: dict[DeclineReason, str] = {
    DeclineReason.FORMAT_ERROR: "30",
    DeclineReason.DUPLICATE_MISMATCH: "94",
    DeclineReason.REVERSED_BEFORE: "05",
    DeclineReason.REPLACED_BY_ADVICE: "05",
    DeclineReason.UNKNOWN_CARD: "14",
    DeclineReason.CARD_LOST: "41",
    DeclineReason.CARD_STOLEN: "43",
    DeclineReason.CARD_BLOCKED: "62",
    DeclineReason.CARD_INACTIVE: "72",
    DeclineReason.CARD_CLOSED: "46",
    DeclineReason.ACCOUNT_CLOSED: "46",
    DeclineReason.ACCOUNT_FROZEN: "62",
    DeclineReason.CARD_EXPIRED: "54",
    DeclineReason.EXPIRY_MISMATCH: "54",
    DeclineReason.SEQUENCE_NUMBER_MISMATCH: "54",
    DeclineReason.PIN_TRIES_EXCEEDED: "75",
    DeclineReason.WRONG_CRYPTOGRAM: "88",
    DeclineReason.CRYPTOGRAM_UNREADABLE: "88",
    DeclineReason.ATC_REPLAYED: "88",
    DeclineReason.ATC_TOO_FAR: "88",
    DeclineReason.WRONG_CHIP_CVC: "05",
    DeclineReason.WRONG_CVC1: "05",
    DeclineReason.WRONG_CVC3: "05",
    DeclineReason.WRONG_CVC2: "05",
    DeclineReason.AUTHENTICATION_CONTRADICTORY: "63",
    DeclineReason.WRONG_PIN: "55",
    DeclineReason.PIN_UNREADABLE: "86",
    DeclineReason.PIN_NOT_VERIFIABLE: "86",
    DeclineReason.CVC2_REQUIRED: "05",
    DeclineReason.AUTHENTICATION_REQUIRED: "65",
    DeclineReason.TRANSACTION_NOT_SUPPORTED: "57",
    DeclineReason.CURRENCY_NOT_SUPPORTED: "57",
    DeclineReason.INVALID_AMOUNT: "13",
    DeclineReason.MCC_NOT_ALLOWED: "57",
    DeclineReason.MERCHANT_NOT_ALLOWED: "57",
    DeclineReason.COUNTRY_NOT_ALLOWED: "62",
    DeclineReason.CURRENCY_NOT_ALLOWED: "57",
    DeclineReason.ENTRY_MODE_NOT_ALLOWED: "58",
    DeclineReason.PRESENCE_NOT_ALLOWED: "58",
    DeclineReason.CHANNEL_NOT_ALLOWED: "58",
    DeclineReason.TIME_NOT_ALLOWED: "57",
    DeclineReason.CARD_USED_UP: "62",
    DeclineReason.OVER_LIMIT: "61",
    DeclineReason.OVER_COUNT_LIMIT: "65",
    DeclineReason.INSUFFICIENT_FUNDS: "51",
    DeclineReason.TIMEOUT: "91",
    DeclineReason.OVERLOADED: "91",
    DeclineReason.SYSTEM_UNAVAILABLE: "91",
}
APPROVED, PARTIALLY_APPROVED, NOT_DECLINED, SYSTEM_ERROR = "00", "10", "85", "96"

ECHOED = (2, 3, 4, 5, 6, 7, 9, 10, 11, 15, 16, 20, 28, 32, 33, 37, 41, 49, 50, 51, 62, 63, 105)
"""What 0110 and 0130 return as it came, where present."""
ECHOED_BY_REVERSALS = (*ECHOED, 90, 95)
ECHOED_BY_NETWORK_MANAGEMENT = (7, 11, 33, 63, 70)
ECHOED_BY_FILE_UPDATES = (2, 7, 11, 33, 63)
ECHOED_BY_ADVICES = (2, 7, 11, 32, 33, 62, 63)
"""Of administrative advices (0620)."""
RESPONSE_MTIS: dict[str, str] = {
    "0100": "0110",
    "0120": "0130",
    "0200": "0210",
    "0220": "0230",
    "0302": "0312",
    "0400": "0410",
    "0420": "0430",
    "0422": "0432",
    "0600": "0610",
    "0620": "0630",
    "0800": "0810",
}
UNANSWERED = frozenset({"0180", "0190", "0644", "0820"})
"""Acknowledgements, positive and negative, and advices of the network: said, and that is all."""

PERMITTED_CODES: dict[str, frozenset[str]] = {
    "0130": frozenset({"00", "14", "30", "94", "96"}),
    "0230": frozenset({"00", "14", "30", "94", "96"}),
    "0312": frozenset({"00", "25", "27", "30", "40", "63", "80", "96"}),
    "0410": frozenset({"00", "01", "12", "13", "14", "30", "41", "43", "57", "58", "62", "63", "91", "92", "94", "96"}),
    "0430": frozenset({"00", "30", "94", "96"}),
    "0610": frozenset({"00", "30", "57", "58", "91", "92", "96"}),
    "0630": frozenset({"00", "30", "94", "96"}),
    "0810": frozenset({"00", "30", "63", "79", "91", "94", "96"}),
}
"""DE 39 that a response may carry; the others may carry every code. An advice cannot be answered 91: it is 96 there."""
FUNCTION_NOT_SUPPORTED = "40"
"""Of file updates, where others say 57."""

DIGITS = frozenset(bytes((zone + digit,)) for zone in (0x30, 0xF0) for digit in range(10))
"""In ASCII and in EBCDIC; no letter of either is a digit of the other."""


def answer(reason: DeclineReason) -> Answer:
    """A refusal with its DE 39, as the ledger stores it."""
    return Answer(RESPONSE_CODES[reason], reason.value)


ANSWERS = Answers(
    approved=Answer(APPROVED, "approved"),
    partial=Answer(PARTIALLY_APPROVED, "partially_approved"),
    insufficient_funds=answer(DeclineReason.INSUFFICIENT_FUNDS),
    over_limit=answer(DeclineReason.OVER_LIMIT),
    reversed_before=answer(DeclineReason.REVERSED_BEFORE),
    replaced_by_advice=answer(DeclineReason.REPLACED_BY_ADVICE),
    account_closed=answer(DeclineReason.ACCOUNT_CLOSED),
    account_frozen=answer(DeclineReason.ACCOUNT_FROZEN),
    wrong_asset=answer(DeclineReason.CURRENCY_NOT_SUPPORTED),
    conflict=answer(DeclineReason.DUPLICATE_MISMATCH),
    timeout=answer(DeclineReason.TIMEOUT),
)


def message_class(mti: str) -> str:
    """The MTI with its last digit 0: 0101 is a repeat of the class 0100."""
    return mti[:3] + "0"


def is_response(mti: str) -> bool:
    """0110, 0312, 0810...: the answer to a request of ours, or to none."""
    return mti[2] in "135"


def response_mti(mti: str) -> str | None:
    """0100 → 0110, 0421 → 0430, 0302 → 0312. None for what takes no answer: responses, acknowledgements, network advices.

    A type that no manual lists is answered by the general rule, so that nobody waits for nothing.
    """
    known = RESPONSE_MTIS.get(mti) or RESPONSE_MTIS.get(message_class(mti))
    if known is not None:
        return known
    if mti in UNANSWERED or message_class(mti) in UNANSWERED or mti[2] not in "024":
        return None
    return f"{mti[:2]}{int(mti[2]) + 1}0"


def permitted(mti: str, response_code: str) -> str:
    """The code, or the nearest that a response of this type may carry."""
    codes = PERMITTED_CODES.get(mti)
    if codes is None or response_code in codes:
        return response_code
    is_unsupported = response_code == RESPONSE_CODES[DeclineReason.TRANSACTION_NOT_SUPPORTED]
    return FUNCTION_NOT_SUPPORTED if is_unsupported and FUNCTION_NOT_SUPPORTED in codes else SYSTEM_ERROR


def echoed_elements(mti: str) -> tuple[int, ...]:
    match mti[:2], mti[2]:
        case "04", _:
            return ECHOED_BY_REVERSALS
        case "08", _:
            return ECHOED_BY_NETWORK_MANAGEMENT
        case "06", _:
            return ECHOED_BY_ADVICES
        case "03", _:
            return ECHOED_BY_FILE_UPDATES
        case _:
            return ECHOED


def reply(request: Message | Malformed, response_code: str, added: dict[int, Value] | None = None) -> Message | None:
    """The answer to a request: what it echoes, DE 39, and what the decision adds. None where none is due."""
    mti = response_mti(request.mti) if request.mti else None
    if mti is None:
        return None
    assert request.mti is not None
    elements: dict[int, Value] = {n: request.elements[n] for n in echoed_elements(request.mti) if n in request.elements}
    elements[39] = permitted(mti, response_code)
    if 48 in request.elements and mti[:2] in ("01", "02", "04"):
        elements[48] = category_code(request.elements[48])
    if added:
        elements.update(added)
    return Message(mti, elements)


def category_code(additional_data: Value) -> bytes:
    """DE 48 cut down to its transaction category code, which every answer returns; subelements begin with a digit."""
    first = additional_data[:1] if isinstance(additional_data, bytes) else b""
    return b"" if first in DIGITS else first


def format_error(request: Message | Malformed, element: int | None) -> Message | None:
    """DE 39 = 30; the first three digits of DE 44 name the offending element."""
    return reply(request, RESPONSE_CODES[DeclineReason.FORMAT_ERROR], {44: f"{element or 0:03d}"})
