"""Presentments: what was authorized, or was not, is booked. Pure. They always post, also below the floor."""

from ledger.recipes.entry import Entry, Party, pending, posted


def capture(account: Party, asset: str, amount: int, released: int, reason: str = "exact") -> Entry:
    """A presentment of an authorization: it releases what was held for it and books its own amount in full.

    `released` is the smaller of `amount` and what is held; for the last presentment all that is held. The reason is
    `exact`, `under` (less is presented than held), `over` (more), `part` (one of several) or `last`.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | holds_contra | customer | released |
    | posted | customer | network_settlement | amount |
    """
    lines = pending("holds_contra", account, asset, released) + posted(account, "network_settlement", asset, amount)
    return Entry("capture", reason, lines, is_forced=True)


def capture_after_expiry(account: Party, asset: str, amount: int) -> Entry:
    """A presentment of an authorization that holds nothing any more (expired, reversed, used up).

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | network_settlement | amount |
    """
    return Entry("capture", "after_expiry", posted(account, "network_settlement", asset, amount), is_forced=True)


def force_post(account: Party, asset: str, amount: int) -> Entry:
    """A presentment without an authorization.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | network_settlement | amount |
    """
    return Entry("capture", "force_post", posted(account, "network_settlement", asset, amount), is_forced=True)


def cash_with_fee(account: Party, asset: str, amount: int, fee: int, released: int) -> Entry:
    """Cash from a machine, with our fee for it in the same journal. `amount` is the cash, without the fee.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | holds_contra | customer | released |
    | posted | customer | network_settlement | amount |
    | posted | customer | fee_income | fee |
    """
    return with_fee(capture(account, asset, amount, released, "cash"), account, asset, fee)


def cashback(account: Party, asset: str, goods: int, cash: int, released: int) -> Entry:
    """A purchase with cash from the till: two debits, so that both stand in the statement.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | pending | holds_contra | customer | released |
    | posted | customer | network_settlement | goods |
    | posted | customer | network_settlement | cash |
    """
    bought = capture(account, asset, goods, released, "cashback")
    return Entry("capture", "cashback", bought.lines + posted(account, "network_settlement", asset, cash), is_forced=True)


def with_fee(entry: Entry, account: Party, asset: str, fee: int) -> Entry:
    """The same presentment with our fee for it, if there is one."""
    return Entry(entry.kind, entry.reason, entry.lines + posted(account, "fee_income", asset, fee), entry.is_forced)


def capture_reversal(account: Party, asset: str, amount: int) -> Entry:
    """The network takes a presentment back. Its hold does not come back.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | customer | amount |
    """
    return Entry("capture_reversal", "clearing_reversal", posted("network_settlement", account, asset, amount))


def unmatched(asset: str, amount: int) -> Entry:
    """A presentment for which there is no open account: we owe the network, nobody yet owes us.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | suspense | network_settlement | amount |
    """
    return Entry("unmatched", "no_account", posted("suspense", "network_settlement", asset, amount))


def unmatched_credit(asset: str, amount: int) -> Entry:
    """Money of the network for which there is no open account: a refund, or a presentment taken back that we never had.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | suspense | amount |
    """
    return Entry("unmatched", "no_account", posted("network_settlement", "suspense", asset, amount))


RECIPES = (capture, capture_after_expiry, force_post, cash_with_fee, cashback, capture_reversal, unmatched, unmatched_credit)
