"""Journals of people and jobs: funding, fees, corrections. Pure.

The rules of the books are checked in order; the first one broken names the refusal, and nothing of it is written.
"""

from ledger.books import Books, Stored
from ledger.commands import Book, Layer, Outcome, Verdict


def book(command: Book, books: Books) -> Outcome:
    stored = books.by_key.get(command.key.digest)
    if stored is not None:
        if stored.content == command.content:
            return Outcome(Verdict(stored.verdict), stored.reason, stored.response_code, is_repeat=True)
        books.raise_exception("duplicate_mismatch", command.key, 0, command.lines[0].asset)
        return Outcome(Verdict.CONFLICT, "duplicate_mismatch", "94")
    if refusal := _broken_rule(command, books):
        return Outcome(Verdict.REFUSED, refusal, "")
    lines = tuple((books.account_of(line), line.layer, line.amount) for line in command.lines)
    books.post(
        lines,
        kind=command.kind,
        reason=command.reason,
        value_date=command.value_date,
        event_at=command.event_at,
        actor=command.actor,
        is_forced=command.is_forced,
        key=command.key.digest,
        content=command.content,
    )
    books.store(
        Stored(command.key.digest, command.key.date, command.content, "book", None, None, None, None, None, None, None,
               None, Verdict.ACCEPTED.value, command.reason, "", None, 0, None),
        0,
    )  # fmt: skip
    first = books.accounts[lines[0][0]]
    return Outcome(Verdict.ACCEPTED, command.reason, "", mark=first.mark())


def _broken_rule(command: Book, books: Books) -> str | None:
    """The first rule of the books that the journal would break, None if it may be written."""
    totals: dict[tuple[str, Layer], int] = {}
    moved: dict[int, int] = {}
    for line in command.lines:
        account = books.accounts.get(books.account_of(line))
        if account is None:
            return "unknown_account"
        if account.asset != line.asset:
            return "wrong_asset"
        if account.status == "closed":
            return "closed_account"
        if line.amount == 0:
            return "zero_amount"
        totals[line.asset, line.layer] = totals.get((line.asset, line.layer), 0) + line.amount
        moved[account.account_id] = moved.get(account.account_id, 0) + line.amount
    if any(totals.values()) or not totals:
        return "unbalanced"
    for account_id, amount in moved.items():
        account = books.accounts[account_id]
        change = amount if account.is_debit_normal else -amount
        if not command.is_forced and account.available is not None and change < 0 and account.available + change < 0:
            return "insufficient_funds"
    return None
