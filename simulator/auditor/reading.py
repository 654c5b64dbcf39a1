"""What the auditor reads out of a message: amounts, classes, and the names by which messages refer to each other. Pure.

Apart from the switch's translation on purpose. Sources: ISO 8583:1987, DE 3, 48, 54, 60, 61, 63, 90, 95.
"""

import enum
from datetime import UTC, datetime, timedelta

from simulator.auditor.accounts import OriginalKey
from simulator.messages import CASH
from simulator.private_data import read_additional_amounts, read_private_data
from switch.iso8583 import Message

APPROVING_CODES = frozenset({"00", "08", "10", "85", "87"})
# DE 60 of a 0420 about an answer of ours that did not arrive.
UNDELIVERED = frozenset({"400", "401", "402", "403"})
COMPLETION = "191"
MANDATORY = (2, 3, 4, 7, 11, 32, 49)
DEBITS = frozenset({"00", CASH[:2], "02", "09", "17", "18", "50"})
CREDITS = frozenset({"20", "21", "22", "28"})
CASHBACK_PART = "40"
PREAUTHORIZATION = "4"
# How long a hold stands: the network's own validity, and less where the final amount comes soon.
PREAUTHORIZED, ORDINARY = timedelta(days=30), timedelta(days=7)
SOON_FINAL = {"5542": timedelta(hours=2), "5552": timedelta(days=1)}


class Purpose(enum.Enum):
    """What is asked for (DE 3 SF1, DE 61 SF7)."""

    SPEND = "spend"
    CREDIT = "credit"
    BALANCE_INQUIRY = "balance inquiry"
    STATUS_INQUIRY = "status inquiry"
    OTHER = "a service this issuer does not have"


def purpose(message: Message) -> Purpose:
    if message.text(61)[6:7] == "8":
        return Purpose.STATUS_INQUIRY
    match message.text(3)[:2]:
        case "30":
            return Purpose.BALANCE_INQUIRY
        case service if service in DEBITS:
            return Purpose.SPEND
        case service if service in CREDITS:
            return Purpose.CREDIT
        case _:
            return Purpose.OTHER


def unreadable_element(message: Message) -> int | None:
    """The first element that a payment cannot do without and that is not there, or DE 7 that is no date and time."""
    missing = next((number for number in MANDATORY if number not in message.elements), None)
    if missing is not None:
        return missing
    try:
        datetime.strptime(f"2024{message.text(7)}", "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return 7
    return None


def is_billed(message: Message) -> bool:
    """Whether the network says what the card is billed, beside what the merchant asks for."""
    return 51 in message.elements and 6 in message.elements


def billed_minor(message: Message) -> int:
    return int(message.text(6) if is_billed(message) else message.text(4))


def billing_currency(message: Message) -> str:
    """ISO 4217 numeric."""
    return message.text(51) if is_billed(message) else message.text(49)


def own_key(message: Message) -> OriginalKey:
    """How a later DE 90 names this message: MTI, STAN, DE 7, DE 32, DE 33."""
    parties = f"{message.text(32):0>11}", f"{message.text(33):0>11}"
    return (message.mti[:3] + "0", message.text(11), message.text(7), *parties)


def named_original(message: Message) -> OriginalKey | None:
    """DE 90; None where it names no message."""
    data = message.text(90)
    return (data[:4], data[4:10], data[10:20], data[20:31], data[31:42]) if data[10:20].strip("0") else None


def own_trace(message: Message) -> str:
    return f"{message.text(63)}{message.text(15)}  "


def is_completion(message: Message) -> bool:
    """An advice with a final amount (fuel, charging): DE 60 = 191."""
    return message.mti[1:3] in {"12", "22"} and message.text(60)[:3] == COMPLETION


def is_increment(message: Message, named_trace: str) -> bool:
    return message.text(61)[6:7] == PREAUTHORIZATION and bool(named_trace)


def lifetime(message: Message) -> timedelta:
    """Of the hold that the message opens or extends."""
    if is_completion(message):
        return ORDINARY
    usual = PREAUTHORIZED if message.text(61)[6:7] == PREAUTHORIZATION else ORDINARY
    return SOON_FINAL.get(message.text(18), usual)


def remaining_minor(message: Message) -> int:
    """DE 95: what a reversal leaves, in the currency that was billed; 0 for a full one."""
    amounts = message.text(95).ljust(42, "0")
    return int(amounts[24:36] if 51 in message.elements else amounts[:12])


def is_about_our_answer(message: Message) -> bool:
    """A 0420 that says our answer did not arrive: what the network decided itself stays."""
    is_undelivered = message.mti[:3] == "042" and message.text(60)[:3] in UNDELIVERED
    return is_undelivered and not remaining_minor(message) and message.text(90)[:4] in {"", "0100", "0200"}


def goods_minor(message: Message, extended_conditions: str) -> int | None:
    """What a purchase with cash back comes to without the cash, billed; None where the cash may not be left out."""
    if message.text(3)[:2] != "09" or extended_conditions[1:2] != "1":
        return None
    amounts = read_additional_amounts(message.text(54)) or ()
    cash = sum(abs(amount.minor) for amount in amounts if amount.kind == CASHBACK_PART)
    whole = int(message.text(4))
    return billed_minor(message) * (whole - cash) // whole if cash else None


def subelement(message: Message, key: str, character_set: str) -> str:
    """A subelement of DE 48 as text; empty where it is not there."""
    data = read_private_data(message.raw(48), character_set) if 48 in message.elements else None
    return data.subelements.get(key, "") if data else ""
