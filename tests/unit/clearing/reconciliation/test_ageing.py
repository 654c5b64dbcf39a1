"""How old a clearing balance is."""

from datetime import date, timedelta

from clearing.reconciliation.ageing import Aged, aged
from clearing.reconciliation.facts import Movement

DAY = date(2026, 11, 26)
ACCOUNT = ("suspense", "EUR")


def moved(days_ago: int, amount: int) -> Movement:
    return Movement(*ACCOUNT, DAY - timedelta(days=days_ago), amount)


def test_an_account_that_has_returned_to_zero_is_left_out() -> None:
    assert aged({ACCOUNT: 0}, [moved(0, 5), moved(3, -5)], DAY) == []


def test_what_came_last_is_what_is_left() -> None:
    found = aged({ACCOUNT: 120}, [moved(0, 50), moved(2, -30), moved(5, 40), moved(20, 60)], DAY)
    assert found == [Aged(*ACCOUNT, 120, (50, 40, 30, 0), DAY - timedelta(days=20))]


def test_what_is_older_than_what_was_read_is_old_and_has_no_date() -> None:
    assert aged({ACCOUNT: -100}, [moved(40, -60)], DAY) == [Aged(*ACCOUNT, -100, (0, 0, 0, -100), None)]
