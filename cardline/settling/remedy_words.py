"""What resolving an item would do, in words: which accounts, how much, and what that means. Pure; decided in `remedies`."""

from datetime import date

from cardline.settling.reconcile_view import money
from clearing.reconciliation.remedies import NoRemedy, Remedy

_MEANS = {
    "dispute_opened": "the money is claimed back from the network",
    "dispute_dropped": "claim and chargeback end each other, no cardholder is credited",
    "dispute_lost": "the cardholder's credit is taken back, by force",
    "dispute_borne": "the cardholder keeps the credit, or the claim is given up, at our loss",
    "dispute_kept": "the chargeback's money is for nobody and becomes ours",
    "write_off": "the cardholder is given the money at our loss",
    "rounding": "booked as a rounding",
}
"""By the kind of the journal."""


def said(remedy: Remedy, *, due: date | None) -> str:
    """One line. `due`: until when the presentment may be charged back, where it may."""
    if isinstance(remedy, NoRemedy):
        return f"books nothing: {remedy.reason}"
    if remedy is None:
        return "books nothing: no money lies anywhere; the item ends with the reason"
    lines = ", ".join(
        f"{'debit' if line.amount > 0 else 'credit'} {_account(line.account)} {money(abs(line.amount), line.asset)}"
        for line in remedy.lines
    )
    means = _means(remedy.kind, {line.account: line.amount for line in remedy.lines})
    is_claim = due is not None and any(line.account == "disputes_receivable" and line.amount > 0 for line in remedy.lines)
    sent = f"; the chargeback itself is to be sent to the network by other means until {due}" if is_claim else ""
    return f"books {lines}: {means}{sent}"


def _account(account: int | str) -> str:
    return account if isinstance(account, str) else f"the cardholder's account {account}"


def _means(kind: str, amounts: dict[int | str, int]) -> str:
    if "write_offs" in amounts and kind not in _MEANS:
        return "a loss of ours" if amounts["write_offs"] > 0 else "a gain of ours"
    if kind.endswith("provisional_credit"):
        is_given = any(amount < 0 for account, amount in amounts.items() if isinstance(account, int))
        claimed = "claimed back from the network, and " if amounts.get("disputes_receivable", 0) > 0 else ""
        return f"{claimed}{'credited to the cardholder at once' if is_given else 'taken from the cardholder'}"
    return _MEANS.get(kind, kind.replace("_", " "))
