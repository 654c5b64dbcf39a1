"""Makes findings of facts: per item first, then per total, then what the clearing accounts say of it all. Pure.

Exact everywhere: nothing is tolerated silently. What time alone settles, and roundings that are booked with their records, are
settled by a rule that the finding names; all else is an item for people.
"""

from collections import defaultdict
from collections.abc import Iterator

from clearing.bookings import ROUNDING_MINOR
from clearing.reconciliation import proposals
from clearing.reconciliation.cases import case_of
from clearing.reconciliation.facts import Facts
from clearing.reconciliation.findings import Finding, Resolution
from clearing.settlement.comparing import Difference, Unequal, compare_bank, subject_of, unknown_entries
from clearing.settlement.position_comparing import compare_positions
from ledger.money import ASSETS

SETTLEMENT = "network_settlement"


def judge(facts: Facts) -> list[Finding]:
    """In a fixed order; the same facts give the same findings."""
    found = [*_items(facts), *_journals(facts), *_settled(facts), *_unpresented(facts), *_later(facts), *_totals(facts)]
    return [*found, *_clearing_accounts(facts, found)]


def _items(facts: Facts) -> Iterator[Finding]:
    for item in facts.items:
        case = case_of(item, facts.day)
        yield Finding(
            item.kind, item.subject, case.said, facts.day, item.asset, item.amount, reason=case.reason, due=case.due,
            proposal=case.proposal,
        )  # fmt: skip


def _journals(facts: Facts) -> Iterator[Finding]:
    for one in facts.differing_journals:
        said = "the journal moves another amount than the match says"
        yield Finding(
            "journal_differs", f"journal of clearing {one.file_id}/{one.position}", said, facts.day, one.asset,
            one.journal - one.matched, one.matched, one.journal,
        )  # fmt: skip


def _settled(facts: Facts) -> Iterator[Finding]:
    """What was booked with its record is told as settled; what the books refused then waits in the settlement account.

    Roundings that were refused are summed by file: a file's records never change, so neither does their sum.
    """
    rounded: dict[str, list[int]] = defaultdict(list)
    refused: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in facts.settled_otherwise:
        more = one.settled - one.booked
        if one.is_booked:
            rounded[one.asset].append(more)
        elif abs(more) <= ROUNDING_MINOR:
            refused[one.file_id, one.asset].append(more)
        else:
            said = "settled by another amount than the cardholder is billed"
            yield Finding(
                "settled_differs", f"settled amount of clearing {one.file_id}/{one.position}", said, facts.day, one.asset, -more,
                -one.booked, -one.settled, proposal=proposals.for_total("settled_differs", one.asset, -more),
            )  # fmt: skip
    for (file_id, asset), parts in sorted(refused.items()):
        more = sum(parts)
        said = f"settled a minor unit off, and the books did not take it with the record; records: {len(parts)}"
        yield Finding(
            "rounding", f"roundings in {asset} of clearing {file_id}", said, facts.day, asset, -more,
            rule=None if more else Resolution.ROUNDING, proposal=(proposals.rounding(asset, more),) if more else (),
        )  # fmt: skip
    for asset, parts in sorted(rounded.items()):
        said = f"settled a minor unit off, and booked with the record; records: {len(parts)}"
        subject = f"roundings in {asset} of {facts.day}"
        yield Finding("rounded", subject, said, facts.day, asset, -sum(parts), rule=Resolution.ROUNDING)


def _unpresented(facts: Facts) -> Iterator[Finding]:
    for one in facts.unpresented:
        said = f"authorized and not presented; its time was over on {one.expired_on}"
        yield Finding("not_presented", f"authorization {one.authorization_id}", said, one.expired_on, one.asset, one.left)
    for wait in facts.waiting:
        said = f"{wait.count} authorizations wait for their presentment within their time"
        subject = f"authorizations in {wait.asset} up to {facts.day}"
        yield Finding("awaiting_presentment", subject, said, facts.day, wait.asset, wait.left, rule=Resolution.TIMING)


def _later(facts: Facts) -> Iterator[Finding]:
    for one in facts.later:
        said = f"booked by now, and the network settles it on {one.settles_on}; records: {one.count}"
        subject = f"settlement {one.service} {one.asset} of {one.settles_on} for records up to {facts.day}"
        yield Finding("settled_later", subject, said, facts.day, one.asset, -one.net, one.net, rule=Resolution.TIMING)


def _totals(facts: Facts) -> Iterator[Finding]:
    for file_id, number, fault in facts.bad_positions:
        yield Finding("bad_position", f"position {file_id}/{number}", fault, facts.day)
    unequal = compare_positions(facts.expected, facts.positions, latest=facts.latest_position, day=facts.day)
    unequal += compare_bank(facts.positions, facts.entries, facts.closed)
    unequal += [one for one in compare_bank(facts.due, (), facts.closed) if not one.is_timing]
    unequal += unknown_entries(facts.unknown_entries)
    unequal += [
        Unequal(Difference.STATEMENT_GAP, f"statement {gap.reference} {gap.asset}", gap.asset, gap.closed_before, gap.opening,
                "it does not open with what the statement before it closed with")
        for gap in facts.gaps
    ]  # fmt: skip
    of_earlier = {subject_of(position.key): position.key.business_date for position in facts.due}
    for one in unequal:
        since = of_earlier.get(one.subject, facts.day)
        yield Finding(
            one.kind.value, one.subject, one.said, since, one.asset, one.amount, one.expected, one.stated,
            Resolution.TIMING if one.is_timing else None,
            proposal=proposals.for_total(one.kind.value, one.asset, one.amount),
        )  # fmt: skip


EXPLAINING = frozenset(
    {kind.value for kind in Difference} - {Difference.BANK_UNKNOWN, Difference.BANK_DETAILS, Difference.STATEMENT_GAP}
    | {"settled_differs", "settled_later", "rounding"}
)
"""Kinds whose amounts lie in the settlement account until they are resolved."""


def _clearing_accounts(facts: Facts, found: list[Finding]) -> Iterator[Finding]:
    """The settlement account has returned to nothing but for what the other findings say."""
    explained: dict[str, int] = defaultdict(int)
    mine = {(finding.kind, finding.subject) for finding in found}
    for finding in found:
        if finding.kind in EXPLAINING and finding.asset is not None and (finding.kind, finding.subject) not in facts.resolved:
            explained[finding.asset] += finding.amount or 0
    for item in facts.open_items:
        if (item.kind, item.subject) not in mine:
            explained[item.asset] += item.amount
    for (role, asset), balance in sorted(facts.balances.items()):
        if role != SETTLEMENT or balance + explained[asset] == 0:
            continue
        money = ASSETS[asset].format
        by_items = (
            f"the other items make it {money(-explained[asset])}" if explained[asset] else "no other item explains any of it"
        )
        said = f"holds {money(balance)}; {by_items}"
        amount = balance + explained[asset]
        yield Finding(
            "clearing_account_open", f"{role} {asset} up to {facts.day}", said, facts.day, asset, -amount,
            -explained[asset], balance, proposal=proposals.for_total("clearing_account_open", asset, -amount),
        )  # fmt: skip
