"""A cardholder disputes a presentment: claimed from the network, credited for the time being, won or lost. Pure.

Whatever way it goes, both dispute accounts end at nothing for this case.
"""

from ledger.recipes.entry import Entry, Party, posted


def open_dispute(asset: str, amount: int) -> Entry:
    """The chargeback goes to the network: a claim of ours, and what we would owe the cardholder from it.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | disputes_receivable | disputes_payable | amount |
    """
    return Entry("dispute_opened", "chargeback", posted("disputes_receivable", "disputes_payable", asset, amount))


def claim_suspense(asset: str, amount: int) -> Entry:
    """The chargeback goes to the network for what waits in suspense: a claim of ours, of which nothing is owed to a cardholder.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | disputes_receivable | suspense | amount |
    """
    return Entry("dispute_opened", "from_suspense", posted("disputes_receivable", "suspense", asset, amount))


def credit_provisionally(account: Party, asset: str, amount: int) -> Entry:
    """The cardholder has the money for as long as the dispute runs.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | disputes_payable | customer | amount |
    """
    return Entry("provisional_credit", "dispute", posted("disputes_payable", account, asset, amount))


def win_dispute(asset: str, amount: int) -> Entry:
    """The network pays our claim, and the cardholder keeps the provisional credit (give it before, if it was not given).

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | disputes_receivable | amount |
    """
    return Entry("dispute_won", "chargeback_accepted", posted("network_settlement", "disputes_receivable", asset, amount))


def lose_dispute(account: Party, asset: str, amount: int) -> Entry:
    """The claim is refused and the provisional credit is taken back by force, whatever is left on the account.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | customer | disputes_receivable | amount |
    """
    return Entry("dispute_lost", "credit_taken_back", posted(account, "disputes_receivable", asset, amount), is_forced=True)


def drop_dispute(asset: str, amount: int) -> Entry:
    """The claim is refused or withdrawn before the cardholder was credited; or the network has cleared the chargeback of a claim.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | disputes_payable | disputes_receivable | amount |
    """
    return Entry("dispute_dropped", "not_credited", posted("disputes_payable", "disputes_receivable", asset, amount))


def bear_dispute(asset: str, amount: int) -> Entry:
    """The claim is refused, or never sent, and the cardholder keeps the credit: the loss is ours.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | chargeback_losses | disputes_receivable | amount |
    """
    return Entry("dispute_borne", "issuer_loss", posted("chargeback_losses", "disputes_receivable", asset, amount))


def clear_chargeback(asset: str, amount: int) -> Entry:
    """The network has cleared a chargeback: it credits us, and until somebody decides that is owed to the cardholder.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | network_settlement | disputes_payable | amount |
    """
    return Entry("chargeback", "cleared", posted("network_settlement", "disputes_payable", asset, amount))


def present_again(asset: str, amount: int) -> Entry:
    """A second presentment takes a chargeback's money back: a claim of ours again, until the dispute is won, lost or borne.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | disputes_receivable | network_settlement | amount |
    """
    return Entry("second_presentment", "cleared", posted("disputes_receivable", "network_settlement", asset, amount))


def keep_chargeback(asset: str, amount: int) -> Entry:
    """A chargeback's money that can be given to nobody: the cardholder has no open account here, or has had the money from us.

    | layer | debit | credit | amount |
    |---|---|---|---|
    | posted | disputes_payable | write_offs | amount |
    """
    return Entry("dispute_kept", "for_nobody", posted("disputes_payable", "write_offs", asset, amount))


RECIPES = (
    open_dispute, claim_suspense, credit_provisionally, win_dispute, lose_dispute, drop_dispute, bear_dispute, clear_chargeback,
    present_again, keep_chargeback,
)  # fmt: skip
