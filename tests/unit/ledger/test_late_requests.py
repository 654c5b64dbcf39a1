"""A request that comes after its own presentment: answered as ever, and nothing is held that is posted already."""

from dataclasses import replace

import pytest
from ledger_samples import CUSTOMER, NOW, account, advise, authorize, books, reverse
from orders import FUNDS, Step, ends, held, play, presented, taken_back

from ledger.batch import decide
from ledger.commands import Answer
from ledger.verdicts import Verdict

OURS, THEIRS = authorize("a", 300, trace_id="T", rrn="1"), advise("b", 300, trace_id="T", rrn="1")


@pytest.mark.parametrize(("amount", "is_last", "stays"), [(300, True, 0), (100, True, 0), (100, False, 200), (400, False, 0)])
def test_a_request_of_what_was_presented_before_is_answered_and_holds_only_the_rest(
    amount: int, is_last: bool, stays: int
) -> None:
    locked = books(account(FUNDS))
    play(locked, presented("p", amount, is_last=is_last))
    (outcome,) = decide([OURS], locked, NOW)
    assert (outcome.verdict, outcome.amount) == (Verdict.APPROVED, 300)
    assert (locked.accounts[CUSTOMER].posted, held(locked)) == (FUNDS - amount, stays)
    assert outcome.available == FUNDS - amount - stays


@pytest.mark.parametrize(("funds", "answer"), [(300, "00"), (299, "51")])
@pytest.mark.parametrize("is_last", [True, False])
def test_the_funds_for_a_request_may_be_those_that_its_presentment_took(funds: int, answer: str, *, is_last: bool) -> None:
    """Answered as if it had come first: nobody is refused for money that was taken for this very payment (G3)."""
    for amount in (100, 300, 400):
        locked = books(account(funds))
        play(locked, presented("p", amount, is_last=is_last))
        excused = locked.accounts[CUSTOMER].excused
        (outcome,) = decide([OURS], locked, NOW)
        assert outcome.response_code == answer
        stays = 0 if is_last or answer == "51" else max(0, 300 - amount)
        assert (held(locked), locked.accounts[CUSTOMER].excused) == (stays, excused)


def test_in_part_a_request_is_approved_for_what_is_there_and_was_taken() -> None:
    locked = books(account(250))
    play(locked, presented("p", 100, is_last=False))
    (outcome,) = decide([replace(OURS, partial=True)], locked, NOW)
    assert (outcome.verdict, outcome.amount, held(locked)) == (Verdict.PARTIAL, 250, 150)


def test_a_request_and_its_advice_take_a_presentment_of_before_into_account_once() -> None:
    part = presented("p", 100, is_last=False)
    assert ends(OURS, part) == {(900, 200)}
    assert ends(OURS, THEIRS, part) == {(900, 200)}
    assert ends(OURS, replace(THEIRS, request=replace(THEIRS.request, amount=250)), part) == {(900, 150)}


def test_a_new_attempt_under_the_same_trace_id_is_held_whole() -> None:
    locked = books(account(FUNDS))
    play(locked, presented("p", 300, is_last=True), OURS, authorize("z", 70, trace_id="T"))
    assert held(locked) == 70


def test_a_reversal_of_a_request_that_was_presented_before_gives_back_the_rest() -> None:
    assert ends(OURS, presented("p", 100, is_last=False), reverse("r", "a", 150)) == {(900, 50)}


@pytest.mark.parametrize("how", [{"holds": False}, {"refusal": Answer("05", "refused")}])
def test_what_holds_nothing_is_not_touched_by_a_presentment_of_before(how: dict[str, object]) -> None:
    locked = books(account(FUNDS))
    play(locked, presented("p", 300, is_last=True), authorize("a", 300, trace_id="T", **how))  # type: ignore[arg-type]
    assert (held(locked), locked.chains) == (0, {})


@pytest.mark.parametrize(("is_last", "stays"), [(True, 0), (False, 200)])
@pytest.mark.parametrize("place", [0, 1, 2], ids=["before", "between", "after"])
def test_what_was_taken_back_counts_neither_as_presented_nor_as_funds(place: int, stays: int, *, is_last: bool) -> None:
    steps: list[Step] = [presented("p", 100, is_last=is_last), taken_back("p", 100)]
    steps.insert(place, OURS)
    locked = books(account(FUNDS))
    play(locked, *steps)
    (chain,) = locked.chains.values()
    assert (locked.accounts[CUSTOMER].posted, chain.sums.captured) == (FUNDS, 0)
    assert held(locked) == stays, "what it had released stays released"
    if place == 2:
        short = books(account(250))
        play(short, *steps[:2])
        (outcome,) = decide([OURS], short, NOW)
        assert outcome.response_code == "51"
