"""What may not come into the books by any door: words for layers, borrowed names, accounts that do not fit."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_samples import CUSTOMER, NOW, SETTLEMENT, account, advise, authorize, books, digest, key, reverse

from ledger.batch import decide
from ledger.books import Books
from ledger.commands import Book, Capture, Command, Layer, Line, Outcome, Refund, Single
from ledger.verdicts import Rule, Verdict


def run(locked: Books, *commands: Command) -> list[Outcome]:
    return decide(list(commands), locked, NOW)


def booked(
    name: str, amount: int, layer: str = "posted", *, kind: str = "fee", reason: str = "monthly", is_forced: bool = False
) -> Book:
    """`layer` as a plain word, as a caller may well give it."""
    lines = (
        Line(CUSTOMER, "EUR", layer, amount),  # type: ignore[arg-type]
        Line("network_settlement", "EUR", layer, -amount),  # type: ignore[arg-type]
    )
    return Book(key(name), digest(name), kind, reason, "clerk", NOW.date(), NOW, lines, is_forced)


def test_a_layer_given_as_a_plain_word_moves_the_sum_that_it_names() -> None:
    locked = books()
    (outcome,) = run(locked, booked("a", 10))
    customer = locked.accounts[CUSTOMER]
    assert (outcome.verdict, customer.posted, customer.holds) == (Verdict.ACCEPTED, 990, 0)


def test_a_layer_given_as_a_plain_word_is_held_to_the_balance_and_to_the_chain() -> None:
    locked = books()
    beyond, held, unknown = run(locked, booked("a", 1001), booked("b", 5, Layer.PENDING.value), booked("c", 5, "nowhere"))
    assert beyond.reason == Rule.INSUFFICIENT_FUNDS
    assert held.reason == unknown.reason == Rule.HOLDS_NEED_A_CHAIN


def test_a_booking_may_not_borrow_the_name_of_what_is_posted_by_force() -> None:
    kinds = ("capture", "correction", "hold", "forced_fee")
    outcomes = run(books(), *(booked(kind, 10, kind=kind) for kind in kinds))
    assert {outcome.reason for outcome in outcomes} == {Rule.RESERVED_KIND}
    (forced,) = run(books(), booked("dispute", 1010, kind="dispute_lost", is_forced=True))
    assert forced.verdict is Verdict.ACCEPTED


def test_the_same_digest_on_another_date_is_another_key_inside_one_batch_too() -> None:
    locked, tomorrow = books(), NOW + timedelta(days=1)
    later = replace(booked("a", 10), key=key("a", tomorrow))
    first, second, again = run(locked, booked("a", 10), later, later)
    assert first.journal_id != second.journal_id == again.journal_id
    assert (second.is_repeat, again.is_repeat, locked.accounts[CUSTOMER].posted) == (False, True, 980)


def test_the_answer_to_one_kind_of_command_is_not_given_to_another() -> None:
    locked = books()
    fee = booked("a", 10)
    capture = Capture(fee.key, fee.content, CUSTOMER, "EUR", 10, NOW, NOW.date())
    network = authorize("n", 10)
    network = replace(network, request=replace(network.request, key=fee.key, content=fee.content))
    _, *others = run(locked, fee, capture, network)
    assert {outcome.verdict for outcome in others} == {Verdict.CONFLICT}
    assert locked.accounts[CUSTOMER].posted == 990


def test_a_conflict_is_raised_once_however_often_it_comes() -> None:
    locked = books()
    run(locked, booked("a", 10), *(replace(booked("a", 10), content=digest(other)) for other in "bcd"))
    assert [row[0] for row in locked.rows.exceptions] == ["duplicate_mismatch"]


def test_a_request_is_held_to_the_account_whatever_a_cache_said_of_it() -> None:
    closed, frozen = (replace(account(), status=status) for status in ("closed", "frozen"))
    foreign = authorize("a", 10)
    foreign = replace(foreign, request=replace(foreign.request, asset="USD"))
    for customer, command, answer in (
        (closed, authorize("a", 10), ("46", "account_closed")),
        (closed, authorize("a", 10, single=Single.CREDIT), ("46", "account_closed")),
        (frozen, authorize("a", 10), ("62", "account_frozen")),
        (account(), foreign, ("57", "currency_not_supported")),
    ):
        locked = books(customer)
        (outcome,) = run(locked, command)
        assert (outcome.verdict, outcome.response_code, outcome.reason) == (Verdict.DECLINED, *answer)
        assert (len(locked.rows.outcomes), locked.rows.postings) == (1, [])


def test_a_frozen_account_may_still_be_credited() -> None:
    (outcome,) = run(books(replace(account(), status="frozen")), authorize("a", 10, single=Single.CREDIT))
    assert outcome.verdict is Verdict.APPROVED


@pytest.mark.parametrize("account_id", [99, SETTLEMENT])
def test_what_is_no_customers_account_is_stored_without_one(account_id: int) -> None:
    locked = books()
    asked, advised, reversed_ = run(
        locked, authorize("a", account_id=account_id), advise("b", account_id=account_id),
        reverse("c", "a", account_id=account_id),
    )  # fmt: skip
    assert (asked.verdict, asked.reason) == (Verdict.DECLINED, "unknown_card")
    assert {advised.verdict, reversed_.verdict} == {Verdict.ACCEPTED}
    assert (advised.amount, locked.rows.postings) == (0, [])
    assert [row[0] for row in locked.rows.exceptions] == ["advice_for_unknown_card"]
    assert {row[4] for row in locked.rows.outcomes} | {row[3] for row in locked.rows.authorizations} == {None}


def test_an_advice_in_another_currency_is_recorded_and_raised_but_holds_nothing() -> None:
    locked, command = books(), advise("a", 10)
    (outcome,) = run(locked, replace(command, request=replace(command.request, asset="NOPE")))
    assert (outcome.verdict, locked.accounts[CUSTOMER].holds) == (Verdict.ACCEPTED, 0)
    assert [row[0] for row in locked.rows.exceptions] == ["advice_in_another_currency"]


def test_an_advice_to_a_closed_account_is_held_and_raised() -> None:
    locked = books(replace(account(), status="closed"))
    (outcome,) = run(locked, advise("a", 10))
    assert (outcome.verdict, locked.accounts[CUSTOMER].holds) == (Verdict.ACCEPTED, 10)
    assert [row[0] for row in locked.rows.exceptions] == ["advice_for_closed_account"]


def test_a_presentment_is_of_a_customer() -> None:
    command = Capture(key("a"), digest("a"), SETTLEMENT, "EUR", 10, NOW, NOW.date())
    refund = Refund(key("b"), digest("b"), SETTLEMENT, "EUR", 10, NOW, NOW.date())
    assert {outcome.reason for outcome in run(books(), command, refund)} == {Rule.NOT_A_CUSTOMER}
