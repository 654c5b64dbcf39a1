"""What the network says it nets: 1644/685 (financial position detail) and 1644/688 (settlement position detail). Pure.

Amounts are minor units of the reconciliation currency (DE 50), debits and credits apart as they are reported, both as
numbers that are not negative: a debit is what we owe.
"""

from dataclasses import dataclass
from datetime import date, datetime

from clearing import exponents
from clearing.ipm.messages import IpmMessage
from clearing.records import Flaw, Untranslatable
from ledger.money import BY_NUMERIC


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts and amounts of one kind of movement; `fee` is net, positive where we get it."""

    debits: int = 0
    credits: int = 0
    debit_count: int = 0
    credit_count: int = 0
    fee: int = 0

    @property
    def net(self) -> int:
        """What we get, or owe where it is negative: PDS 0396 = 0394 + 0395."""
        return self.credits - self.debits + self.fee

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.debits + other.debits, self.credits + other.credits, self.debit_count + other.debit_count,
            self.credit_count + other.credit_count, self.fee + other.fee,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What is totalled together. A settlement position (688) has no function, no processing code and both directions."""

    service: str
    asset: str
    business_date: date
    cycle: int
    function: str = ""
    processing: str = ""
    is_reversal: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """One position as stated. `net` is what it says itself (PDS 0396), None in a 685.

    `pays_on`: the network's settlement date, on which the bank pays it; None where it does not say.
    """

    number: int
    key: Key
    totals: Totals
    net: int | None = None
    pays_on: date | None = None

    @property
    def is_settlement(self) -> bool:
        return self.key.function == ""


class _Refusal(Exception):
    """Ends the reading of one message; never leaves this file."""

    def __init__(self, tag: str | None, reason: str, element: int | None = None) -> None:
        super().__init__(reason)
        self.tag, self.reason, self.element = tag, reason, element


def read_position(message: IpmMessage) -> Position | Untranslatable | None:
    """The position, or why it cannot be used, or None for what is none."""
    if (message.mti, message.function_code) not in {("1644", "685"), ("1644", "688")}:
        return None
    number = int(message.text(71, "0"))
    try:
        return _position(number, message)
    except _Refusal as refusal:
        return Untranslatable(number, Flaw(refusal.element, refusal.tag, refusal.reason))


def _position(number: int, message: IpmMessage) -> Position:
    asset = BY_NUMERIC.get(message.text(50))
    if asset is None:
        raise _Refusal(None, "a currency that is not kept here", 50)
    pds = message.pds
    decimals = pds.get(exponents.TAG, "")
    if (why := exponents.unread(decimals) or exponents.objection(decimals, asset)) is not None:
        raise _Refusal(exponents.TAG, why)
    totals = Totals(
        _side(pds, "0390", "D"), _side(pds, "0391", "C"), _count(pds, "0400"), _count(pds, "0401"), _net(pds, "0395", 15)
    )  # fmt: skip
    if _count(pds, "0402") != totals.debit_count + totals.credit_count:
        raise _Refusal("0402", "is not the sum of debits and credits")
    if _net(pds, "0394", 16) != totals.credits - totals.debits:
        raise _Refusal("0394", "is not the credits less the debits")
    pays_on = _date(pds.get("0359", "")[59:65])
    if message.function_code == "688":
        if (net := _net(pds, "0396", 16)) != totals.net:
            raise _Refusal("0396", "is not the sum of transactions and fees")
        return Position(number, _key(pds, asset.code), totals, net, pays_on)
    function, processing, kind = pds.get("0372", ""), pds.get("0374", ""), pds.get("0378", "")
    for tag, text, length in (("0372", function, 7), ("0374", processing, 2)):
        if len(text) != length or not text.isdecimal():
            raise _Refusal(tag, "absent or not digits")
    if kind not in {"O", "R"}:
        raise _Refusal("0378", "neither original nor reversal")
    place = _key(pds, asset.code)
    key = Key(place.service, place.asset, place.business_date, place.cycle, function, processing, kind == "R")
    return Position(number, key, totals, pays_on=pays_on)


def _key(pds: dict[str, str], asset: str) -> Key:
    """PDS 0359, laid out as 0159: agent 11, account 28, level 1, service 10, rate class 1, reconciliation date 6 and cycle 2,
    settlement date 6 and cycle 2."""
    text = pds.get("0359", "")
    service, day, cycle = text[40:50].strip(), _date(text[51:57]), text[57:59]
    if not service or not cycle.isdecimal():
        raise _Refusal("0359", "names no settlement service or no cycle")
    if day is None:
        raise _Refusal("0359", "no reconciliation date")
    return Key(service, asset, day, int(cycle))


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007 - a date alone
    except ValueError:
        return None


def _side(pds: dict[str, str], tag: str, side: str) -> int:
    text = pds.get(tag, "")
    if len(text) != 17 or text[0] != side or not text[1:].isdecimal():
        raise _Refusal(tag, f"not {side} and 16 digits")
    return int(text[1:])


def _net(pds: dict[str, str], tag: str, width: int) -> int:
    text = pds.get(tag, "")
    if len(text) != width + 1 or text[0] not in "DC" or not text[1:].isdecimal():
        raise _Refusal(tag, f"not D or C and {width} digits")
    return int(text[1:]) * (-1 if text[0] == "D" else 1)


def _count(pds: dict[str, str], tag: str) -> int:
    text = pds.get(tag, "")
    if len(text) != 10 or not text.isdecimal():
        raise _Refusal(tag, "not 10 digits")
    return int(text)
