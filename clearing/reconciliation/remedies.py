"""By which journal an item ends, given how it stands at the moment: as proposed, written off, or with another item. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clearing.disputes.deadlines import Stage
from clearing.disputes.standing import CLAIM_TO_SEND, WITHDRAWN, Standing
from clearing.reconciliation import proposals
from clearing.reconciliation.case_remedies import CLOSED, CaseItem, way_of, written_off
from clearing.reconciliation.findings import entries_of
from clearing.reconciliation.terms import Place, terms_of
from ledger.commands import Entry, Layer, Line


@dataclass(frozen=True, slots=True)
class NoRemedy:
    """Why an item cannot be ended so, for people."""

    reason: str


Remedy = Entry | NoRemedy | None
"""None ends the item without a journal."""
MATCHED = ("suspense", "matched")
"""Kind and reason of the journal of two items that are one thing, by which it is told from the journal of either alone."""
GIVEN_UP = frozenset({"write_offs", "chargeback_losses"})
"""Accounts of what is asked of nobody any more."""
_TAKEN_BACK = "a later record has taken it back: the next run resolves it"
_NOT_BOOKED = (
    "nothing of it is booked, and how it would have to be is not known: what the network settles for it is worked off with the "
    "item of its date's position; end this one with --write-off, which books nothing"
)
_NO_JOURNAL = {
    "unbookable_record": _NOT_BOOKED,
    "unknown_currency": _NOT_BOOKED,
    "flawed_record": (
        "it is booked but for what cannot be read: ask the network for that, then end it with --write-off, which books nothing"
    ),
}
"""Why no journal is proposed, and what to do instead, by kinds whose money lies in no account of ours."""


def proposed(item: Any) -> Remedy:
    """What gives money up is never proposed; of a case, what its money is at this moment says what an item moves."""
    if item["is_withdrawn"]:
        return NoRemedy(_TAKEN_BACK)
    if item["standing"] is not None:
        way = way_of(_of_case(item), item["standing"])
        if way.said:
            return NoRemedy(way.said)
        return merged(way.sure) if way.sure else _nothing(item)
    entries = entries_of(item["proposal"])
    if entries and item["account_status"] == "closed" and any(_is_of(item, entry) for entry in entries):
        return NoRemedy(CLOSED)
    if not entries:
        return NoRemedy(_NO_JOURNAL.get(item["kind"], "no journal is proposed for it: match it with another, or write it off"))
    entry = merged(entries)
    if gives_up(entry):
        return NoRemedy("its journal is a write-off, nobody is asked for the money: use --write-off")
    return entry


def _nothing(item: Any) -> Remedy:
    """Of what people have asked for, and of a presentment whose direction allows no claim, nothing is left to propose."""
    if terms_of(item["kind"]).place in (Place.CUSTOMER, Place.SUSPENSE):
        return NoRemedy("no journal is proposed for it: write it off")
    return None


def given_up(item: Any) -> Remedy:
    """The loss, or the gain, is ours; a documented end without a journal where no money lies anywhere."""
    amount, asset = item["amount"], item["asset"]
    if item["is_withdrawn"]:
        return NoRemedy(_TAKEN_BACK)
    if item["standing"] is not None:
        return _given_up(_of_case(item), item["standing"])
    if item["kind"] == "settled_otherwise" and item["difference"]:
        return proposals.abandoned(asset, abs(item["difference"]), is_debit=item["difference"] > 0)
    if terms_of(item["kind"]).place not in (Place.SUSPENSE, Place.SETTLEMENT) or not amount:
        return None
    entries = entries_of(item["proposal"])
    return merged(entries) if entries else proposals.difference(asset, amount)


def _given_up(item: CaseItem, standing: Standing) -> Remedy:
    """A chargeback's money is given up only as far as nobody is there who may have it."""
    way = way_of(item, standing)
    if item.kind in ("chargeback", WITHDRAWN) and way.sure and not way.lost:
        if item.kind == "chargeback" and standing.claimed > 0:
            return NoRemedy("its claim is booked: book the journal that is proposed, which ends both")
        return NoRemedy("its money is the cardholder's: book the journal that is proposed")
    if item.kind == CLAIM_TO_SEND and way.lost and standing.returned > 0:
        return NoRemedy(way.said)
    entries = written_off(item, standing)
    return merged(entries) if entries else None


def _of_case(item: Any) -> CaseItem:
    stage = Stage(item["stage"]) if item["stage"] is not None else None
    is_open = item["account_id"] is not None and item["account_status"] != "closed"
    return CaseItem(
        item["kind"], stage, (item["file_id"], item["position"]), item["amount"], item["asset"], item["account_id"], is_open,
        item["is_debit"],
    )  # fmt: skip


def side_of(item: Any) -> int:
    """-1 where what was presented is a credit."""
    return _of_case(item).side


def matched(first: Any, second: Any) -> Remedy:
    """A journal only where one of them waits in suspense and the other is settlement."""
    if first["asset"] != second["asset"] or first["amount"] is None or second["amount"] is None:
        return NoRemedy("they are not amounts of one asset")
    if first["amount"] + second["amount"] != 0:
        return NoRemedy("their amounts do not come to nothing together")
    items = [first, second]
    places = [terms_of(item["kind"]).place for item in items]
    if not set(places) <= {Place.SUSPENSE, Place.SETTLEMENT} or any(item["subject"].startswith("clearing ") for item in items):
        return NoRemedy("only what lies between us, the network and the bank is matched")
    if places.count(Place.SUSPENSE) != 1:
        return None
    waiting = items[places.index(Place.SUSPENSE)]
    return Entry(*MATCHED, _posted("suspense", "network_settlement", waiting["asset"], waiting["amount"]))


def merged(entries: Sequence[Entry]) -> Entry:
    """Several as one journal, so that all of it is booked or nothing; what only passes through an account is left out."""
    sums: dict[tuple[int | str, str], int] = defaultdict(int)
    for entry in entries:
        for line in entry.lines:
            sums[line.account, line.asset] += line.amount
    lines = tuple(Line(account, asset, Layer.POSTED, amount) for (account, asset), amount in sums.items() if amount)
    return Entry(entries[-1].kind, entries[-1].reason, lines, any(entry.is_forced for entry in entries))


def gives_up(entry: Entry) -> bool:
    """The money is asked of nobody: a loss of ours, or a gain. Only who says so in as many words may book it."""
    return any(line.account in GIVEN_UP for line in entry.lines)


def _is_of(item: Any, entry: Entry) -> bool:
    return any(line.account == item["account_id"] for line in entry.lines)


def _posted(debit: str, credit: str, asset: str, amount: int) -> tuple[Line, Line]:
    return Line(debit, asset, Layer.POSTED, amount), Line(credit, asset, Layer.POSTED, -amount)
