"""The rules of the books that a booking may break. Pure; the first one broken names the refusal."""

from datetime import date, timedelta

from ledger.books import Account, Books
from ledger.commands import Answer, Authorize, Layer, Line, Outcome, Single
from ledger.money import MAX_BALANCE, MAX_MINOR
from ledger.verdicts import Rule, Verdict

FURTHEST_VALUE = timedelta(days=31)
"""A value date lies no further ahead of the books: beyond it somebody has mistaken a year or a month."""
INVALID_AMOUNT = "13"
"""The answer to a network message whose amount no message can carry."""


def refused(rule: Rule, response_code: str = "") -> Outcome:
    """Nothing is stored: asked again, it is decided again."""
    return Outcome(Verdict.REFUSED, rule.value, response_code)


def refused_amount(amount: int) -> Outcome:
    """A network message whose amount is no amount."""
    return refused(Rule.NEGATIVE_AMOUNT if amount < 0 else Rule.AMOUNT_OVERFLOW, INVALID_AMOUNT)


def broken_by_amount(amount: int) -> Rule | None:
    if amount < 0:
        return Rule.NEGATIVE_AMOUNT
    return Rule.AMOUNT_OVERFLOW if amount > MAX_MINOR else None


def broken_by_dates(books: Books, value_date: date, booking_date: date | None = None) -> Rule | None:
    """What is late goes to the open day with its own value date; only who insists on a day may find it closed."""
    if booking_date is not None and booking_date < books.booking_date:
        return Rule.CLOSED_PERIOD
    if booking_date is not None and booking_date > books.booking_date:
        return Rule.FUTURE_PERIOD
    return Rule.FUTURE_PERIOD if value_date - books.booking_date > FURTHEST_VALUE else None


def broken_by_presentment(account: Account | None, asset: str, amount: int) -> Rule | None:
    """A presentment posts to any account that is there and open, whatever it has."""
    if account is None:
        return Rule.UNKNOWN_ACCOUNT
    if account.kind != "customer":
        return Rule.NOT_A_CUSTOMER
    if account.asset != asset:
        return Rule.WRONG_ASSET
    if account.status == "closed":
        return Rule.CLOSED_ACCOUNT
    return Rule.ZERO_AMOUNT if amount == 0 else broken_by_amount(amount)


def objection_of(account: Account, command: Authorize) -> Answer | None:
    """What the account itself says against a request, whatever a cache said of it when the authorizer decided (G2)."""
    answers, spends = command.answers, command.holds or command.single is Single.DEBIT
    if account.status == "closed":
        return answers.account_closed
    if account.status == "frozen" and spends:
        return answers.account_frozen
    return answers.wrong_asset if account.asset != command.request.asset and (spends or command.single is not None) else None


def broken_by_lines(lines: tuple[Line, ...], books: Books, *, is_forced: bool) -> Rule | None:
    """A journal of people or jobs. Only the posted layer: what is held belongs to an authorization."""
    totals: dict[str, int] = {}
    for line in lines:
        if rule := _broken_by_line(line, books):
            return rule
        totals[line.asset] = totals.get(line.asset, 0) + line.amount
    if any(totals.values()) or not totals:
        return Rule.UNBALANCED
    return broken_by_sums(lines, books, is_forced=is_forced)


def _broken_by_line(line: Line, books: Books) -> Rule | None:
    account = books.find(line)
    if account is None:
        return Rule.UNKNOWN_ACCOUNT
    if account.asset != line.asset:
        return Rule.WRONG_ASSET
    if account.status == "closed":
        return Rule.CLOSED_ACCOUNT
    if line.amount == 0:
        return Rule.ZERO_AMOUNT
    if abs(line.amount) > MAX_MINOR:
        return Rule.AMOUNT_OVERFLOW
    return Rule.HOLDS_NEED_A_CHAIN if line.layer != Layer.POSTED else None


def broken_by_sums(lines: tuple[Line, ...], books: Books, *, is_forced: bool) -> Rule | None:
    """What a journal would do to each account as a whole, however many of its lines fall on it."""
    moved: dict[int, int] = {}
    for line in lines:
        account = books.find(line)
        assert account is not None
        if line.layer == Layer.POSTED:
            change = line.amount if account.is_debit_normal else -line.amount
            moved[account.account_id] = moved.get(account.account_id, 0) + change
    for account_id, change in moved.items():
        account = books.accounts[account_id]
        if abs(account.posted + change) > MAX_BALANCE:
            return Rule.AMOUNT_OVERFLOW
        if is_forced or account.floor is None or change >= 0:
            continue
        if account.status == "frozen":
            return Rule.FROZEN_ACCOUNT
        if account.available is not None and account.available + change < 0:
            return Rule.INSUFFICIENT_FUNDS
    return None
