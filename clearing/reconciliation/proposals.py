"""Which journals would put a finding right when it is found: made of recipes, booked only when somebody says so. Pure.

What an item of a case books is known only when it is worked off: `case_remedies`.
"""

from clearing.disputes.standing import WITHDRAWN
from clearing.reconciliation.facts import Item
from clearing.reconciliation.terms import Place, terms_of
from ledger.commands import Entry
from ledger.recipes import RECIPES

MISSING = frozenset({"position_missing", "bank_entry_missing"})


def for_item(item: Item) -> tuple[Entry, ...]:
    """Nothing where nothing is booked, or where it is not known of whom the money is."""
    if not item.amount or item.asset is None:
        return ()
    amount, asset = item.amount, item.asset
    if item.kind == WITHDRAWN:
        if item.account_id is None:
            return ()
        return (turned(RECIPES["credit_provisionally"](item.account_id, asset, amount), is_forced=True),)
    match terms_of(item.kind).place:
        case Place.SUSPENSE if terms_of(item.kind).reason is not None and item.is_debit:
            return (RECIPES["claim_suspense"](asset, amount),)
        case Place.SUSPENSE:
            return (abandoned(asset, amount, is_debit=item.is_debit),)
        case Place.CUSTOMER if item.account_id is not None and item.is_debit:
            claimed, credited = RECIPES["open_dispute"], RECIPES["credit_provisionally"]
            return claimed(asset, amount), credited(item.account_id, asset, amount)
        case Place.DISPUTE:
            return _dispute(item, asset, amount)
        case _:
            return ()


def abandoned(asset: str, amount: int, *, is_debit: bool) -> Entry:
    """What waits in suspense and is asked back of nobody: our loss, or our gain."""
    return RECIPES["bear_suspense" if is_debit else "keep_suspense"](asset, amount)


def for_total(kind: str, asset: str, amount: int) -> tuple[Entry, ...]:
    """`amount`: by how much what is stated exceeds what is expected, from our side. Less for us is borne, more is kept.

    What has not come yet is nobody's gain: for that nothing is proposed.
    """
    if amount == 0 or kind in MISSING:
        return ()
    match terms_of(kind).place:
        case Place.SETTLEMENT:
            return (difference(asset, amount),)
        case Place.SUSPENSE:
            return (RECIPES["bear_suspense" if amount < 0 else "keep_suspense"](asset, abs(amount)),)
        case _:
            return ()


def difference(asset: str, amount: int) -> Entry:
    """Less for us than expected is our loss, more our gain."""
    return RECIPES["bear_difference" if amount < 0 else "keep_difference"](asset, abs(amount))


def rounding(asset: str, amount: int) -> Entry:
    """`amount` is what the network settles beyond what is booked, positive where we pay more."""
    return RECIPES["round_up" if amount > 0 else "round_down"](asset, abs(amount))


def _dispute(item: Item, asset: str, amount: int) -> tuple[Entry, ...]:
    """As where nobody has acted before: the chargeback's money goes to the cardholder, a second presentment ends the chargeback.

    Where what was presented was a credit, all of it goes the other way.
    """
    if item.kind != "chargeback":
        entry = RECIPES["drop_dispute"](asset, amount)
    elif item.account_id is None:
        return ()
    else:
        entry = RECIPES["credit_provisionally"](item.account_id, asset, amount)
    is_first = item.kind == "chargeback"
    return (entry if item.is_debit is not is_first else turned(entry, is_forced=is_first),)


def turned(entry: Entry, *, is_forced: bool = False) -> Entry:
    """The same with its sides exchanged: what is done with a debit, done with a credit."""
    lines = tuple(line._replace(amount=-line.amount) for line in entry.lines)
    return Entry(entry.kind, "turned", lines, is_forced)
