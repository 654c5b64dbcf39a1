"""ISO message to domain values, and an outcome back to elements. Pure. The clear PAN stops here.

What leaves this module towards authorizer and ledger carries a token instead of the PAN, check results instead of
a CVC2 or a PIN, and text that Postgres can hold.
"""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from authorizer.card_checks import NOTHING_CHECKED
from authorizer.card_numbers import hide_card_numbers, hide_own_number
from authorizer.facts import CardFacts
from authorizer.pan import Pan
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationClass, AuthorizationRequest, Effect, effect_of
from ledger.commands import Outcome, RepeatKey, Request
from ledger.money import BY_NUMERIC
from ledger.verdicts import Verdict
from switch import check_answers
from switch.iso8583 import Message, Value
from switch.masking import POS_DATA
from switch.responses import category_code, message_class
from switch.subelements import (
    AdditionalAmount,
    AdditionalData,
    SubelementError,
    build_additional_amounts,
    build_additional_data,
    parse_additional_data,
)
from switch.tlv import IccData, parse_icc_data

if TYPE_CHECKING:
    from authorizer.tokens import Tokenizer

MANDATORY = {
    "0100": (2, 3, 4, 7, 11, 32, 49),
    "0120": (2, 3, 4, 7, 11, 32, 49),
    "0180": (2, 7, 11, 32),
    "0190": (2, 7, 11, 32),
    "0200": (2, 3, 4, 7, 11, 32, 49),
    "0220": (2, 3, 4, 7, 11, 32, 49),
    "0400": (2, 3, 4, 7, 11, 32, 49),
    "0420": (2, 3, 4, 7, 11, 32, 49),
    "0620": (7, 11),
    "0800": (7, 11, 70),
    "0820": (70,),
}
CONTENT = (3, 4, 6, 18, 41, 42, 49, 51)
"""What must be the same in a repeat (DE numbers), as decoded values."""
STORED_DETAILS = {3: "processing_code", 4: "transaction_amount", 18: "mcc", 22: "entry_mode", 33: "forwarder", 41: "terminal_id",
                  49: "transaction_currency"}  # fmt: skip
STORED_TEXTS = {42: "merchant_id", 43: "merchant", 61: "pos_data", 105: "transaction_link"}
"""Those that have room for a card number."""
FREE_TEXT = frozenset({43, 105})
"""Where another card's number may stand as well. In DE 61 too, where it does not keep to its positions."""
TRACE_ID_LENGTH = 15
"""DE 63 (9), DE 15 (4) and two spaces. What is longer is somebody's text; what is not may not lose a digit, it is matched by."""
REQUESTS = frozenset({"0100", "0200"})
"""What a decision is made on, so that its chip data must be readable; advices and reversals are taken as they are."""
RETURNED_SUBELEMENTS = ("15", "63")
APPROVED_BY_NETWORK = check_answers.APPROVED_CODES
HALF_A_YEAR = timedelta(days=184)
"""A date without a year is never further away, except 29 February: keys have partitions that far and no further."""
LARGEST_SHOWN = 10**12 - 1
"""DE 54 has twelve digits. Nothing may fail after the commit, so a larger balance is shown as this."""
PREAUTHORIZATION, STATUS_INQUIRY = "4", "8"
COMPLETION = "191"
"""DE 60 of a 0120: the acquirer has completed an authorization, and this is its final amount (fuel, charging)."""


@dataclass(frozen=True, slots=True)
class FormatError:
    """The message cannot be understood: which element is missing or wrong."""

    element: int
    reason: str


@dataclass(slots=True)  # not frozen: made for every payment
class Financial:
    """What authorizations, advices and reversals have in common, in domain values."""

    mti: str
    key: RepeatKey
    content: bytes
    pan: Pan
    token: bytes
    amount_minor: int
    asset: str
    stan: str
    rrn: str | None
    transmitted_at: datetime
    acquirer: str
    network_reference: str | None
    trace_id: str | None
    additional: AdditionalData
    details: str
    icc: IccData | None = None
    """DE 55 of a request."""

    def request(self, facts: CardFacts | None, message_id: int, received_at: datetime) -> Request:
        """The same as the ledger takes it, once the card is known (or known to be none of ours)."""
        return Request(
            key=self.key,
            content=self.content,
            mti=message_class(self.mti),
            account_id=facts.account_id if facts else None,
            card_id=facts.card_id if facts else None,
            amount=self.amount_minor,
            asset=self.asset,
            stan=self.stan,
            rrn=self.rrn,
            transmitted_at=self.transmitted_at,
            acquirer=self.acquirer,
            network_reference=self.network_reference,
            trace_id=self.trace_id,
            message_id=message_id,
            received_at=received_at,
            details=self.details,
        )


def financial(message: Message, character_set: str, tokenizer: "Tokenizer", now: datetime) -> Financial | FormatError:
    """The common part of a 01xx or 04xx message. `now` gives DE 7 its year."""
    missing = missing_element(message)
    if missing is not None:
        return FormatError(missing, "missing")
    transmitted_at = resolve_transmission(message.text(7), now)
    if transmitted_at is None:
        return FormatError(7, "no date and time")
    additional = additional_data(message, character_set)
    if isinstance(additional, SubelementError):
        return FormatError(48, additional.reason)
    if not additional.tcc.isprintable() or "\ufffd" in additional.tcc:
        return FormatError(48, "no category code")
    try:
        pan = Pan(message.text(2))
    except ValueError:
        return FormatError(2, "no card number")
    icc = parse_icc_data(message.raw(55)) if 55 in message.elements and message_class(message.mti) in REQUESTS else None
    if isinstance(icc, SubelementError):
        return FormatError(55, icc.reason)
    token = tokenizer.token(pan)
    billed = 51 in message.elements and 6 in message.elements
    return Financial(
        mti=message.mti,
        key=repeat_key(message_class(message.mti), token, transmitted_at, message.text(11), message.text(32), message.text(33)),
        content=content_hash(message),
        pan=pan,
        token=token,
        amount_minor=int(message.text(6) if billed else message.text(4)),
        asset=asset_of(message.text(51) if billed else message.text(49)),
        stan=message.text(11),
        rrn=_identifier(pan, message.text(37)) or None,
        transmitted_at=transmitted_at,
        acquirer=clean(message.text(32)),
        network_reference=_reference(pan, message.text(63)) or None,
        trace_id=(named_trace(pan, additional) if is_completion(message) else "") or _trace_id(pan, message) or None,
        additional=additional,
        details=_details(pan, message),
        icc=icc,
    )


def _identifier(pan: Pan, text: str) -> str:
    """A card number may also stand where nobody expects it; what is stored never shows it (G8). Here only the message's own."""
    return clean(hide_own_number(text, pan.clear))


def _free_text(pan: Pan, text: str) -> str:
    """As it may be stored: without any card's number."""
    return clean(hide_card_numbers(hide_own_number(text, pan.clear)))


def _reference(pan: Pan, text: str) -> str:
    text = text.strip()
    return _free_text(pan, text) if len(text) > TRACE_ID_LENGTH else _identifier(pan, text)


def _trace_id(pan: Pan, message: Message) -> str:
    """DE 63 and DE 15 name a payment; without them DE 4, 32 and 37 together do, in a form that no trace id has."""
    if 63 in message.elements and 15 in message.elements:
        return _reference(pan, message.text(63) + message.text(15))
    if 37 in message.elements:
        return _identifier(pan, "~" + "|".join(message.text(element).strip() for element in (4, 32, 37)))
    return ""


def missing_element(message: Message) -> int | None:
    """The first mandatory element that is not there."""
    wanted = MANDATORY.get(message_class(message.mti), ())
    return next((element for element in wanted if element not in message.elements), None)


def additional_data(message: Message, character_set: str) -> AdditionalData | SubelementError:
    if 48 not in message.elements:
        return AdditionalData("", {}, character_set)
    return parse_additional_data(message.raw(48), character_set)


def resolve_transmission(text: str, now: datetime) -> datetime | None:
    """DE 7 (MMDDhhmmss, UTC) with the year that brings it nearest to now; None if it is no date and time."""
    return _nearest(text, now.replace(hour=12, minute=0, second=0, microsecond=0))


@lru_cache(maxsize=4096)
def _nearest(text: str, today: datetime) -> datetime | None:
    # All messages of one second share DE 7; making three dates for each costs more than decoding an element.
    moments = []
    for year in (today.year - 1, today.year, today.year + 1):
        with contextlib.suppress(ValueError):
            moments.append(
                datetime(year, int(text[:2]), int(text[2:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), tzinfo=UTC)
            )
    nearest = min(moments, key=lambda moment: abs(moment - today), default=None)
    return nearest if nearest is not None and abs(nearest - today) <= HALF_A_YEAR else None


def repeat_key(mti_class: str, token: bytes, at: datetime, stan: str, acquirer: str, forwarder: str) -> RepeatKey:
    """Identity within the message class: date, DE 2, 7, 11, 32, 33. Institutions without the zeros that DE 90 fills in."""
    text = f"{mti_class}|{token.hex()}|{at.isoformat()}|{stan}|{acquirer.lstrip('0')}|{forwarder.lstrip('0')}"
    return RepeatKey(sha256(text.encode()).digest()[:16], at.date())


def content_hash(message: Message) -> bytes:
    text = "\x1f".join(message.text(element) for element in CONTENT)
    return sha256(text.encode()).digest()[:16]


def asset_of(numeric: str) -> str:
    """ISO 4217 alpha-3 of a numeric code; the code itself where it is none that we keep, which no account matches."""
    asset = BY_NUMERIC.get(numeric)
    return asset.code if asset else numeric


def clean(text: str) -> str:
    """Without the padding, and with control characters escaped: one X'00' would refuse a whole batch in Postgres."""
    text = text.strip()
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _details(pan: Pan, message: Message) -> str:
    elements = message.elements
    found = {name: clean(message.text(element)) for element, name in STORED_DETAILS.items() if element in elements}
    found |= {
        name: _text_detail(pan, element, message.text(element)) for element, name in STORED_TEXTS.items() if element in elements
    }
    return orjson.dumps(found).decode()


def _text_detail(pan: Pan, element: int, text: str) -> str:
    is_free = element in FREE_TEXT or (element == 61 and POS_DATA.match(text) is None)
    return _free_text(pan, text) if is_free else _identifier(pan, text)


def authorization_request(message: Message, parts: Financial) -> AuthorizationRequest:
    """What the authorizer decides on, before anything is checked that needs to know the card (see checks)."""
    merchant = clean(message.text(43))
    return AuthorizationRequest(
        token=parts.token,
        amount_minor=parts.amount_minor,
        asset=parts.asset,
        transmitted_at=parts.transmitted_at,
        processing_code=message.text(3),
        authorization_class=_authorization_class(message, parts.additional),
        expiry=message.text(14) or None,
        sequence_number=message.text(23).strip(),
        partial_allowed=parts.additional.text("61")[:1] == "1",
        is_increment=chain_trace(message, parts) is not None,
        mcc=message.text(18),
        entry_mode=message.text(22),
        merchant_id=clean(message.text(42)),
        merchant_name=merchant[:22].strip(),
        country=merchant[-3:],
        pos_data=message.text(61),
        transaction_currency=asset_of(message.text(49)),
    )


def _authorization_class(message: Message, additional: AdditionalData) -> AuthorizationClass:
    status = message.text(61)[6:7]
    if status == STATUS_INQUIRY:
        return AuthorizationClass.STATUS_INQUIRY
    if status == PREAUTHORIZATION:
        return AuthorizationClass.PREAUTHORIZATION
    return AuthorizationClass.FINAL if additional.text("61")[4:5] == "1" else AuthorizationClass.UNDEFINED


def is_completion(message: Message) -> bool:
    return message.text(60)[:3] == COMPLETION and message_class(message.mti) in ("0120", "0220")


def named_trace(pan: Pan, additional: AdditionalData) -> str:
    """DE 48.63: the trace id of the payment that this message belongs to."""
    return _reference(pan, additional.text("63"))


def chain_trace(message: Message, parts: Financial) -> str | None:
    """The trace id of the first authorization (DE 48.63) that a further pre-authorization adds to: what holds, not what books.

    The advice of one says so too, but for a completion, which names what it stands for, and what names itself.
    """
    mti = message_class(message.mti)
    is_preauthorization = mti in ("0100", "0120") and message.text(61)[6:7] == PREAUTHORIZATION
    if not is_preauthorization or effect_of(message.text(3)) is not Effect.SPEND:
        return None
    named = named_trace(parts.pan, parts.additional)
    return None if mti == "0120" and (named == parts.trace_id or is_completion(message)) else named or None


def added_elements(
    message: Message, parts: Financial, outcome: Outcome, request: AuthorizationRequest, charset: str, currency: str = ""
) -> dict[int, Value]:
    """What an 0110 carries beyond the echo: DE 38 on approval, reduced amounts and DE 54, what the checks have found.

    `currency`: the account's, by its numeric code; a balance is told in it.
    """
    added: dict[int, Value] = {}
    if outcome.approval_code:
        added[38] = outcome.approval_code
    if outcome.verdict is Verdict.PARTIAL:
        added.update(_partial_amounts(message, outcome.amount, parts.amount_minor))
    elif request.transaction_type == "30" and outcome.approval_code and outcome.available is not None:
        currency = currency or message.text(51) or message.text(49)
        shown = max(-LARGEST_SHOWN, min(LARGEST_SHOWN, outcome.available))
        added[54] = build_additional_amounts([AdditionalAmount("00", "02", currency, shown)])
    if 48 in message.elements:
        found = check_answers.subelements(request.checks, outcome.reason)
        added[48] = answered_additional_data(parts.additional.tcc, found, charset)
    if issuer_data := check_answers.issuer_data(request.checks, outcome.response_code):
        added[55] = issuer_data
    return added


def _partial_amounts(message: Message, approved: int, asked: int) -> dict[int, Value]:
    """DE 4 and DE 6 reduced as what was approved is to what was asked (of the account's currency); the originals in DE 54."""
    billed = 51 in message.elements and 6 in message.elements
    originals = [AdditionalAmount("00", "57", message.text(49), int(message.text(4)))]
    amounts: dict[int, Value] = {4: f"{int(message.text(4)) * approved // asked:012d}"}
    if billed:
        amounts[6] = f"{int(message.text(6)) * approved // asked:012d}"
        originals.append(AdditionalAmount("00", "57", message.text(51), int(message.text(6))))
    amounts[54] = build_additional_amounts(originals)
    return amounts


def merchant_advice(message: Message, reason: DeclineReason, charset: str) -> dict[int, Value] | None:
    """DE 48 of a request that is refused unread: its category code and the advice to the merchant, where there is one."""
    if 48 not in message.elements or message_class(message.mti) not in REQUESTS:
        return None
    added = check_answers.subelements(NOTHING_CHECKED, reason.value)
    return {48: category_code(message.elements[48]) + answered_additional_data("", added, charset)}


def answered_additional_data(tcc: str, subelements: dict[str, str], charset: str) -> bytes:
    """DE 48 of an answer: the category code that came and what the answer adds."""
    added = {name: value.encode(charset) for name, value in subelements.items()}
    return build_additional_data(AdditionalData(tcc, added, charset), charset)


def kept_additional_data(parts: Financial, charset: str) -> dict[int, Value]:
    """DE 48 of a reversal's or an advice's answer: the category code, the trace id and the date of advice."""
    if not parts.additional.tcc and not parts.additional.subelements:
        return {}
    kept = {k: v for k, v in parts.additional.subelements.items() if k in RETURNED_SUBELEMENTS}
    return {48: build_additional_data(AdditionalData(parts.additional.tcc, kept, charset), charset)}
