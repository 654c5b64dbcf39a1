"""What is due in a dispute, by whom and until when. Pure.

The clock of each step starts on the central site business date (PDS 0158) of the record before it, and runs in calendar
days; a deadline is the last day. All three answers have 45 days in the public lists. Arbitration chargebacks were withdrawn
around 2020 in favour of pre-arbitration outside the file; where one still comes, the same time is taken for what follows.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from clearing.disputes.reasons import REASONS


class Stage(StrEnum):
    """How far the records of a case have come, in their order."""

    CHARGEBACK = "chargeback"
    SECOND_PRESENTMENT = "second_presentment"
    ARBITRATION_CHARGEBACK = "arbitration_chargeback"


class Step(StrEnum):
    """What may be done until the deadline; after it the side that has not acted has lost its right to."""

    CHARGE_BACK = "charge_back"
    PRESENT_AGAIN = "present_again"
    PRE_ARBITRATION = "pre_arbitration"
    """Under 4808, 4870 and 4871 it goes to arbitration at once."""
    ARBITRATION_CASE = "arbitration_case"


class Side(StrEnum):
    ISSUER = "issuer"
    ACQUIRER = "acquirer"


@dataclass(frozen=True, slots=True)
class Due:
    """`since` is the day the clock started on."""

    step: Step
    side: Side
    since: date
    on: date


ANSWER_DAYS = 45
_ANSWERS = {
    Stage.CHARGEBACK: (Step.PRESENT_AGAIN, Side.ACQUIRER),
    Stage.SECOND_PRESENTMENT: (Step.PRE_ARBITRATION, Side.ISSUER),
    Stage.ARBITRATION_CHARGEBACK: (Step.ARBITRATION_CASE, Side.ACQUIRER),
}
_STAGES = {"450": Stage.CHARGEBACK, "453": Stage.CHARGEBACK, "451": Stage.ARBITRATION_CHARGEBACK,
           "454": Stage.ARBITRATION_CHARGEBACK, "205": Stage.SECOND_PRESENTMENT, "282": Stage.SECOND_PRESENTMENT}  # fmt: skip
"""By function code (DE 24)."""


def stage_of(function_code: str) -> Stage | None:
    """None for what is no record of a dispute."""
    return _STAGES.get(function_code)


def claim_due(reason: str, presented_on: date) -> Due | None:
    """Until when we may charge a presentment back; None for a reason that no list has."""
    found = REASONS.get(reason)
    if found is None:
        return None
    return Due(Step.CHARGE_BACK, Side.ISSUER, presented_on, presented_on + timedelta(days=found.days))


def answer_due(stage: Stage, on: date) -> Due:
    """What may follow a record of this business date."""
    step, side = _ANSWERS[stage]
    return Due(step, side, on, on + timedelta(days=ANSWER_DAYS))
