"""Single messages (0200, 0220): authorized and booked at once, so nothing is ever held. Pure."""

from ledger.recipes.entry import Entry, Party, posted


def debit(account: Party, asset: str, amount: int) -> Entry:
    """A single message is approved. Refused (or granted in part) beyond what is available.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | network_settlement | amount |
    """
    return Entry("debit", "authorized", posted(account, "network_settlement", asset, amount))


def advised_debit(account: Party, asset: str, amount: int) -> Entry:
    """The network has decided a single message in our stead, or completed it: booked by force, whatever there is.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | network_settlement | amount |
    """
    return Entry("debit", "advised", posted(account, "network_settlement", asset, amount), is_forced=True)


def debit_reversal(account: Party, asset: str, amount: int) -> Entry:
    """All or part of a single message is reversed, or void: its money comes back at once.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | customer | amount |
    """
    return Entry("debit_reversal", "reversed", posted("network_settlement", account, asset, amount))


def credit(account: Party, asset: str, amount: int) -> Entry:
    """A single message that gives: a refund or a payment to the cardholder, there at once.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | customer | amount |
    """
    return Entry("credit", "authorized", posted("network_settlement", account, asset, amount))


def credit_reversal(account: Party, asset: str, amount: int) -> Entry:
    """All or part of such a credit is reversed: taken back by force, whatever is left on the account.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | network_settlement | amount |
    """
    return Entry("credit_reversal", "reversed", posted(account, "network_settlement", asset, amount), is_forced=True)


RECIPES = (debit, advised_debit, debit_reversal, credit, credit_reversal)
