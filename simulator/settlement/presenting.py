"""Presentments: 1240 messages with their PDS and addenda, made from payments. Pure; DE 71 is given later.

Interchange is a rate of the settled amount by kind of payment. All that a network only knows from its own manuals (agent
numbers, flags, service ids) is made up and the same everywhere.
"""

from dataclasses import dataclass
from datetime import date

from clearing.ipm.messages import IpmMessage, Value
from simulator.cards import luhn_digit
from simulator.currencies import by_numeric
from simulator.settlement.played import Money, PlayedTransaction

ISSUER, NETWORK = "900001", "900900"
PROGRAM = "DMC"
FIRST, SECOND = "200", "205"
EQUAL, DIFFERENT, MORE_TO_COME, LAST = "1401", "1402", "1403", "1404"
FOR_THE_ISSUER, AGAINST_THE_ISSUER = "29", "19"
# Hundredths of a percent: what acquirers pay on purchases, and issuers on cash.
PURCHASE_RATE, CASH_RATE = 20, 35
TRANSIT_MCC = "4111"
CHIP, ONLINE = "C10101C13144", "600550S00100"


@dataclass(frozen=True, slots=True)
class Sitting:
    """One evening's stamp on every message: the business date, and the cycle that clears and settles it."""

    business_date: date
    cycle: int = 1

    @property
    def stamp(self) -> str:
        return f"{self.business_date:%y%m%d}{self.cycle:02d}"

    @property
    def in_names(self) -> str:
        """Of its files: the date, and the cycle where it is not the day's first."""
        return f"{self.business_date:%Y%m%d}" + (f"-{self.cycle}" if self.cycle > 1 else "")


@dataclass(frozen=True, slots=True)
class Presented:
    """What one presentment claims: amounts, the reason in DE 25, the acquirer's number of it."""

    amount: Money
    settled: Money
    sequence: int
    reason: str = EQUAL
    reverses: date | None = None
    """The business date of the presentment that this one takes back (PDS 0025)."""


def presentment(payment: PlayedTransaction, claim: Presented, sitting: Sitting) -> IpmMessage:
    """A 1240/200."""
    elements = identity(payment, claim) | _place(payment)
    elements |= {22: ONLINE if payment.place.is_online else CHIP, 24: FIRST, 25: claim.reason, 93: ISSUER}
    pds = settlement_pds(claim.amount, claim.settled, sitting) | _interchange(payment, claim)
    pds |= {"0002": PROGRAM, "0003": PROGRAM, "0023": _terminal(payment), "0177": _abroad(claim), "0191": "2"}
    if payment.place.is_online:
        pds["0052"] = "210"
    if claim.reverses is not None:
        pds["0025"] = f"R{claim.reverses:%y%m%d}"
    return IpmMessage("1240", elements, pds)


def addendum(payment: PlayedTransaction) -> IpmMessage | None:
    """A 1644/696 for merchants that say more about a payment; PDS 0501 gets the presentment's number later."""
    if payment.place.mcc != TRANSIT_MCC:
        return None
    return IpmMessage("1644", {24: "696", 72: f"JOURNEY {payment.at:%Y-%m-%d %H:%M}"}, {"0501": "02TRN001" + "0" * 8})


def identity(payment: PlayedTransaction, claim: Presented) -> dict[int, Value]:
    """The elements that name the payment and its amounts, the same in every message of its life."""
    amount, settled = claim.amount, claim.settled
    rate = payment.rate or "61000000"
    elements: dict[int, Value] = {
        2: payment.pan, 3: payment.processing_code, 4: f"{amount.minor:012d}", 5: f"{settled.minor:012d}", 9: rate,
        12: f"{payment.at:%y%m%d%H%M%S}", 26: payment.place.mcc, 31: reference(payment, claim.sequence),
        32: payment.acquirer, 33: payment.forwarder or payment.acquirer, 49: amount.currency, 50: settled.currency,
        94: payment.acquirer,
    }  # fmt: skip
    if payment.trace_id:
        elements[63] = f" {payment.trace_id}"
    if payment.expiry:
        elements[14] = payment.expiry
    if payment.billed is not None or settled.currency != amount.currency:
        elements |= {6: f"{settled.minor:012d}", 10: rate, 51: settled.currency}
    if payment.rrn:
        elements[37] = payment.rrn.ljust(12)
    if payment.approval_code:
        elements[38] = payment.approval_code
    return elements


def settlement_pds(amount: Money, settled: Money, sitting: Sitting) -> dict[str, str]:
    """Exponents, business activity and settlement data, which every message about money has."""
    currencies = dict.fromkeys((amount.currency, settled.currency))
    return {
        "0148": "".join(f"{currency}{by_numeric(currency).exponent}" for currency in currencies),
        "0158": business_activity(sitting),
        "0159": settlement_data(settled.currency, sitting),
        "0165": "M",
    }


def business_activity(sitting: Sitting) -> str:
    """PDS 0158: program, agreement, no rate designator, date and cycle, flags."""
    return f"{PROGRAM}1010401  {sitting.stamp}{'':4}{'N' * 7}"


def settlement_data(currency: str, sitting: Sitting) -> str:
    """PDS 0159: agent, account, level 3, one service per currency, rate class, reconciliation and settlement cycle."""
    return f"{NETWORK:0>11}{ISSUER:<28}3{service(currency)}N{sitting.stamp}{sitting.stamp}"


def service(currency: str) -> str:
    """The settlement service that nets a currency."""
    return f"{by_numeric(currency).alpha}0000001"


def reference(payment: PlayedTransaction, sequence: int) -> str:
    """DE 31: mixed use 1, acquirer 6, date YDDD 4, sequence 11, check digit 1."""
    digits = f"7{payment.acquirer:0>6.6}{f'{payment.at:%y%j}'[1:]}{sequence:011d}"
    return digits + luhn_digit(digits)


def share(money: Money, part: int, whole: int) -> Money:
    """`part` of `whole` of the money, rounded half up."""
    return Money((2 * money.minor * part + whole) // (2 * whole), money.currency)


def _interchange(payment: PlayedTransaction, claim: Presented) -> dict[str, str]:
    """PDS 0146: purchases pay the issuer, cash and refunds cost it, and a reversal gives back."""
    is_for_us = (payment.is_cash or payment.is_credit) is not (claim.reverses is None)
    rate = CASH_RATE if payment.is_cash else PURCHASE_RATE
    fee, reconciled = share(claim.amount, rate, 10_000), share(claim.settled, rate, 10_000)
    side = FOR_THE_ISSUER if is_for_us else AGAINST_THE_ISSUER
    amounts = f"{fee.currency}{fee.minor:012d}{reconciled.currency}{reconciled.minor:012d}"
    return {"0146": f"00{side}01{amounts}"} if reconciled.minor else {}


def _place(payment: PlayedTransaction) -> dict[int, Value]:
    place = payment.place
    name = rf"{place.name}\1 EXAMPLE STREET\{place.city}\{'':10}{place.country:<3.3}{place.country:<3.3}"
    elements: dict[int, Value] = {42: place.acceptor_id.ljust(15), 43: name}
    return elements | ({41: place.terminal_id.ljust(8)} if place.terminal_id else {})


def _terminal(payment: PlayedTransaction) -> str:
    if payment.is_cash:
        return "ATM"
    return "CT6" if payment.place.is_online else "POI"


def _abroad(claim: Presented) -> str:
    """PDS 0177: whether a border, and whether a currency was crossed. The issuer's country is not known here: no border."""
    return "N" + ("Y" if claim.amount.currency != claim.settled.currency else "N")
