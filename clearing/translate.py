"""Clearing messages in the terms of our books; the clear card number stops here. Pure and total.

What a file is made of besides records (header, trailer, addenda, positions, texts) gives None.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache

import orjson

from authorizer.card_numbers import SHORTEST, hide_card_numbers, hide_own_number, masked_pan
from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from clearing import exponents
from clearing.disputes.records import PARTIAL, dispute_of
from clearing.ipm.layouts import all_pds
from clearing.ipm.messages import IpmMessage
from clearing.records import ClearingRecord, EntryMode, Fee, RecordKind, References, Sum, Untranslatable
from ledger.money import BY_NUMERIC

KINDS = {
    ("1240", "200"): RecordKind.PRESENTMENT,
    ("1240", "205"): RecordKind.SECOND_PRESENTMENT,
    ("1240", "282"): RecordKind.SECOND_PRESENTMENT,
    ("1442", "450"): RecordKind.CHARGEBACK,
    ("1442", "453"): RecordKind.CHARGEBACK,
    ("1442", "451"): RecordKind.CHARGEBACK,
    ("1442", "454"): RecordKind.CHARGEBACK,
    **{("1740", code): RecordKind.FEE_COLLECTION for code in ("700", "780", "781", "782", "783", "790")},
}
DISPUTES = frozenset({RecordKind.CHARGEBACK, RecordKind.SECOND_PRESENTMENT})
CREDIT_TYPES = frozenset({"20", "28"})
"""DE 3: refunds and payments to the cardholder; all others take money."""
FEE_TO_US, FEE_FROM_US = "29", "19"
_FEE_LENGTH = 36
ACCOUNT_PDS = frozenset({"0001", "0202"})
"""Nothing but a card number, whatever its form."""
_INPUTS = {
    "1": EntryMode.MANUAL, "6": EntryMode.MANUAL, "2": EntryMode.STRIPE, "B": EntryMode.STRIPE, "3": EntryMode.CODE,
    "4": EntryMode.CODE, "5": EntryMode.CHIP, "C": EntryMode.CHIP, "F": EntryMode.CHIP, "A": EntryMode.CONTACTLESS,
    "M": EntryMode.CONTACTLESS, **dict.fromkeys("7RST", EntryMode.NOT_PRESENT),
}  # fmt: skip
"""By position 7 of DE 22, the card data input mode."""
_CARD_ABSENT, _BY_PIN = "0", "1"
_LINK_TAG, _LINK_LENGTH = "001", 22
_ARN_LENGTH = 23


class _Refusal(Exception):
    """Ends the reading of one message; never leaves this file."""

    def __init__(self, element: int | None, reason: str, tag: str | None = None) -> None:
        super().__init__(reason)
        self.element, self.tag, self.reason = element, tag, reason


def translate(message: IpmMessage, tokenizer: Tokenizer) -> ClearingRecord | Untranslatable | None:
    """The record, or why it cannot be booked, or None for what is no record."""
    if message.mti == "1644":
        return None
    number = int(message.text(71, "0"))
    try:
        return _record(_kind(message), number, message, tokenizer)
    except _Refusal as refusal:
        return Untranslatable(number, refusal.element, refusal.tag, refusal.reason)


def _kind(message: IpmMessage) -> RecordKind:
    kind = KINDS.get((message.mti, message.function_code))
    if kind is None:
        raise _Refusal(24, "a function code that is not known here")
    return kind


def _record(kind: RecordKind, number: int, message: IpmMessage, tokenizer: Tokenizer) -> ClearingRecord:
    pan = _pan(kind, message)
    is_reversal = message.pds.get("0025", "").startswith("R")
    activity, settlement = message.pds.get("0158", ""), message.pds.get("0159", "")
    return ClearingRecord(
        kind=kind,
        number=number,
        function_code=message.function_code,
        is_debit=_is_debit(kind, message) is not is_reversal,
        amount=_sum(message, 6, 51) if 51 in message.elements else _sum(message, 4, 49),
        transaction=_sum(message, 4, 49, is_ours=False),
        settled=_sum(message, 5, 50, is_ours=False) if 5 in message.elements else None,
        reason=message.text(25),
        references=_references(message, pan),
        card_token=tokenizer.token(pan) if pan else None,
        masked_pan=pan.masked if pan else None,
        at=_local_time(message),
        mcc=message.text(26) or None,
        fees=_fees(message),
        is_partial=message.function_code in PARTIAL,
        is_reversal=is_reversal,
        entry=_entry_mode(message.text(22)),
        business_date=_business_date(activity),
        business_cycle=_cycle(activity[18:20]),
        service=_stored(settlement[40:50], pan),
        reconciliation_date=_day(settlement[51:57]),
        reconciliation_cycle=_cycle(settlement[57:59]),
        settlement_date=_day(settlement[59:65]),
        settlement_cycle=_cycle(settlement[65:67]),
        pds=_shown(message.pds, pan),
        dispute=dispute_of(message, lambda text: _stored(text, pan)) if kind in DISPUTES else None,
    )


def _pan(kind: RecordKind, message: IpmMessage) -> Pan | None:
    text = message.text(2)
    if not text and kind is RecordKind.FEE_COLLECTION:
        return None
    try:
        return Pan(text)
    except ValueError:
        raise _Refusal(2, "no card number" if text else "absent") from None


def _is_debit(kind: RecordKind, message: IpmMessage) -> bool:
    """Before a reversal turns it round: does this take money from the cardholder, or for a fee from us?"""
    processing = message.text(3)[:2]
    if not processing:
        raise _Refusal(3, "absent")
    if kind is RecordKind.FEE_COLLECTION:
        if processing not in {FEE_TO_US, FEE_FROM_US}:
            raise _Refusal(3, "a fee collection that says neither debit nor credit")
        return processing == FEE_FROM_US
    is_debit = processing not in CREDIT_TYPES
    return not is_debit if kind is RecordKind.CHARGEBACK else is_debit


def _sum(message: IpmMessage, amount: int, currency: int, *, is_ours: bool = True) -> Sum:
    """What was paid at the till may be in any currency: one that is not kept here stays the code it is."""
    for element in (amount, currency):
        if element not in message.elements:
            raise _Refusal(element, "absent")
    code = message.text(currency)
    asset = _asset(message, code, currency) if is_ours or code in BY_NUMERIC else code
    return Sum(int(message.text(amount)), asset)


def _asset(message: IpmMessage, numeric: str, element: int | None, tag: str | None = None) -> str:
    asset = BY_NUMERIC.get(numeric)
    if asset is None:
        raise _Refusal(element, f"currency {numeric} is not kept here", tag)
    if (why := exponents.objection(message.pds.get(exponents.TAG, ""), asset)) is not None:
        raise _Refusal(None, why, exponents.TAG)
    return asset.code


def _references(message: IpmMessage, pan: Pan | None) -> References:
    """Spaces alone count as absent."""
    return References(
        trace_id=_stored(message.text(63)[1:], pan),
        link_id=_stored(hide_card_numbers(link_of(message.text(105)) or ""), pan),
        approval_code=_stored(message.text(38), pan),
        rrn=_stored(message.text(37), pan),
        arn=_stored(_reference(message.text(31)), pan),
        acquirer=_stored(message.text(32), pan),
        acceptor_id=_stored(message.text(42), pan),
        terminal_id=_stored(message.text(41), pan),
    )


def _stored(text: str, pan: Pan | None) -> str | None:
    """As it may lie in a column: no padding, no control characters, and never the card number, wherever somebody has put it."""
    text = text.strip()
    if pan is not None:
        text = hide_own_number(text, pan.clear)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return text or None


def _reference(text: str) -> str:
    """An ARN has 23 digits in a form of its own, and names the payment: it stays. What is no ARN is somebody's text."""
    return text if len(text) == _ARN_LENGTH and text.isdecimal() else hide_card_numbers(text)


def link_of(text: str) -> str | None:
    """The transaction link identifier in DE 105, of a clearing message or of an authorization."""
    if text[:3] != _LINK_TAG or text[3:6] != f"{_LINK_LENGTH:03d}" or len(text) < 6 + _LINK_LENGTH:
        return None
    return text[6 : 6 + _LINK_LENGTH].strip() or None


def _local_time(message: IpmMessage) -> datetime | None:
    text = message.text(12)
    if not text:
        return None
    if not (len(text) == 12 and text.isascii() and text.isdecimal()):
        raise _Refusal(12, "no date and time")
    try:
        return datetime(_year(text), int(text[2:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:]), tzinfo=UTC)
    except ValueError:
        raise _Refusal(12, "no date and time") from None


def _entry_mode(text: str) -> EntryMode:
    """DE 22: twelve positions, of which 6 says whether the card was there, 7 how it was read, 8 how its holder was known."""
    if len(text) != 12:
        return EntryMode.UNKNOWN
    mode = _INPUTS.get(text[6], EntryMode.UNKNOWN)
    if text[5] == _CARD_ABSENT:
        return EntryMode.NOT_PRESENT
    return EntryMode.CHIP_PIN if mode is EntryMode.CHIP and text[7] == _BY_PIN else mode


def _business_date(activity: str) -> date | None:
    """PDS 0158: program 3, agreement 1 + 6, rate designator 2, then date and cycle."""
    text = activity[12:18]
    if text.strip() and _day(text) is None:
        raise _Refusal(None, "no business date", "0158")
    return _day(text)


@lru_cache(maxsize=1024)
def _day(text: str) -> date | None:
    """YYMMDD; None where it is none. Records of a file share a few days."""
    try:
        return _date(text)
    except ValueError:
        return None


def _cycle(text: str) -> int | None:
    return int(text) if len(text) == 2 and text.isascii() and text.isdigit() else None


def _shown(pds: Mapping[str, str], pan: Pan | None) -> str:
    """Every PDS as JSON, exactly as it came but for card numbers: the message's own wherever it stands, others in free text."""
    places = _without_free_text()
    own = pan.clear if pan is not None else ""
    shown = {tag: value if tag in places else _without_numbers(tag, value, own) for tag, value in pds.items()}
    text = orjson.dumps(shown).decode()
    if "\\u0000" in text:  # which no JSON in Postgres may hold
        text = text.replace("\\u0000", "\\u2400")
    return text.replace(own, masked_pan(own)) if own and own in text else text


@cache
def _without_free_text() -> frozenset[str]:
    """PDS whose positions are known."""
    return frozenset(tag for tag, layout in all_pds().items() if layout.positions)


def _without_numbers(tag: str, value: str, own: str) -> str:
    if tag in ACCOUNT_PDS:
        return "*" * len(value)
    if len(value) < SHORTEST:
        return value
    return hide_card_numbers(hide_own_number(value, own) if own else value)


@lru_cache(maxsize=64)  # a file has one or a few
def _date(text: str) -> date:
    if not (len(text) == 6 and text.isascii() and text.isdecimal()):
        raise ValueError("not six digits")
    return date(_year(text), int(text[2:4]), int(text[4:]))


def _year(text: str) -> int:
    """From the first two digits, as POSIX reads them: 69 to 99 lie behind us. By hand, at a tenth of what strptime costs."""
    year = int(text[:2])
    return year + (1900 if year >= 69 else 2000)


def _fees(message: IpmMessage) -> tuple[Fee, ...]:
    text = message.pds.get("0146", "")
    if len(text) % _FEE_LENGTH:
        raise _Refusal(None, f"{len(text)} long, not occurrences of {_FEE_LENGTH}", "0146")
    return tuple(_fee(message, text[at : at + _FEE_LENGTH]) for at in range(0, len(text), _FEE_LENGTH))


def _fee(message: IpmMessage, text: str) -> Fee:
    side, currency, amount = text[2:4], text[21:24], text[24:36]
    if side not in {FEE_TO_US, FEE_FROM_US}:
        raise _Refusal(None, "a fee that says neither debit nor credit", "0146")
    if not amount.isdecimal():
        raise _Refusal(None, "an amount that is not digits", "0146")
    return Fee(text[:2], Sum(int(amount), _asset(message, currency, None, "0146")), side == FEE_TO_US)
