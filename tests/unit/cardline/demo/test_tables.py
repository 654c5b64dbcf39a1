from io import StringIO

from rich.console import Console

from cardline.demo.tables import SHOWN_MISMATCHES, latency_table, report
from cardline.demo.verdict import BalanceDifference, BooksAfterwards
from ledger.reports import TrialBalanceRow
from ledger.verify import Finding
from simulator.expectation import Difference
from simulator.outcome import DayOutcome, Exchange
from simulator.script import Kind
from simulator.troubles import Episode

GOOD = Exchange(Kind.PURCHASE, "0100 541333******0001", "0110 00", "approved", "00", latency_seconds=0.0021)
BAD = Exchange(Kind.PURCHASE, "0100 541333******0019", "0110 00", "approved", "51", (Difference("DE 39", "00", "51"),), 0.003)
QUIET = Episode("answered too late", "5413330000000016", 3_000)
BOOKS = BooksAfterwards(2, (), (TrialBalanceRow("EUR", "posted", 1_000, 1_000),), ())


def printed(outcome: DayOutcome, books: BooksAfterwards, *episodes: Episode) -> str:
    out = Console(file=StringIO(), width=160)
    for shown in report(outcome, episodes or (QUIET,), books):
        out.print(shown)
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_a_day_that_held_shows_what_was_sent_and_answered_and_why() -> None:
    text = printed(DayOutcome(7, (GOOD, GOOD)), BOOKS)
    assert "seed 7" in text
    assert "approved" in text
    assert "2.1" in text
    assert "10.00 EUR" in text
    assert "✗" not in text
    assert "Replies not as predicted" not in text


def test_latencies_are_told_under_the_burst_and_alone() -> None:
    out = Console(file=StringIO(), width=160)
    out.print(latency_table(DayOutcome(7, (GOOD,)), [0.0015, 0.0025]))
    assert isinstance(out.file, StringIO)
    text = out.file.getvalue()
    assert "48 cards at once" in text
    assert "2 one at a time" in text
    assert "2.5" in text


def test_disagreements_are_shown_side_by_side_up_to_a_limit() -> None:
    text = printed(DayOutcome(7, (BAD,) * (SHOWN_MISMATCHES + 3)), BOOKS)
    assert text.count("541333******0019") == SHOWN_MISMATCHES
    assert "and 3 more" in text


def test_what_the_books_do_not_hold_is_shown() -> None:
    wrong = BalanceDifference("541333******0001", 281474976710657, "holds", 100, 99)
    books = BooksAfterwards(2, (wrong,), (TrialBalanceRow("EUR", "posted", 1, 2),), (Finding("chain", "stream 1", "broken"),))
    text = printed(DayOutcome(7, (GOOD,)), books)
    assert "281474976710657" in text
    assert "NO" in text
    assert "chain: stream 1: broken" in text
    assert text.count("✗") == 3


def test_a_day_without_an_answer_can_still_be_shown() -> None:
    assert "✗ the host went away" in printed(DayOutcome(7, (), not_sent=9, verdict="the host went away"), BOOKS)


def test_an_episode_shows_what_it_left_held_or_what_did_not_happen() -> None:
    text = printed(DayOutcome(7, (GOOD,)), BOOKS, QUIET, Episode("link lost", "5413330000000024", 0, "not within 20 s: drained"))
    assert "3,000" in text
    assert "not within 20 s: drained" in text
    assert "2 episodes of trouble, 1 did not go as they must" in text
    assert "54133300000000" not in text
