"""A draft policy beside the live one: what it would have decided otherwise. Pure, and without effect.

Changes are words of a closed set: lost_ or gained_ and the reason of the policy that declines; reduced; reworded.
"""

from datetime import datetime

from authorizer.decide import Approved, Decision, Declined, Policy, decide
from authorizer.request import AuthorizationRequest
from authorizer.reservation import Reservation

REDUCED, REWORDED = "reduced", "reworded"


def shadowed(live: Policy, draft: Policy, request: AuthorizationRequest, reservation: Reservation, now: datetime) -> str | None:
    """The change, or None. Both are asked on the same facts; what the ledger then says about funds is not compared."""
    asked = (request, reservation.facts)
    return change(
        decide(*asked, live, now, reservation.usage), decide(*asked, draft, now, reservation.usage), request.amount_minor
    )


def change(live: Decision, draft: Decision, amount: int) -> str | None:
    if isinstance(live, Declined):
        if not isinstance(draft, Declined):
            return f"gained_{live.reason.value}"
        return REWORDED if live.reason is not draft.reason else None
    if isinstance(draft, Declined):
        return f"lost_{draft.reason.value}"
    return REDUCED if _room(draft, amount) < _room(live, amount) else None


def _room(decision: Approved, amount: int) -> int:
    return amount if decision.at_most is None else min(amount, decision.at_most)
