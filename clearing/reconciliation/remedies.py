"""By which journal an item ends, given how it stands at the moment: as proposed, written off, or with another item. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from clearing.reconciliation import proposals
from clearing.reconciliation.facts import Item
from clearing.reconciliation.findings import entries_of
from clearing.reconciliation.terms import Place, terms_of
from ledger.commands import Entry, Layer, Line
from ledger.recipes import RECIPES


@dataclass(frozen=True, slots=True)
class NoRemedy:
    """Why an item cannot be ended so, for people."""

    reason: str


Remedy = Entry | NoRemedy | None
"""None ends the item without a journal."""
MATCHED = ("suspense", "matched")
"""Kind and reason of the journal of two items that are one thing, by which it is told from the journal of either alone."""
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
    """A dispute is judged anew: whether the cardholder has the money is known only under the locks of its case."""
    entries = proposals.for_item(_dispute(item)) if item["is_dispute"] else entries_of(item["proposal"])
    if item["is_withdrawn"]:
        return NoRemedy("a later record has taken it back: the next run resolves it")
    if item["is_charged_back"]:
        return NoRemedy("its chargeback is worked off, nothing is left to claim: end it with --write-off")
    if entries and item["account_status"] == "closed" and any(_is_of(item, entry) for entry in entries):
        return NoRemedy("its account is closed: write it off")
    if not entries:
        return NoRemedy(_NO_JOURNAL.get(item["kind"], "no journal is proposed for it: match it with another, or write it off"))
    entry = merged(entries)
    if _gives_up(entry):
        return NoRemedy("its journal is a write-off, nobody is asked for the money: use --write-off")
    return entry


def given_up(item: Any) -> Remedy:
    """The loss, or the gain, is ours; a documented end without a journal where no money lies anywhere."""
    amount, asset = item["amount"], item["asset"]
    is_open = item["account_id"] is not None and item["account_status"] != "closed"
    if item["kind"] == proposals.WITHDRAWN and amount:
        return proposals.turned(RECIPES["keep_chargeback"](asset, amount))
    match terms_of(item["kind"]).place:
        case Place.CUSTOMER if item["is_charged_back"]:
            return None
        case Place.SUSPENSE | Place.SETTLEMENT:
            return _abandoned(item) if amount else None
        case Place.CUSTOMER if is_open and amount:
            return RECIPES["write_off"](item["account_id"], asset, amount)
        case Place.DISPUTE if item["is_withdrawn"]:
            return NoRemedy("a later record has taken it back: the next run resolves it")
        case Place.DISPUTE if amount:
            return _dispute_given_up(item, is_open=is_open)
        case _:
            return None


def _abandoned(item: Any) -> Remedy:
    """By the journal that was proposed, where that gives it up; what might have been claimed from suspense is borne.

    What never came has no journal proposed: whoever gives it up takes what the settlement account still holds for it.
    """
    entries, is_suspense = entries_of(item["proposal"]), terms_of(item["kind"]).place is Place.SUSPENSE
    if entries and (not is_suspense or _gives_up(merged(entries))):
        return merged(entries)
    if is_suspense:
        return proposals.abandoned(item["asset"], abs(item["amount"]), is_debit=item["is_debit"])
    return proposals.difference(item["asset"], item["amount"])


def _dispute_given_up(item: Any, *, is_open: bool) -> Remedy:
    """A chargeback's money belongs to a cardholder who has an account; a second presentment may always be borne."""
    amount, asset = item["amount"], item["asset"]
    if item["kind"] == "chargeback" and item["is_credited"]:
        return NoRemedy("its claim is booked: book the journal that is proposed, which ends both")
    if item["kind"] == "second_presentment":
        if not item["is_credited"]:
            return proposed(item)
        return RECIPES["bear_dispute"](asset, amount)
    if is_open:
        return NoRemedy("the money of a chargeback is the cardholder's: book the journal that is proposed")
    kept = RECIPES["keep_chargeback"](asset, amount)
    return proposals.turned(kept) if item["is_debit"] else kept


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


def alternatives(item: Any, entry: Entry) -> list[Entry]:
    """What may have been booked for a dispute by an act that was cut off while the cardholder had the money, or had not."""
    if not item["is_dispute"]:
        return []
    other = proposals.for_item(replace(_dispute(item), is_credited=not item["is_credited"]))
    return [found for found in (merged(other),) if found != entry] if other else []


def _dispute(item: Any) -> Item:
    return Item(
        "", 0, item["kind"], item["is_debit"], item["amount"], item["asset"], item["account_id"], "", "", item["is_credited"]
    )


def is_claim(entry: Entry) -> bool:
    """The money is asked back of the network, which must be told so."""
    return any(line.account == "disputes_receivable" and line.amount > 0 for line in entry.lines)


def _gives_up(entry: Entry) -> bool:
    """The money is asked of nobody: a loss of ours, or a gain. Only who says so in as many words may book it."""
    return any(line.account == "write_offs" for line in entry.lines)


def _is_of(item: Any, entry: Entry) -> bool:
    return any(line.account == item["account_id"] for line in entry.lines)


def _posted(debit: str, credit: str, asset: str, amount: int) -> tuple[Line, Line]:
    return Line(debit, asset, Layer.POSTED, amount), Line(credit, asset, Layer.POSTED, -amount)
