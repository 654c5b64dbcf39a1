"""Who looks at which kind of finding, under which reason (DE 25) it may be disputed, and for how many days. Data.

The day limits are those of the older, published list of message reason codes; a code without one there has the longest.
"""

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Desks, as they stand in report.exception."""

    CLEARING = "clearing"
    SETTLEMENT = "settlement"
    DISPUTES = "disputes"
    TREASURY = "treasury"
    LEDGER = "ledger"


class Place(StrEnum):
    """Where the money of an item lies until somebody decides."""

    CUSTOMER = "customer"
    SUSPENSE = "suspense"
    SETTLEMENT = "network_settlement"
    DISPUTE = "dispute"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Terms:
    """`reason`: under which the presentment may be charged back, None where it may not or already is."""

    owner: Owner
    place: Place = Place.NOWHERE
    reason: str | None = None


LONGEST_DAYS = 120
DISPUTE_DAYS = {
    "4807": 45, "4808": 90, "4812": 45, "4831": 120, "4834": 120, "4837": 120,
    **dict.fromkeys(
        ("4840", "4841", "4842", "4846", "4849", "4850", "4853", "4854", "4855", "4859", "4860", "4863", "4870", "4871", "4999"),
        LONGEST_DAYS,
    ),
}  # fmt: skip
"""Days after the business date of the presentment in which a first chargeback may be sent, by its reason."""
ANSWER_DAYS = {"chargeback": 45, "second_presentment": 45}
"""Days after the business date in which the other side may answer: the acquirer a chargeback, we a second presentment."""

TERMS = {
    "unknown_card": Terms(Owner.CLEARING, Place.SUSPENSE, "4812"),
    "closed_account": Terms(Owner.CLEARING, Place.SUSPENSE, "4808"),
    "wrong_currency": Terms(Owner.CLEARING, Place.SUSPENSE, "4846"),
    "orphan_reversal": Terms(Owner.CLEARING, Place.SUSPENSE),
    "doubled_presentment": Terms(Owner.DISPUTES, Place.CUSTOMER, "4834"),
    "unauthorized_presentment": Terms(Owner.DISPUTES, Place.CUSTOMER, "4808"),
    "after_reversal": Terms(Owner.DISPUTES, Place.CUSTOMER, "4808"),
    "after_expiry": Terms(Owner.DISPUTES, Place.CUSTOMER, "4808"),
    "over_cleared": Terms(Owner.DISPUTES, Place.CUSTOMER, "4831"),
    "chargeback": Terms(Owner.DISPUTES, Place.DISPUTE),
    "second_presentment": Terms(Owner.DISPUTES, Place.DISPUTE),
    "unknown_currency": Terms(Owner.CLEARING),
    "unbookable_record": Terms(Owner.CLEARING),
    "not_booked": Terms(Owner.CLEARING),
    "journal_differs": Terms(Owner.LEDGER),
    "not_presented": Terms(Owner.CLEARING),
    "awaiting_presentment": Terms(Owner.CLEARING),
    "settled_differs": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "settled_otherwise": Terms(Owner.SETTLEMENT, Place.SUSPENSE),
    "rounding": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "position_differs": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "position_missing": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "positions_disagree": Terms(Owner.SETTLEMENT, Place.SETTLEMENT),
    "bad_position": Terms(Owner.SETTLEMENT),
    "bank_differs": Terms(Owner.TREASURY, Place.SETTLEMENT),
    "bank_entry_missing": Terms(Owner.TREASURY, Place.SETTLEMENT),
    "bank_entry_unexpected": Terms(Owner.TREASURY, Place.SETTLEMENT),
    "bank_entry_unknown": Terms(Owner.TREASURY, Place.SUSPENSE),
    "bank_details_differ": Terms(Owner.TREASURY),
    "statement_gap": Terms(Owner.TREASURY),
    "clearing_account_open": Terms(Owner.LEDGER, Place.SETTLEMENT),
}
"""By kind of finding, which is the kind of its item in report.exception."""
OTHERS = Terms(Owner.CLEARING)


def terms_of(kind: str) -> Terms:
    """Also for a kind that another release has raised."""
    return TERMS.get(kind, OTHERS)
