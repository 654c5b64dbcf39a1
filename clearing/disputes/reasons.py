"""Message reason codes (DE 25) under which a presentment may be charged back, and for how many days. Data.

Four groups are left in the current rules; files still carry the older codes, which are mapped to the group that took them
over. Days are calendar days after the central site business date of the presentment. Where public sources differ the
shorter time stands here: acting early loses nothing. A network's own current rules go into this table.
"""

from dataclasses import dataclass
from enum import StrEnum

VERSION = "2"
"""Of this table and of `deadlines`; it changes when either may say something else."""


class Group(StrEnum):
    """What the current rules know, by the code that stands for it."""

    AUTHORIZATION = "4808"
    POINT_OF_INTERACTION = "4834"
    FRAUD = "4837"
    CARDHOLDER = "4853"
    DOMESTIC = "4999"
    """No group of the current rules: a region's own."""


class Confidence(StrEnum):
    """How well the days are known."""

    PUBLISHED = "published"
    """Lists of several public sources say the same."""
    SHORTER = "shorter"
    """Public sources differ; this is the shorter time."""
    LONGEST = "longest"
    """No public source says it for this code: the longest of its group."""


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    group: Group
    days: int
    confidence: Confidence
    is_current: bool = False


_CURRENT = (
    Reason("4808", Group.AUTHORIZATION, 90, Confidence.PUBLISHED, is_current=True),
    Reason("4834", Group.POINT_OF_INTERACTION, 90, Confidence.SHORTER, is_current=True),
    Reason("4837", Group.FRAUD, 120, Confidence.PUBLISHED, is_current=True),
    Reason("4870", Group.FRAUD, 120, Confidence.LONGEST, is_current=True),
    Reason("4871", Group.FRAUD, 120, Confidence.LONGEST, is_current=True),
    Reason("4853", Group.CARDHOLDER, 120, Confidence.PUBLISHED, is_current=True),
)
"""4834: 90 days for a payment taken twice or of another amount, 120 in the older list and for machines and currencies."""
_OLDER = (
    Reason("4807", Group.AUTHORIZATION, 45, Confidence.SHORTER),
    Reason("4812", Group.AUTHORIZATION, 45, Confidence.SHORTER),
    Reason("4831", Group.POINT_OF_INTERACTION, 90, Confidence.SHORTER),
    Reason("4842", Group.POINT_OF_INTERACTION, 90, Confidence.SHORTER),
    Reason("4846", Group.POINT_OF_INTERACTION, 90, Confidence.SHORTER),
    Reason("4840", Group.FRAUD, 120, Confidence.LONGEST),
    Reason("4849", Group.FRAUD, 120, Confidence.LONGEST),
    Reason("4863", Group.FRAUD, 120, Confidence.LONGEST),
    *(
        Reason(code, Group.CARDHOLDER, 120, Confidence.LONGEST)
        for code in ("4841", "4850", "4854", "4855", "4859", "4860")
    ),
    Reason("4999", Group.DOMESTIC, 120, Confidence.LONGEST),
)  # fmt: skip
"""4807 and 4812 keep the 45 days of the older list, 4808 took them over with 90. 4859 also names machines that gave no cash,
which are 4834 now."""
REASONS = {reason.code: reason for reason in (*_CURRENT, *_OLDER)}


def group_of(code: str) -> Group | None:
    """None for a code that is in no public list, and for what is no chargeback's reason (2001, 2700: second presentments)."""
    reason = REASONS.get(code)
    return reason.group if reason is not None else None
