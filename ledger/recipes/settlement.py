"""Between us, the network and the bank; what is given up. Pure."""

from ledger.recipes.entry import Entry, Party, posted


def settle(asset: str, amount: int) -> Entry:
    """The bank pays the network what a settlement position says we owe.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | bank | amount |
    """
    return Entry("settlement", "paid", posted("network_settlement", "bank", asset, amount))


def settle_incoming(asset: str, amount: int) -> Entry:
    """The network pays us: refunds and won disputes were more than presentments.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | bank | network_settlement | amount |
    """
    return Entry("settlement", "received", posted("bank", "network_settlement", asset, amount))


def earn_interchange(asset: str, amount: int) -> Entry:
    """Our part of a purchase, kept from what we owe the network.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | interchange_income | amount |
    """
    return Entry("interchange", "earned", posted("network_settlement", "interchange_income", asset, amount))


def pay_interchange(asset: str, amount: int) -> Entry:
    """The acquirer's part of cash from a machine, or ours of a purchase that was refunded.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | interchange_expense | network_settlement | amount |
    """
    return Entry("interchange", "paid", posted("interchange_expense", "network_settlement", asset, amount))


def pay_network_fee(asset: str, amount: int) -> Entry:
    """A fee that the network collects from us.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_fees | network_settlement | amount |
    """
    return Entry("network_fee", "collected", posted("network_fees", "network_settlement", asset, amount))


def earn_network_fee(asset: str, amount: int) -> Entry:
    """A fee that the network collects for us, or gives back.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | network_fees | amount |
    """
    return Entry("network_fee", "given", posted("network_settlement", "network_fees", asset, amount))


def question_more(asset: str, amount: int) -> Entry:
    """The network settles more than is billed, and nothing explains it: we owe it, nobody yet owes us.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | suspense | network_settlement | amount |
    """
    return Entry("difference", "settled_more", posted("suspense", "network_settlement", asset, amount))


def question_less(asset: str, amount: int) -> Entry:
    """The network settles less than is billed, and nothing explains it.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | suspense | amount |
    """
    return Entry("difference", "settled_less", posted("network_settlement", "suspense", asset, amount))


def resolve_suspense(account: Party, asset: str, amount: int) -> Entry:
    """An unmatched presentment has found its account (a customer's, or write_offs).

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | suspense | amount |
    """
    return Entry("suspense", "resolved", posted(account, "suspense", asset, amount), is_forced=True)


def write_off(account: Party, asset: str, amount: int) -> Entry:
    """What a customer owes and will not pay is given up.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | write_offs | customer | amount |
    """
    return Entry("write_off", "uncollectable", posted("write_offs", account, asset, amount))


RECIPES = (
    settle, settle_incoming, earn_interchange, pay_interchange, pay_network_fee, earn_network_fee, question_more, question_less,
    resolve_suspense, write_off,
)  # fmt: skip
