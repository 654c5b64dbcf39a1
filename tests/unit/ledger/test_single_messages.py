"""0200 and 0220: booked at once, never held; reversed, voided and replaced by booking back."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import orders
import pytest
from ledger_samples import CUSTOMER, NOW, SETTLEMENT, account, advise, authorize, books, capture, key, reverse

from ledger.batch import decide
from ledger.books import Books
from ledger.commands import Capture, Command, Outcome, Single, Void
from ledger.verdicts import Verdict

DEBIT = authorize("a", 100, trace_id="T", single=Single.DEBIT)


def run(locked: Books, *commands: Command) -> list[Outcome]:
    return decide(list(commands), locked, NOW)


def books_say(locked: Books) -> tuple[int, int]:
    """Posted and held."""
    return locked.accounts[CUSTOMER].posted, locked.accounts[CUSTOMER].holds


def test_a_debit_books_at_once_and_holds_nothing() -> None:
    locked = books()
    (outcome,) = run(locked, DEBIT)
    assert (outcome.verdict, outcome.available) == (Verdict.APPROVED, 900)
    assert books_say(locked) == (900, 0)
    assert locked.accounts[SETTLEMENT].posted == 100
    (chain,) = locked.rows.opened_chains.values()
    assert (chain.sums.authorized, chain.sums.captured, chain.sums.held) == (100, 100, 0)


def test_a_debit_beyond_the_balance_is_declined_or_granted_in_part() -> None:
    locked = books(account(60))
    refused, partly = run(
        locked, DEBIT, authorize("b", 100, single=Single.DEBIT, partial=True)
    )  # fmt: skip
    assert (refused.reason, partly.verdict, partly.amount) == ("insufficient_funds", Verdict.PARTIAL, 60)
    assert books_say(locked) == (0, 0)


def test_an_advised_debit_is_booked_beyond_the_balance_and_that_is_on_record() -> None:
    locked = books(account(60))
    run(locked, advise("x", 100, single=Single.DEBIT))
    assert books_say(locked) == (-40, 0)
    assert locked.accounts[CUSTOMER].excused == 40


def ends(*commands: Command) -> set[tuple[int, int]]:
    found = set()
    for order in itertools.permutations(commands):
        locked = books()
        run(locked, *order)
        assert locked.accounts[SETTLEMENT].posted == 1000 - locked.accounts[CUSTOMER].posted
        found.add(books_say(locked))
    return found


def test_reversals_of_a_debit_book_back_what_they_do_not_leave_in_any_order() -> None:
    to_sixty, to_forty = (reverse(f"r{left}", "a", left, original_mti="0200") for left in (60, 40))
    assert ends(DEBIT, to_sixty) == {(940, 0)}
    assert ends(DEBIT, to_sixty, to_forty) == {(960, 0)}
    assert ends(DEBIT, to_sixty, reverse("r", "a", original_mti="0200")) == {(1000, 0)}


def test_a_repeat_of_a_debit_or_of_its_reversal_books_nothing() -> None:
    locked = books()
    back = reverse("r", "a", 60, original_mti="0200")
    run(locked, DEBIT, DEBIT, back, back)
    assert books_say(locked) == (940, 0)


def test_an_advised_debit_stands_in_the_place_of_our_own_in_either_order() -> None:
    assert ends(DEBIT, advise("x", 130, trace_id="T", single=Single.DEBIT)) == {(870, 0)}


def test_an_advised_debit_completes_a_hold() -> None:
    assert ends(authorize("a", 100, trace_id="T"), advise("x", 130, trace_id="T", single=Single.DEBIT)) == {(870, 0)}


def test_a_debit_that_nobody_was_told_is_booked_back() -> None:
    locked = books()
    (_, voided) = run(locked, DEBIT, Void(key("0200/a"), CUSTOMER, NOW))
    assert voided.verdict is Verdict.VOIDED
    assert books_say(locked) == (1000, 0)


def test_a_credit_is_there_at_once_and_its_reversal_takes_it_back_by_force() -> None:
    locked = books(account(0))
    run(locked, authorize("a", 50, single=Single.CREDIT))
    assert books_say(locked) == (50, 0)
    run(locked, authorize("b", 50, single=Single.DEBIT), reverse("r", "a", 20, original_mti="0200"))
    assert books_say(locked) == (-30, 0)
    assert locked.accounts[CUSTOMER].excused == 30


@pytest.mark.parametrize(("posted", "answer", "amount"), [(100, "00", 100), (90, "87", 80), (79, "51", 0)])
def test_cashback_is_given_whole_or_as_goods_only_or_not_at_all(posted: int, answer: str, amount: int) -> None:
    locked = books(account(posted))
    (outcome,) = run(locked, authorize("a", 100, goods=80))
    assert (outcome.response_code, outcome.amount) == (answer, amount)
    assert books_say(locked) == (posted, amount)


@pytest.mark.parametrize(
    "other",
    [
        authorize("b", 50, chain_trace="T", single=Single.DEBIT, lifetime_days=30),
        authorize("b", 50, chain_trace="T", holds=False, lifetime_days=30),
    ],
    ids=["a debit", "a refund authorization"],
)
def test_what_holds_nothing_is_no_increment_of_the_payment_it_names(other: Command) -> None:
    locked = books()
    first, own = run(locked, authorize("a", 100, trace_id="T"), other)
    assert own.verdict is Verdict.APPROVED
    assert [row[:2] for row in locked.rows.authorizations] == [(o.authorization_id,) * 2 for o in (first, own)]


SINGLE, ADVISED = (make("a", 300, trace_id="T", single=Single.DEBIT) for make in (authorize, advise))
BACK = reverse("r", "a", original_mti="0200")
LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(("amount", "is_last"), [(300, True), (300, False), (100, True), (100, False), (400, True)])
@pytest.mark.parametrize("others", [[SINGLE], [ADVISED], [SINGLE, ADVISED], [SINGLE, BACK], [SINGLE, ADVISED, BACK]])
def test_a_single_message_and_its_presentment_are_one_payment_in_every_order(
    others: list[Command], amount: int, *, is_last: bool
) -> None:
    """What is presented is what is booked; nothing is held, whatever was to come."""
    assert orders.ends(*others, orders.presented("p", amount, is_last=is_last)) == {(1000 - amount, 0)}


@pytest.mark.parametrize("others", [[SINGLE], [ADVISED], [SINGLE, ADVISED], [SINGLE, BACK]])
@pytest.mark.parametrize("is_last", [True, False])
def test_when_its_presentment_is_taken_back_nothing_of_a_single_message_is_left_in_any_order(
    others: list[Command], *, is_last: bool
) -> None:
    for order in itertools.permutations([*others, orders.presented("p", 300, is_last=is_last)]):
        after = next(place for place, step in enumerate(order) if callable(step)) + 1
        for place in range(after, len(order) + 1):
            locked = books()
            orders.play(locked, *order[:place], orders.taken_back("p", 300), *order[place:])
            assert books_say(locked) == (1000, 0)
            assert locked.accounts[SETTLEMENT].posted == 0


@pytest.mark.parametrize(("funds", "answer"), [(300, "00"), (299, "51")])
def test_a_single_message_is_answered_as_if_its_presentment_had_not_come_first(funds: int, answer: str) -> None:
    locked = books(account(funds))
    orders.play(locked, orders.presented("p", 300, is_last=True))
    first, again = run(locked, SINGLE, SINGLE)
    assert (first.response_code, again.response_code, again.is_repeat) == (answer, answer, True)
    assert books_say(locked) == (funds - 300, 0)


def test_a_presentment_of_a_single_message_is_owed_once_and_both_are_on_record() -> None:
    locked = books()
    orders.play(locked, SINGLE, orders.presented("p", 300, is_last=True))
    assert locked.accounts[SETTLEMENT].posted == 300
    assert [row[2] for row in locked.rows.journals] == ["debit", "debit_reversal", "capture"]
    (chain,) = locked.chains.values()
    assert (chain.sums.authorized, chain.sums.reversed, chain.sums.captured) == (300, 0, 300)


DAYS = YESTERDAY, TODAY, TOMORROW = tuple(NOW.date() + timedelta(days=off) for off in (-1, 0, 1))


def owed_by_day(locked: Books) -> dict[date, int]:
    """What the network is owed, by value date."""
    days, owed = {row[0]: row[1] for row in locked.rows.journals}, Counter[date]()
    for journal_id, _, account_id, _, _, amount, _ in locked.rows.postings:
        owed[days[journal_id]] -= amount if account_id == SETTLEMENT else 0
    return {day: amount for day, amount in owed.items() if amount}


def presented_on(day: date, locked: Books, amount: int = 100) -> Capture:
    (chain_id,) = locked.chains
    at = NOW + (day - NOW.date())
    return replace(capture("p", amount, chain_id, is_last=True), at=at, value_date=day)


@pytest.mark.parametrize("day", DAYS)
def test_a_presentment_of_another_day_leaves_nothing_of_its_single_message_on_any_day(day: date) -> None:
    locked = books()
    run(locked, DEBIT)
    run(locked, presented_on(day, locked))
    assert owed_by_day(locked) == {day: 100}


def test_what_a_reversal_gave_back_on_a_later_day_is_undone_on_that_one() -> None:
    locked = books()
    run(locked, DEBIT)
    run(locked, replace(back := reverse("r", "a", 60, original_mti="0200"), request=replace(back.request, transmitted_at=LATER)))
    assert owed_by_day(locked) == {TODAY: 100, TOMORROW: -40}
    run(locked, presented_on(TOMORROW, locked, 60))
    assert owed_by_day(locked) == {TOMORROW: 60}
    (chain,) = locked.chains.values()
    assert (chain.sums.captured, books_say(locked)) == (60, (940, 0))


def test_a_debit_that_nobody_was_told_stands_on_no_day_also_when_that_is_found_after_midnight() -> None:
    locked = books()
    run(locked, DEBIT, Void(key("0200/a"), CUSTOMER, LATER))
    assert owed_by_day(locked) == {}
