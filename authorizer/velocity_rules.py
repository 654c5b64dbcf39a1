"""Whether a request keeps the limits of its card, given what was used of each. Pure.

A limit by amount leaves a part where the request may be approved in part; a limit by count leaves all or nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from authorizer.limits import SINGLE_USE, Limit, Used
from authorizer.payment_kinds import Traits, is_of
from authorizer.reasons import DeclineReason

COUNT_RULE, AMOUNT_RULE = "within_count_limit", "within_amount_limit"
RULE_NAMES = frozenset({COUNT_RULE, AMOUNT_RULE})


class OverLimit(NamedTuple):
    """`reason` and `rule` of the broken limit; `detail` says which and how far it was used."""

    reason: DeclineReason
    rule: str
    detail: str


def at_most(
    amount: int,
    limits: Sequence[Limit],
    usage: Sequence[Used],
    *,
    is_counted: bool,
    may_be_partial: bool,
    goods: int | None = None,
    traits: Traits = frozenset(),
    off: frozenset[str] = frozenset(),
) -> int | OverLimit:
    """How much the limits leave of `amount` (minor units), or the first limit that leaves nothing that could be approved.

    `goods`: what may be approved without the cash from the till. `traits` of the payment: a limit for another kind does not ask.
    `off`: names of rules that are not asked.
    """
    room = amount
    for limit, use in zip(limits, usage, strict=True):
        if not is_of(limit.where, traits):
            continue
        if limit.max_count is not None and COUNT_RULE not in off and is_counted and use.times >= limit.max_count:
            is_single = limit.name == SINGLE_USE
            reason = DeclineReason.CARD_USED_UP if is_single else DeclineReason.OVER_COUNT_LIMIT
            return OverLimit(reason, COUNT_RULE, _said(limit, f"{use.times} of {limit.max_count} used"))
        if limit.max_amount is not None and AMOUNT_RULE not in off and use.amount + amount > limit.max_amount:
            left = max(0, limit.max_amount - use.amount)
            if left == 0 or not (may_be_partial or (goods is not None and goods <= left)):
                said = _said(limit, f"{use.amount} of {limit.max_amount} used")
                return OverLimit(DeclineReason.OVER_LIMIT, AMOUNT_RULE, said)
            room = min(room, left)
    return room


def _said(limit: Limit, use: str) -> str:
    return f"{limit.name} ({limit.window}), {limit.scope.value} limits {limit.version}, {use}"
