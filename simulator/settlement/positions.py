"""What an evening's messages come to: 1644/685 per kind of message and currency, 1644/688 per settlement service. Pure.

Seen from the issuer: D is what it owes. A purchase debits it, a refund or a chargeback credits it, a reversal (PDS 0025)
turns the sign round; fees are told apart from amounts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clearing.ipm.messages import IpmMessage
from simulator.settlement.played import CREDITS, PlayedTransaction
from simulator.settlement.presenting import (
    AGAINST_THE_ISSUER,
    PROGRAM,
    Sitting,
    business_activity,
    settlement_data,
)

NOTIFICATION = "6862"
"""DE 25 of a 685 about what others sent."""
SINGLE_MESSAGE = "0200000"
"""PDS 0372 of payments that were settled without a presentment: our own convention."""
_FEE = 36


@dataclass(frozen=True, slots=True)
class Line:
    """What is totalled together."""

    function: str
    processing: str
    is_reversal: bool
    transaction_currency: str
    currency: str


@dataclass(frozen=True, slots=True)
class Movement:
    """One message's effect in minor units, positive where the issuer is credited; `transaction` in its own currency."""

    line: Line
    transaction: int
    settled: int
    fee: int = 0


@dataclass(slots=True)
class Total:
    """Debits and credits by themselves, because each is reported."""

    debits: int = 0
    credits: int = 0
    fee_debits: int = 0
    fee_credits: int = 0
    debit_count: int = 0
    credit_count: int = 0
    transaction_debits: int = 0
    transaction_credits: int = 0

    def add(self, movement: Movement) -> None:
        if movement.settled < 0:
            self.debits -= movement.settled
            self.transaction_debits -= movement.transaction
            self.debit_count += 1
        else:
            self.credits += movement.settled
            self.transaction_credits += movement.transaction
            self.credit_count += 1
        self.fee_debits += max(-movement.fee, 0)
        self.fee_credits += max(movement.fee, 0)

    @property
    def amount(self) -> int:
        return self.credits - self.debits

    @property
    def fee(self) -> int:
        return self.fee_credits - self.fee_debits

    @property
    def net(self) -> int:
        """What the issuer gets, or owes where it is negative."""
        return self.amount + self.fee


def movements(messages: Iterable[IpmMessage]) -> Iterator[Movement]:
    """Of the messages of a clearing file; those without an amount move nothing."""
    for message in messages:
        if 5 in message.elements:
            sign = _sign(message)
            line = Line(
                f"{message.mti}{message.function_code}",
                message.text(3)[:2],
                "0025" in message.pds,
                message.text(49),
                message.text(50),
            )
            yield Movement(line, sign * int(message.text(4)), sign * int(message.text(5)), _fees(message))


def single_movement(payment: PlayedTransaction) -> Movement:
    """A payment that was booked when it was authorized."""
    sign = 1 if payment.is_credit else -1
    line = Line(SINGLE_MESSAGE, payment.processing_code[:2], False, payment.amount.currency, payment.settled.currency)
    return Movement(line, sign * payment.amount.minor, sign * payment.settled.minor)


def totals(found: Iterable[Movement]) -> dict[Line, Total]:
    """By line, in a fixed order."""
    by_line: dict[Line, Total] = defaultdict(Total)
    for movement in found:
        by_line[movement.line].add(movement)
    order = sorted(
        by_line, key=lambda line: (line.currency, line.function, line.processing, line.is_reversal, line.transaction_currency)
    )
    return {line: by_line[line] for line in order}


def by_currency(lines: dict[Line, Total]) -> dict[str, Total]:
    """What the settlement service of each currency nets."""
    nets: dict[str, Total] = defaultdict(Total)
    for line, total in lines.items():
        net = nets[line.currency]
        net.debits += total.debits
        net.credits += total.credits
        net.fee_debits += total.fee_debits
        net.fee_credits += total.fee_credits
        net.debit_count += total.debit_count
        net.credit_count += total.credit_count
    return dict(nets)


def position_messages(lines: dict[Line, Total], reconciled_file: str, sitting: Sitting) -> Iterator[IpmMessage]:
    """Every 685, then every 688."""
    for line, total in lines.items():
        pds = _reconciled(total) | {
            "0300": reconciled_file, "0358": business_activity(sitting), "0359": settlement_data(line.currency, sitting),
            "0367": PROGRAM, "0372": line.function, "0374": line.processing, "0378": "R" if line.is_reversal else "O",
            "0380": f"D{total.transaction_debits:016d}", "0381": f"C{total.transaction_credits:016d}",
            "0384": _net(total.transaction_credits - total.transaction_debits, 16),
            "0392": f"00D{total.fee_debits:015d}", "0393": f"00C{total.fee_credits:015d}",
        }  # fmt: skip
        elements: dict[int, str | bytes] = {24: "685", 25: NOTIFICATION, 49: line.transaction_currency, 50: line.currency}
        yield IpmMessage("1644", elements, pds)
    for currency, total in by_currency(lines).items():
        pds = _reconciled(total) | {"0359": settlement_data(currency, sitting), "0367": PROGRAM}
        pds["0396"] = _net(total.net, 16)
        yield IpmMessage("1644", {24: "688", 50: currency}, pds)


def _reconciled(total: Total) -> dict[str, str]:
    return {
        "0390": f"D{total.debits:016d}", "0391": f"C{total.credits:016d}", "0394": _net(total.amount, 16),
        "0395": _net(total.fee, 15), "0400": f"{total.debit_count:010d}", "0401": f"{total.credit_count:010d}",
        "0402": f"{total.debit_count + total.credit_count:010d}",
    }  # fmt: skip


def _net(minor: int, width: int) -> str:
    return f"{'D' if minor < 0 else 'C'}{abs(minor):0{width}d}"


def _sign(message: IpmMessage) -> int:
    """1 where the issuer is credited."""
    processing = message.text(3)[:2]
    match message.mti:
        case "1740":
            is_credit = processing != AGAINST_THE_ISSUER
        case "1442":
            is_credit = processing not in CREDITS
        case _:
            is_credit = processing in CREDITS
    return 1 if is_credit is ("0025" not in message.pds) else -1


def _fees(message: IpmMessage) -> int:
    """PDS 0146 in reconciliation currency, over all occurrences."""
    text = message.pds.get("0146", "")
    found = (text[at : at + _FEE] for at in range(0, len(text), _FEE))
    return sum(int(fee[24:36]) * (-1 if fee[2:4] == AGAINST_THE_ISSUER else 1) for fee in found)
