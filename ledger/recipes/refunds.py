"""Credits to cardholders: authorized, presented, taken back. Pure."""

from ledger.recipes.entry import Entry, Party, posted


def refund_authorization(account: Party, asset: str, amount: int) -> Entry:  # noqa: ARG001 - asked for all the same
    """A refund is announced by an authorization. It posts nothing: there is no money before the presentment.

    | layer | debit | credit | amount |
    |---|---|---|---|
    """
    return Entry("refund_authorization", "announced", ())


def refund(account: Party, asset: str, amount: int) -> Entry:
    """A credit presentment: the network pays the cardholder back.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | customer | amount |
    """
    return Entry("refund", "presented", posted("network_settlement", account, asset, amount))


def refund_reversal(account: Party, asset: str, amount: int) -> Entry:
    """The network takes a credit presentment back, whatever is left on the account.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | network_settlement | amount |
    """
    lines = posted(account, "network_settlement", asset, amount)
    return Entry("refund_reversal", "clearing_reversal", lines, is_forced=True)


RECIPES = (refund_authorization, refund, refund_reversal)
