"""Who looks at which kind of finding, where its money lies, and under which reason (DE 25) it may be disputed. Data.

For how many days is a matter of the reason: `clearing.disputes.reasons`.
"""

from dataclasses import dataclass
from enum import StrEnum

from clearing.disputes.standing import CLAIM_TO_SEND


class Owner(StrEnum):
    """Desks, as they stand in report.exception."""

    CLEARING = "clearing"
    SETTLEMENT = "settlement"
    DISPUTES = "disputes"
    TREASURY = "treasury"
    LEDGER = "ledger"
    OPERATIONS = "operations"


class Place(StrEnum):
    """Where the money of an item lies until somebody decides."""

    CUSTOMER = "customer"
    SUSPENSE = "suspense"
    SETTLEMENT = "network_settlement"
    DISPUTE = "dispute"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Terms:
    """`reason`: under which the presentment may be charged back, None where it may not or already is. The exact one of the
    older list, whose time counts; it is sent under the code of its group."""

    owner: Owner
    place: Place = Place.NOWHERE
    reason: str | None = None


TERMS = {
    "unknown_card": Terms(Owner.CLEARING, Place.SUSPENSE, "4812"),
    "closed_account": Terms(Owner.CLEARING, Place.SUSPENSE, "4808"),
    "wrong_currency": Terms(Owner.CLEARING, Place.SUSPENSE, "4846"),
    "orphan_reversal": Terms(Owner.CLEARING, Place.SUSPENSE),
    "credited_before": Terms(Owner.DISPUTES, Place.SUSPENSE),
    "doubled_presentment": Terms(Owner.DISPUTES, Place.CUSTOMER, "4834"),
    "unauthorized_presentment": Terms(Owner.DISPUTES, Place.CUSTOMER, "4808"),
    "after_reversal": Terms(Owner.DISPUTES, Place.CUSTOMER, "4808"),
    "after_expiry": Terms(Owner.DISPUTES, Place.CUSTOMER, "4808"),
    "over_cleared": Terms(Owner.DISPUTES, Place.CUSTOMER, "4831"),
    "chargeback": Terms(Owner.DISPUTES, Place.DISPUTE),
    "second_presentment": Terms(Owner.DISPUTES, Place.DISPUTE),
    "dispute_withdrawn": Terms(Owner.DISPUTES),
    CLAIM_TO_SEND: Terms(Owner.DISPUTES),
    "unknown_currency": Terms(Owner.CLEARING),
    "unbookable_record": Terms(Owner.CLEARING),
    "not_booked": Terms(Owner.CLEARING),
    "flawed_record": Terms(Owner.CLEARING),
    "journal_differs": Terms(Owner.LEDGER),
    "not_presented": Terms(Owner.CLEARING),
    "awaiting_presentment": Terms(Owner.CLEARING),
    "settled_differs": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "settled_otherwise": Terms(Owner.SETTLEMENT, Place.SUSPENSE),
    "rounding": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "rounded": Terms(Owner.SETTLEMENT),
    "position_differs": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "position_missing": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "settled_later": Terms(Owner.SETTLEMENT),
    "position_moved": Terms(Owner.SETTLEMENT),
    "positions_disagree": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "bad_position": Terms(Owner.SETTLEMENT),
    "bank_differs": Terms(Owner.TREASURY, Place.SETTLEMENT),
    "bank_entry_missing": Terms(Owner.TREASURY, Place.SETTLEMENT),
    "bank_entry_unexpected": Terms(Owner.TREASURY, Place.SETTLEMENT),
    "bank_entry_unknown": Terms(Owner.TREASURY, Place.SUSPENSE),
    "bank_details_differ": Terms(Owner.TREASURY),
    "statement_gap": Terms(Owner.TREASURY),
    "duplicate_mismatch": Terms(Owner.OPERATIONS),
    "books_do_not_hold": Terms(Owner.OPERATIONS),
    "clearing_account_open": Terms(Owner.LEDGER, Place.SETTLEMENT),
}
"""By kind of finding, which is the kind of its item in report.exception."""
OTHERS = Terms(Owner.CLEARING)


def terms_of(kind: str) -> Terms:
    """Also for a kind that another release has raised."""
    return TERMS.get(kind, OTHERS)
