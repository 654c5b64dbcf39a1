"""Clearing messages in the terms of our books; the clear card number stops here. Pure and total.

Presentments always post: only what a record is, which way its money goes and how much must be readable. What else is not is
a flaw that the record carries, and it posts with what is sound. What a file is made of besides records (header, trailer,
addenda, positions, texts) gives None.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

import orjson

from authorizer.card_numbers import SHORTEST, hide_card_numbers, hide_own_number, masked_pan
from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from clearing import exponents
from clearing.days import AHEAD, BEHIND, FileDays, century_of, day_of
from clearing.disputes.records import PARTIAL, dispute_of
from clearing.ipm.layouts import all_pds
from clearing.ipm.messages import IpmMessage
from clearing.records import ClearingRecord, EntryMode, Fee, Flaw, RecordKind, References, Sum, Untranslatable
from ledger.money import ASSETS, BY_NUMERIC

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
_LAST_HOUR = "23"
"""ISO 8601 knows an hour 24 too: midnight of the next day."""
_LINK_TAG, _LINK_LENGTH = "001", 22
_ARN_LENGTH = 23
_Read = TypeVar("_Read")


class _Refusal(Exception):
    """Ends the reading of one message, or of one of its parts; never leaves this file."""

    def __init__(self, element: int | None, reason: str, tag: str | None = None) -> None:
        super().__init__(reason)
        self.element, self.tag, self.reason = element, tag, reason


def translate(message: IpmMessage, tokenizer: Tokenizer, days: FileDays) -> ClearingRecord | Untranslatable | None:
    """The record, or why it cannot be booked, or None for what is no record. `days`: those that it may be of."""
    if message.mti == "1644":
        return None
    number = int(message.text(71, "0"))
    try:
        return _record(_kind(message), number, message, tokenizer, days)
    except _Refusal as refusal:
        flaw = Flaw(refusal.element, refusal.tag, refusal.reason)
        return Untranslatable(number, flaw, _at_stake(message), _or_flaw([], "", _named_day, message, days) or days.own)


def _kind(message: IpmMessage) -> RecordKind:
    kind = KINDS.get((message.mti, message.function_code))
    if kind is None:
        raise _Refusal(24, "a function code that is not known here")
    return kind


def _record(kind: RecordKind, number: int, message: IpmMessage, tokenizer: Tokenizer, days: FileDays) -> ClearingRecord:
    is_reversal = message.pds.get("0025", "").startswith("R")
    is_debit = _is_debit(kind, message) is not is_reversal
    flaws: list[Flaw] = []
    _or_flaw(flaws, "its amounts are taken in the decimals that are kept here", _check_decimals, message)
    settled = _settled(message, flaws)
    amount, is_billed = _amount(message, settled, flaws)
    transaction = amount if is_billed and 51 not in message.elements else _transaction(message, flaws)
    pan = _or_flaw(flaws, "no cardholder can be found", _pan, kind, message)
    own = pan.clear if pan is not None else ""
    named_day = _or_flaw(flaws, "it is of the date of its file", _named_day, message, days)
    _or_flaw(flaws, "its settlement is known as far as it can be read: its position may differ", _check_settlement, message)
    activity, settlement = message.pds.get("0158", ""), message.pds.get("0159", "")
    return ClearingRecord(
        kind=kind,
        number=number,
        function_code=message.function_code,
        is_debit=is_debit,
        amount=amount,
        transaction=transaction,
        settled=settled,
        reason=message.text(25),
        references=_references(message, own),
        card_token=tokenizer.token(pan) if pan else None,
        masked_pan=pan.masked if pan else None,
        at=_or_flaw(flaws, "booked under the time at which its file came", _local_time, message),
        mcc=message.text(26) or None,
        fees=_or_flaw(flaws, "no interchange is booked: ask the network which fee it settles", _fees, message) or (),
        is_partial=message.function_code in PARTIAL,
        is_reversal=is_reversal,
        entry=_entry_mode(message.text(22)),
        business_date=named_day or days.own,
        business_cycle=_cycle(activity[18:20]) if named_day is not None else None,
        service=_stored(settlement[40:50], own),
        reconciliation_date=day_of(settlement[51:57]),
        reconciliation_cycle=_cycle(settlement[57:59]),
        settlement_date=day_of(settlement[59:65]),
        settlement_cycle=_cycle(settlement[65:67]),
        pds=_shown(message.pds, own),
        dispute=dispute_of(message, lambda text: _stored(hide_card_numbers(text), own)) if kind in DISPUTES else None,
        is_billed=is_billed,
        flaws=tuple(flaws),
    )


def _or_flaw(flaws: list[Flaw], effect: str, read: Callable[..., _Read], *arguments: Any) -> _Read | None:
    """What is read, or None and one flaw more; never two of the same."""
    try:
        return read(*arguments)
    except _Refusal as refusal:
        flaw = Flaw(refusal.element, refusal.tag, refusal.reason, effect)
        if all((one.element, one.tag, one.reason) != (flaw.element, flaw.tag, flaw.reason) for one in flaws):
            flaws.append(flaw)
        return None


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


def _settled(message: IpmMessage, flaws: list[Flaw]) -> Sum | None:
    return _or_flaw(flaws, "taken as settled like it is billed", _sum, message, 5, 50) if 5 in message.elements else None


def _transaction(message: IpmMessage, flaws: list[Flaw]) -> Sum | None:
    return _or_flaw(flaws, "what was paid at the till is not known", _sum, message, 4, 49)


def _amount(message: IpmMessage, settled: Sum | None, flaws: list[Flaw]) -> tuple[Sum, bool]:
    """What is billed; where that cannot be read what is settled, and False."""
    if settled is None or settled.asset not in ASSETS:
        return _billed(message), True
    billed = _or_flaw(flaws, "what the network settles waits in suspense", _billed, message)
    return (settled, False) if billed is None else (billed, True)


def _billed(message: IpmMessage) -> Sum:
    amount, currency = (6, 51) if 51 in message.elements else (4, 49)
    billed = _sum(message, amount, currency)
    if billed.asset not in ASSETS:
        raise _Refusal(currency, f"currency {billed.asset} is not kept here")
    return billed


def _at_stake(message: IpmMessage) -> Sum | None:
    """Of what cannot be booked: what the network settles, else what is billed."""
    unread: list[Flaw] = []
    settled = _settled(message, unread)
    return settled if settled is not None and settled.asset in ASSETS else _or_flaw(unread, "", _billed, message)


def _sum(message: IpmMessage, amount: int, currency: int) -> Sum:
    """In any currency: one that is not kept here stays the code it is."""
    for element in (amount, currency):
        if element not in message.elements:
            raise _Refusal(element, "absent")
    code = message.text(currency)
    asset = _asset(message, code, currency) if code in BY_NUMERIC else code
    return Sum(int(message.text(amount)), asset)


def _asset(message: IpmMessage, numeric: str, element: int | None, tag: str | None = None) -> str:
    asset = BY_NUMERIC.get(numeric)
    if asset is None:
        raise _Refusal(element, f"currency {numeric} is not kept here", tag)
    if (why := exponents.objection(message.pds.get(exponents.TAG, ""), asset)) is not None:
        raise _Refusal(None, why, exponents.TAG)
    return asset.code


def _check_decimals(message: IpmMessage) -> None:
    if (why := exponents.unread(message.pds.get(exponents.TAG, ""))) is not None:
        raise _Refusal(None, why, exponents.TAG)


def _references(message: IpmMessage, own: str) -> References:
    """Spaces alone count as absent."""
    return References(
        trace_id=_stored(message.text(63)[1:], own),
        link_id=_stored(hide_card_numbers(link_of(message.text(105)) or ""), own),
        approval_code=_stored(message.text(38), own),
        rrn=_stored(message.text(37), own),
        arn=_stored(_reference(message.text(31)), own),
        acquirer=_stored(message.text(32), own),
        acceptor_id=_stored(message.text(42), own),
        terminal_id=_stored(message.text(41), own),
    )


def _stored(text: str, own: str) -> str | None:
    """As it may lie in a column: no padding, no control characters, and never the card number, wherever somebody has put it."""
    text = text.strip()
    if own:
        text = hide_own_number(text, own)
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
    if not (len(text) == 12 and text.isascii() and text.isdecimal() and text[6:8] <= _LAST_HOUR):
        raise _Refusal(12, "no date and time")
    try:
        return datetime.fromisoformat(f"{century_of(text)}{text[:6]}T{text[6:]}Z")  # at a third of what the constructor costs
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


def _business_day(message: IpmMessage) -> str:
    """PDS 0158: program 3, agreement 1 + 6, rate designator 2, then date and cycle."""
    return message.pds.get("0158", "")[12:18]


def _named_day(message: IpmMessage, days: FileDays) -> date | None:
    text = _business_day(message)
    day = day_of(text)
    if day is None and text.strip():
        raise _Refusal(None, "no business date", "0158")
    if day is not None and not days.first <= day <= days.last:
        raise _Refusal(None, f"a date more than {BEHIND.days} days before its file's or {AHEAD.days} after it", "0158")
    return day


def _check_settlement(message: IpmMessage) -> None:
    """PDS 0159: agent 11, account 28, level 1, service 10, rate class 1, then date and cycle of reconciliation and settlement."""
    text = message.pds.get("0159", "")
    if text and text.strip() and not (text[40:50].strip() and day_of(text[51:57])):
        raise _Refusal(None, "no settlement service or no reconciliation date", "0159")


@lru_cache(maxsize=128)
def _cycle(text: str) -> int | None:
    return int(text) if len(text) == 2 and text.isascii() and text.isdigit() else None


def _shown(pds: Mapping[str, str], own: str) -> str:
    """Every PDS as JSON, exactly as it came but for card numbers: the message's own wherever it stands, others in free text."""
    places = _without_free_text()
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


def _fees(message: IpmMessage) -> tuple[Fee, ...]:
    text = message.pds.get("0146", "")
    if len(text) % _FEE_LENGTH:
        raise _Refusal(None, f"{len(text)} long, not occurrences of {_FEE_LENGTH}", "0146")
    fees = tuple(_fee(message, text[at : at + _FEE_LENGTH]) for at in range(0, len(text), _FEE_LENGTH))
    if any(fee.amount.asset != fees[0].amount.asset for fee in fees):
        raise _Refusal(None, "occurrences in several reconciliation currencies", "0146")
    return fees


def _fee(message: IpmMessage, text: str) -> Fee:
    side, currency, amount = text[2:4], text[21:24], text[24:36]
    if side not in {FEE_TO_US, FEE_FROM_US}:
        raise _Refusal(None, "a fee that says neither debit nor credit", "0146")
    if not amount.isdecimal():
        raise _Refusal(None, "an amount that is not digits", "0146")
    return Fee(text[:2], Sum(int(amount), _asset(message, currency, None, "0146")), side == FEE_TO_US)
