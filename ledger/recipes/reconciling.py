"""What a reconciliation books: movements of the bank that nobody explains, differences given up or kept, roundings. Pure."""

from ledger.recipes.entry import Entry, posted


def park_payment(asset: str, amount: int) -> Entry:
    """The bank has paid something out of the settlement account and does not say which settlement it is.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | suspense | bank | amount |
    """
    return Entry("bank_entry", "unexplained", posted("suspense", "bank", asset, amount))


def park_receipt(asset: str, amount: int) -> Entry:
    """Something has come to the settlement account, and the bank does not say which settlement it is.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | bank | suspense | amount |
    """
    return Entry("bank_entry", "unexplained", posted("bank", "suspense", asset, amount))


def bear_difference(asset: str, amount: int) -> Entry:
    """A difference of a settlement that we have paid and that nobody gives back.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | write_offs | network_settlement | amount |
    """
    return Entry("difference", "borne", posted("write_offs", "network_settlement", asset, amount))


def keep_difference(asset: str, amount: int) -> Entry:
    """A difference of a settlement that we have been given and that nobody claims.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | write_offs | amount |
    """
    return Entry("difference", "kept", posted("network_settlement", "write_offs", asset, amount))


def bear_suspense(asset: str, amount: int) -> Entry:
    """What waits in suspense has been paid for nobody who can be found: the loss is ours.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | write_offs | suspense | amount |
    """
    return Entry("suspense", "borne", posted("write_offs", "suspense", asset, amount))


def keep_suspense(asset: str, amount: int) -> Entry:
    """What waits in suspense has come from nobody who can be found.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | suspense | write_offs | amount |
    """
    return Entry("suspense", "kept", posted("suspense", "write_offs", asset, amount))


def round_up(asset: str, amount: int) -> Entry:
    """The network settles a minor unit more than was booked.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | rounding | network_settlement | amount |
    """
    return Entry("rounding", "settled_more", posted("rounding", "network_settlement", asset, amount))


def round_down(asset: str, amount: int) -> Entry:
    """The network settles a minor unit less than was booked.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | rounding | amount |
    """
    return Entry("rounding", "settled_less", posted("network_settlement", "rounding", asset, amount))


RECIPES = (park_payment, park_receipt, bear_difference, keep_difference, bear_suspense, keep_suspense, round_up, round_down)
