"""What finds what, in whatever order it comes: reversals their originals, the network's advice our own decision."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_samples import CUSTOMER, NOW, account, advise, authorize, books, capture, digest, key, reverse

from ledger.batch import decide
from ledger.books import Books
from ledger.commands import Answer, Capture, Command, Expire, Outcome, Single, Undo, Void
from ledger.relations import presented_names
from ledger.verdicts import Verdict


def run(locked: Books, *commands: Command) -> list[Outcome]:
    return decide(list(commands), locked, NOW)


def held(locked: Books) -> int:
    return locked.accounts[CUSTOMER].holds


def held_in_every_order(*commands: Command, posted: int = 1000) -> set[int]:
    """What is held at the end, over all orders."""
    ends = set()
    for order in itertools.permutations(commands):
        locked = books(account(posted))
        run(locked, *order)
        ends.add(held(locked))
    return ends


OURS, THEIRS = authorize("a", 100, trace_id="T"), advise("b", 130, trace_id="T")


@pytest.mark.parametrize(("replacement", "left"), [(0, 0), (60, 60)])
def test_a_reversal_of_our_request_reaches_the_advice_that_replaced_it(replacement: int, left: int) -> None:
    assert held_in_every_order(OURS, THEIRS, reverse("r", "a", replacement)) == {left}


SMALLER = advise("b", 90, trace_id="T")


def test_a_smaller_advice_stands_in_the_place_of_our_own_in_either_order() -> None:
    assert held_in_every_order(OURS, SMALLER) == {90}
    assert held_in_every_order(OURS, SMALLER, reverse("r", "a", 30)) == {30}
    assert held_in_every_order(OURS, SMALLER, reverse("r", None, 30, trace="T")) == {30}
    assert held_in_every_order(OURS, SMALLER, reverse("r", "b", 30, original_mti="0120")) == {30}


@pytest.mark.parametrize(("posted", "answer"), [(100, "00"), (99, "51")])
def test_what_is_asked_beyond_an_advice_must_be_there_although_the_advice_stands(posted: int, answer: str) -> None:
    locked = books(account(posted))
    outcomes = run(locked, SMALLER, OURS)
    assert (outcomes[1].response_code, held(locked)) == (answer, 90)


def test_an_advice_that_could_not_be_held_takes_nothing_from_our_own_hold() -> None:
    """Billed in a currency that we cannot convert: an item for people, and until then our hold stands."""
    lost = replace(advise("b", 90, trace_id="T", holds=False), raises="advice_in_another_currency")
    assert held_in_every_order(OURS, lost) == {100}


def test_a_reversal_by_trace_id_reaches_the_advice_too() -> None:
    assert held_in_every_order(OURS, THEIRS, reverse("r", None, trace="T")) == {0}


def test_what_says_that_our_answer_was_not_delivered_leaves_the_advice_alone() -> None:
    assert held_in_every_order(OURS, THEIRS, reverse("r", "a", is_undelivered=True)) == {130}
    assert held_in_every_order(OURS, THEIRS, reverse("r", None, trace="T", is_undelivered=True)) == {130}
    assert held_in_every_order(OURS, reverse("r", "a", is_undelivered=True)) == {0}


def test_a_reversal_of_the_advice_itself_reaches_it() -> None:
    assert held_in_every_order(OURS, THEIRS, reverse("r", "b", 20, original_mti="0120")) == {20}


def test_a_reversal_of_our_decline_reaches_the_advice_that_approved() -> None:
    declined = authorize("a", 100, trace_id="T", refusal=Answer("91", "timeout"))
    for order in itertools.permutations((THEIRS, reverse("r", "a"))):
        locked = books()
        run(locked, declined, *order)
        assert held(locked) == 0


FIRST, MORE = authorize("a", 100, trace_id="T", rrn="1"), authorize("b", 50, trace_id="U", chain_trace="T", rrn="2")


def test_the_reversal_of_an_increment_never_lowers_the_first() -> None:
    undone = reverse("r", "b", trace="T", rrn="2")
    assert held_in_every_order(FIRST, MORE, undone) == {100}


@pytest.mark.parametrize(("left", "whole", "stays"), [(500, 1000, 50), (333, 999, 33), (1, 10**12, 0), (1000, 1000, 100)])
def test_a_reversal_in_a_currency_of_its_own_leaves_the_same_part_in_every_order(left: int, whole: int, stays: int) -> None:
    """What it leaves is told as a part of the amount that it repeats: of 10.00 pounds 5.00, whatever that was in euros."""
    for named in ({"original": "a"}, {"original": None, "trace": "T"}):
        assert held_in_every_order(FIRST, replace(reverse("r", replacement=left, **named), whole=whole)) == {stays}  # type: ignore[arg-type]


@pytest.mark.parametrize(("advised", "stays"), [(100, 50), (90, 45), (130, 50)])
@pytest.mark.parametrize("trace", [None, "T"])
def test_a_part_is_that_of_the_lesser_of_ours_and_the_advice_in_every_order(advised: int, stays: int, trace: str | None) -> None:
    half = replace(reverse("r", "a", 500, trace=trace, rrn="1"), whole=1000)
    assert held_in_every_order(FIRST, advise("s", advised, trace_id="T", rrn="1"), half) == {stays}


def test_a_wrong_de_90_counts_less_than_a_trace_id_with_its_rrn() -> None:
    assert held_in_every_order(FIRST, reverse("r", "nothing", trace="T", rrn="1")) == {0}
    assert held_in_every_order(FIRST, reverse("r", "nothing", trace="T", rrn="9")) == {100}


@pytest.mark.parametrize("code", [None, "123456"])
def test_a_reversal_known_by_rrn_alone_waits_too(code: str | None) -> None:
    assert held_in_every_order(authorize("a", 100, rrn="1"), reverse("r", None, rrn="1", approval_code=code)) == {0}


def test_a_reversal_that_waited_by_rrn_meets_one_payment_only() -> None:
    locked = books()
    again = authorize("b", 100, rrn="1")
    outcomes = run(locked, reverse("r", None, rrn="1"), authorize("a", 100, rrn="1"), again)
    assert [o.response_code for o in outcomes] == ["00", "05", "00"]
    assert held(locked) == 100


@pytest.mark.parametrize("how", [{"trace": "T"}, {"rrn": "1"}])
def test_a_reversal_means_the_approved_attempt_and_not_the_declined_one(how: dict[str, str]) -> None:
    declined = authorize("a", 5000, trace_id="T", rrn="1")
    approved = authorize("b", 100, trace_id="T", rrn="1")
    assert held_in_every_order(declined, approved, reverse("r", None, **how)) == {0}  # type: ignore[arg-type]


VOID = Void(key("0100/a"), CUSTOMER, NOW)


def test_an_approval_that_neither_the_request_nor_its_repeat_was_told_is_void() -> None:
    locked = books()
    outcomes = run(locked, OURS, OURS, VOID, VOID)
    assert [o.verdict for o in outcomes[2:]] == [Verdict.ACCEPTED, Verdict.VOIDED]
    assert held(locked) == 0
    (again,) = run(locked, OURS)
    assert (again.response_code, again.approval_code) == ("91", None)


def test_an_approval_that_one_of_two_repeats_was_told_stands() -> None:
    locked = books()
    run(locked, OURS, OURS, VOID, OURS, VOID)
    assert held(locked) == 100


def test_an_answer_that_was_not_accepted_is_undone_once_and_a_repeat_then_gets_91() -> None:
    undone = Undo(key("0100/a"), CUSTOMER, NOW, 7)
    locked = books()
    outcomes = run(locked, OURS, undone, undone, OURS)
    assert [o.verdict for o in outcomes] == [Verdict.APPROVED, Verdict.VOIDED, Verdict.ACCEPTED, Verdict.VOIDED]
    assert (held(locked), outcomes[-1].response_code) == (0, "91")


def test_after_an_answer_that_was_not_accepted_the_advice_of_the_network_counts() -> None:
    undone = Undo(key("0100/a"), CUSTOMER, NOW, 7)
    for order in itertools.permutations((undone, THEIRS)):
        locked = books()
        run(locked, OURS, *order)
        assert held(locked) == 130


def test_what_was_never_asked_cannot_be_undone() -> None:
    (outcome,) = run(books(), Undo(key("0100/a"), CUSTOMER, NOW, 7))
    assert (outcome.verdict, outcome.reason) == (Verdict.ACCEPTED, "nothing_to_undo")


@pytest.mark.parametrize("authorized", [1_00, 100_00])
def test_a_completion_replaces_what_was_authorized_whatever_that_was(authorized: int) -> None:
    pump = authorize("a", authorized, trace_id="T")
    assert held_in_every_order(pump, advise("b", 45_00, trace_id="T", is_completion=True), posted=200_00) == {45_00}


@pytest.mark.parametrize(
    "ended",
    [
        authorize("a", 10, trace_id="T", single=Single.DEBIT),
        authorize("a", 10, trace_id="T", single=Single.CREDIT),
        advise("a", 10, trace_id="T", single=Single.DEBIT),
    ],
    ids=["a single debit", "a refund", "an advised debit"],
)
def test_an_increment_of_a_payment_that_never_held_is_held_by_itself(ended: Command) -> None:
    locked = books()
    outcomes = run(locked, ended, authorize("b", 900, trace_id="U", chain_trace="T"), authorize("c", 900, chain_trace="T"))
    assert [o.response_code for o in outcomes] == ["00", "00", "51"]
    assert held(locked) == 900


@pytest.mark.parametrize(("captured", "is_last"), [(100, True), (900, False)], ids=["the last", "more than authorized"])
def test_an_increment_after_a_presentment_that_leaves_nothing_is_held_by_itself(captured: int, is_last: bool) -> None:
    locked = books(account(2000))
    (first,) = run(locked, FIRST)
    assert first.authorization_id is not None
    run(locked, capture("p", captured, first.authorization_id, is_last=is_last), MORE, authorize("c", 30, chain_trace="T"))
    assert held(locked) == 80


def test_an_increment_joins_what_stands_of_a_payment_and_not_what_was_replaced() -> None:
    locked = books()
    run(locked, FIRST, advise("s", 90, trace_id="T"), MORE)
    chains = {chain.sums.authorized: chain.sums for chain in locked.chains.values()}
    assert (chains[90].incremented, chains[90].held, chains[100].held) == (50, 140, 0)


def test_a_zero_increment_extends_what_is_held_and_is_refused_where_nothing_is() -> None:
    extend = authorize("z", 0, chain_trace="T", lifetime_days=30)
    locked = books()
    early, first, extended = run(locked, authorize("y", 0, chain_trace="T"), FIRST, extend)
    assert (early.response_code, early.approval_code, extended.response_code) == ("13", None, "00")
    assert first.authorization_id is not None
    assert locked.chains[first.authorization_id].expires_at == NOW + timedelta(days=30)
    outcomes = run(locked, reverse("r", "a"), authorize("w", 0, chain_trace="T"))
    assert [o.response_code for o in outcomes] == ["00", "13"]


def test_after_its_time_a_hold_is_not_extended_and_an_increment_is_held_by_itself() -> None:
    later = NOW + timedelta(days=8)
    locked = books()
    first, zero, more = run(
        locked, FIRST, authorize("z", 0, chain_trace="T", at=later), authorize("m", 50, chain_trace="T", at=later)
    )
    assert (zero.response_code, more.response_code) == ("13", "00")
    assert first.authorization_id is not None
    assert locked.chains[first.authorization_id].expires_at == NOW + timedelta(days=7)
    assert held(locked) == 150


AGAIN = authorize("c", 30, trace_id="V", chain_trace="T", rrn="3")


def test_a_first_joins_the_chain_of_increments_that_overtook_it_so_that_clearing_reaches_all() -> None:
    for order in itertools.permutations((FIRST, MORE, AGAIN)):
        locked = books()
        outcomes = run(locked, *order)
        assert held(locked) == 180
        (chain,) = {row[1] for row in locked.rows.authorizations}
        assert {o.response_code for o in outcomes} == {"00"}
        run(locked, capture("p", 100, chain, is_last=True))  # type: ignore[arg-type]
        assert held(locked) == 0


def test_an_advice_of_the_first_joins_its_increments_too() -> None:
    for order in itertools.permutations((THEIRS, MORE)):
        locked = books()
        run(locked, *order)
        (chain,) = {row[1] for row in locked.rows.authorizations}
        assert locked.chains[chain].sums.held == held(locked) == 180  # type: ignore[index]


def test_what_claims_to_add_to_a_payment_that_nobody_knows_is_a_payment_of_its_own() -> None:
    locked = books()
    run(locked, MORE, AGAIN)
    (chain,) = locked.rows.opened_chains.values()
    assert (chain.sums.authorized, chain.sums.incremented) == (80, 0)


def test_a_single_message_joins_no_increments() -> None:
    locked = books()
    run(locked, MORE, authorize("a", 100, trace_id="T", single=Single.DEBIT))
    assert (held(locked), locked.accounts[CUSTOMER].posted) == (50, 900)


@pytest.mark.parametrize(("captured", "is_last", "stays"), [(40, False, 90), (100, False, 30), (40, True, 0)])
def test_an_advice_after_a_presentment_holds_only_what_is_not_yet_presented(captured: int, is_last: bool, stays: int) -> None:
    locked = books()
    (first,) = run(locked, FIRST)
    run(locked, capture("p", captured, first.authorization_id, is_last=is_last), THEIRS)
    assert (held(locked), locked.accounts[CUSTOMER].posted) == (stays, 1000 - captured)
    run(locked, reverse("r", "b", original_mti="0120"))
    assert held(locked) == 0


PRESENTED = presented_names("T", "1", "654321")


def presented(name: str, amount: int, *, is_last: bool = True, names: tuple[str, ...] = PRESENTED) -> Capture:
    return replace(capture(name, amount, None, is_last=is_last), names=names)


@pytest.mark.parametrize(("amount", "is_last", "stays"), [(130, True, 0), (90, True, 0), (90, False, 40), (200, False, 0)])
def test_an_advice_of_what_was_presented_before_holds_only_what_is_not_yet_presented(
    amount: int, is_last: bool, stays: int
) -> None:
    """We were away and knew nothing of the payment, or had declined it, when it was presented."""
    for before in ([], [authorize("a", 5000, trace_id="T")]):
        locked = books()
        run(locked, *before, presented("p", amount, is_last=is_last), THEIRS)
        assert (held(locked), locked.accounts[CUSTOMER].posted) == (stays, 1000 - amount)


@pytest.mark.parametrize("names", [("T",), ("1|654321",)])
def test_any_name_that_both_say_ties_an_advice_to_its_presentment_of_before(names: tuple[str, ...]) -> None:
    locked = books()
    run(locked, presented("p", 130, names=names), advise("b", 130, trace_id="T", rrn="1"))
    assert held(locked) == 0


def test_a_presentment_of_before_is_met_by_one_advice_of_its_account() -> None:
    locked = books()
    run(locked, presented("p", 130), replace(THEIRS, request=replace(THEIRS.request, trace_id="OTHER")))
    assert held(locked) == 130
    run(locked, advise("c", 130, trace_id="T"), advise("d", 70, trace_id="T"))
    assert held(locked) == 200


def test_parts_that_were_presented_before_their_advice_add_up() -> None:
    locked = books()
    run(locked, presented("p", 30, is_last=False), presented("q", 40, is_last=False), THEIRS)
    assert held(locked) == 60


def test_increments_stay_with_the_advice_that_replaced_their_first_in_every_order_so_the_last_presentment_ends_them() -> None:
    for order in itertools.permutations((OURS, THEIRS, authorize("m", 50, trace_id="U", chain_trace="T"))):
        locked = books()
        run(locked, *order)
        (chain,) = [chain for chain in locked.chains.values() if chain.sums.held]
        assert chain.sums.held == 180
        run(locked, capture("p", 180, chain.chain_id, is_last=True))
        assert held(locked) == 0


@pytest.mark.parametrize("is_matched", [True, False])
def test_a_single_advice_of_what_was_presented_joins_it_and_books_nothing_more(*, is_matched: bool) -> None:
    locked = books()
    (first,) = run(locked, OURS) if is_matched else [None]
    before = capture("p", 100, first.authorization_id, is_last=True) if first is not None else presented("p", 100)
    run(locked, before, advise("b", 100, trace_id="T", single=Single.DEBIT))
    assert (held(locked), locked.accounts[CUSTOMER].posted) == (0, 900)
    assert locked.rows.exceptions == []


def test_a_single_advice_that_completes_what_was_not_presented_is_no_item() -> None:
    locked = books()
    run(locked, OURS, advise("b", 100, trace_id="T", single=Single.DEBIT))
    assert (held(locked), locked.accounts[CUSTOMER].posted, locked.rows.exceptions) == (0, 900, [])


@pytest.mark.parametrize("increments", [0, 50])
def test_a_presentment_that_was_booked_elsewhere_ends_the_hold(increments: int) -> None:
    locked = books()
    (first, *_) = run(locked, OURS, *([authorize("m", 50, trace_id="U", chain_trace="T")] if increments else []))
    ended = Expire(key("s"), digest("s"), CUSTOMER, first.authorization_id or 0, NOW, is_presented=True)
    outcomes = run(locked, ended, ended)
    assert (held(locked), locked.accounts[CUSTOMER].posted) == (0, 1000)
    assert [outcome.is_repeat for outcome in outcomes] == [False, True]
    run(locked, THEIRS)
    assert held(locked) == 0  # the advice of a payment that was presented for the last time holds nothing either
    run(locked, capture("late", 100, first.authorization_id))
    assert (held(locked), locked.accounts[CUSTOMER].posted) == (0, 900)


def test_only_what_its_account_holds_is_released() -> None:
    locked = books()
    (outcome,) = run(locked, Expire(key("s"), digest("s"), CUSTOMER, 4711, NOW, is_presented=True))
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, "unknown_chain")
