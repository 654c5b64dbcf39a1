"""What follows a presentment, or comes without one: chargebacks, second presentments, fee collections. Pure."""

from clearing.ipm.messages import IpmMessage
from simulator.settlement.played import Money, PlayedTransaction
from simulator.settlement.presenting import (
    AGAINST_THE_ISSUER,
    CHIP,
    ISSUER,
    NETWORK,
    SECOND,
    Presented,
    Sitting,
    identity,
    settlement_pds,
)

CARDHOLDER_DISPUTE, DOCUMENTS_ENCLOSED, FEE_REASON = "4853", "2700", "7606"


def chargeback(payment: PlayedTransaction, claim: Presented, sitting: Sitting) -> IpmMessage:
    """A 1442/450 of the whole of a presentment; it carries the presentment's DE 31."""
    elements = identity(payment, claim) | _original(claim)
    elements |= {22: CHIP, 24: "450", 25: CARDHOLDER_DISPUTE, 93: payment.acquirer, 94: ISSUER, 95: f"{claim.sequence:010d}"}
    elements[43] = payment.place.name
    return IpmMessage("1442", elements, settlement_pds(claim.amount, claim.settled, sitting) | _dispute(claim, "0"))


def second_presentment(payment: PlayedTransaction, claim: Presented, sitting: Sitting) -> IpmMessage:
    """A 1240/205: the acquirer does not take the chargeback."""
    elements = identity(payment, claim) | _original(claim)
    elements |= {22: CHIP, 24: SECOND, 25: DOCUMENTS_ENCLOSED, 93: ISSUER, 95: f"{claim.sequence:010d}"}
    elements[43] = payment.place.name
    return IpmMessage("1240", elements, settlement_pds(claim.amount, claim.settled, sitting) | _dispute(claim, "1"))


def fee_collection(fee: Money, sequence: int, sitting: Sitting) -> IpmMessage:
    """A 1740/700 that the network collects from the issuer."""
    elements: dict[int, str | bytes] = {
        3: f"{AGAINST_THE_ISSUER}0000", 4: f"{fee.minor:012d}", 5: f"{fee.minor:012d}", 9: "61000000", 24: "700",
        25: FEE_REASON, 33: NETWORK, 49: fee.currency, 50: fee.currency, 72: "MONTHLY SERVICE FEE",
        73: f"{sitting.business_date:%y%m%d}", 93: ISSUER, 94: NETWORK,
    }  # fmt: skip
    return IpmMessage("1740", elements, {"0137": f"{sequence:020d}"} | settlement_pds(fee, fee, sitting))


def _original(claim: Presented) -> dict[int, str | bytes]:
    return {30: f"{claim.amount.minor:012d}{claim.settled.minor:012d}"}


def _dispute(claim: Presented, documents: str) -> dict[str, str]:
    return {"0149": f"{claim.amount.currency}{claim.settled.currency}", "0262": documents}
