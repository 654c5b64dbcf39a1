from dataclasses import replace

import pytest

from cardline.demo.verdict import BalanceDifference, BooksAfterwards, compared, verdicts
from ledger.reports import TrialBalanceRow
from ledger.verify import Finding
from simulator.auditor.accounts import Balance
from simulator.outcome import DayOutcome, Exchange
from simulator.script import Kind
from simulator.troubles import Episode

BALANCE = Balance(posted_minor=10_000, holds_minor=2_500, floor_minor=-500)
FINE = BooksAfterwards(3, (), (TrialBalanceRow("EUR", "posted", 5, 5),), ())
WENT_WELL = Episode("answered too late", "5413330000000016", 3_000)
PLAYED = DayOutcome(1, (Exchange(Kind.PURCHASE, "0100", "0110 00", "approved", "00"),))


def test_an_account_as_the_model_has_it_shows_no_difference() -> None:
    assert compared("541333******0001", 7, BALANCE, (10_000, 2_500, 8_000)) == []


def test_each_figure_that_differs_is_named() -> None:
    assert compared("541333******0001", 7, BALANCE, (10_000, 2_600, 7_900)) == [
        BalanceDifference("541333******0001", 7, "holds", 2_500, 2_600),
        BalanceDifference("541333******0001", 7, "available", 8_000, 7_900),
    ]


def test_an_account_that_is_not_in_the_books_differs_in_everything() -> None:
    assert [(d.what, d.got) for d in compared("x", 7, BALANCE, None)] == [("posted", None), ("holds", None), ("available", None)]


def test_books_without_a_row_prove_nothing() -> None:
    assert FINE.ok
    assert not replace(FINE, trial_balance=()).ok
    assert not replace(FINE, accounts=0).ok


@pytest.mark.parametrize(
    ("outcome", "books"),
    [
        (replace(PLAYED, not_sent=1), FINE),
        (replace(PLAYED, unmatched_replies=1), FINE),
        (replace(PLAYED, verdict="the host went away"), FINE),
        (PLAYED, replace(FINE, findings=(Finding("chain", "stream 1", "broken"),))),
        (PLAYED, replace(FINE, trial_balance=(TrialBalanceRow("EUR", "posted", 5, 6),))),
        (PLAYED, replace(FINE, balance_differences=(BalanceDifference("x", 1, "holds", 1, 2),))),
    ],
)
def test_whatever_does_not_hold_is_said(outcome: DayOutcome, books: BooksAfterwards) -> None:
    assert not (outcome.ok and books.ok)
    assert [held for _, held in verdicts(outcome, (WENT_WELL,), books)].count(False) == 1


def test_a_day_that_holds_says_so_throughout() -> None:
    assert all(held for _, held in verdicts(PLAYED, (WENT_WELL,), FINE))


@pytest.mark.parametrize("episodes", [(), (WENT_WELL, replace(WENT_WELL, failed="not within 20 s: drained"))])
def test_trouble_that_was_not_played_or_went_wrong_does_not_hold(episodes: tuple[Episode, ...]) -> None:
    assert [held for _, held in verdicts(PLAYED, episodes, FINE)].count(False) == 1
