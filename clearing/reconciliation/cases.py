"""What is known of an item about a record: why, under which reason, what is due until when, what would put it right. Pure.

The posting raises items with it and a run finds them by it, so both say the same.
"""

from dataclasses import dataclass
from datetime import date

from clearing.disputes.deadlines import Due, answer_due, claim_due, stage_of
from clearing.disputes.reasons import group_of
from clearing.reconciliation import proposals
from clearing.reconciliation.facts import Item
from clearing.reconciliation.terms import Owner, terms_of
from ledger.commands import Entry


@dataclass(frozen=True, slots=True)
class Case:
    """`reason`: the record's own where it is a dispute, else under which it may become one."""

    said: str
    owner: Owner
    reason: str | None
    due: Due | None
    proposal: tuple[Entry, ...]


def case_of(item: Item, file_on: date) -> Case:
    """`file_on` starts the clock of a record that names no business date."""
    terms, on = terms_of(item.kind), item.business_date or file_on
    exact = terms.reason if item.is_debit else None
    due = claim_due(exact, on) if exact is not None else None
    reason: str | None = group_of(exact) if exact is not None else None
    if item.kind in DISPUTES and (stage := stage_of(item.function_code)) is not None:
        reason, due = item.reason or None, answer_due(stage, on)
    return Case(item.said, terms.owner, reason, due, proposals.for_item(item))


DISPUTES = frozenset({"chargeback", "second_presentment"})
"""Kinds that are disputes already."""
