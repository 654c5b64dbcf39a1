"""Purchases with cash from the till (DE 3 = 09): what is cash, what is goods, and which of them may stand alone. Pure."""

from switch.iso8583 import Message
from switch.subelements import SubelementError, parse_additional_amounts
from switch.translate import Financial, FormatError

CASHBACK = "09"
CASH = "40"
"""Amount type of DE 54, inside DE 4. The currency of the transaction counts; it may be repeated in that of the bill."""


def cash_part(message: Message) -> int | FormatError | None:
    """The cash of a purchase with cashback, in minor units of DE 49; None for what is no such purchase or does not say."""
    if message.text(3)[:2] != CASHBACK or 54 not in message.elements:
        return None
    amounts = parse_additional_amounts(message.text(54))
    if isinstance(amounts, SubelementError):
        return FormatError(54, amounts.reason)
    told = [amount for amount in amounts if amount.amount_type == CASH]
    here = [amount for amount in told if amount.currency == message.text(49)]
    if told and not here:
        return FormatError(54, "no cash in the currency of the transaction")
    cash = sum(abs(amount.amount_minor) for amount in here)
    return FormatError(54, "more cash than the whole amount") if cash > int(message.text(4)) else cash


def goods_part(message: Message, parts: Financial) -> int | None:
    """What may be approved without the cash (DE 39 = 87), in the currency of the account; None where it may not be."""
    cash = cash_part(message)
    if not isinstance(cash, int) or not cash or parts.additional.text("61")[1:2] != "1":
        return None
    whole = int(message.text(4))
    return parts.amount_minor * (whole - cash) // whole or None
