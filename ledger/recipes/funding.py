"""Money that comes, goes and moves between accounts; fees. Pure."""

from ledger.recipes.entry import Entry, Party, posted


def pay_in_capital(asset: str, amount: int) -> Entry:
    """The owners' money, or the balances of books kept before, come to the bank.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | bank | opening_equity | amount |
    """
    return Entry("capital", "paid_in", posted("bank", "opening_equity", asset, amount))


def fund(account: Party, asset: str, amount: int, reason: str = "funding") -> Entry:
    """Money has come to the bank for a customer.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | bank | customer | amount |
    """
    return Entry("fund", reason, posted("bank", account, asset, amount))


def withdraw(account: Party, asset: str, amount: int, reason: str = "withdrawal") -> Entry:
    """A customer's money leaves by the bank. Refused below the floor.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | bank | amount |
    """
    return Entry("withdraw", reason, posted(account, "bank", asset, amount))


def transfer(giver: Party, taker: Party, asset: str, amount: int, reason: str = "transfer") -> Entry:
    """From one customer to another in the same asset. Refused below the giver's floor.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer (giver) | customer (taker) | amount |
    """
    return Entry("transfer", reason, posted(giver, taker, asset, amount))


def fee(account: Party, asset: str, amount: int, reason: str = "fee", *, is_forced: bool = False) -> Entry:
    """A fee of ours. Forced, it is charged also to an account that cannot pay it.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | fee_income | amount |
    """
    return Entry("fee", reason, posted(account, "fee_income", asset, amount), is_forced)


RECIPES = (pay_in_capital, fund, withdraw, transfer, fee)
