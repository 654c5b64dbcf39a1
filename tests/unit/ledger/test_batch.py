"""The decision of a batch against locked values: what is approved, held, released, and answered again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import CUSTOMER, NOW, account, advise, authorize, books, digest, key, request, reverse

from ledger.batch import decide
from ledger.books import Books, Rows
from ledger.commands import Answer, Book, Command, Layer, Line, Outcome, Void
from ledger.money import MAX_BALANCE
from ledger.verdicts import Rule, Verdict


def run(locked: Books, *commands: Command) -> list[Outcome]:
    return decide(list(commands), locked, NOW)


def held(locked: Books) -> int:
    return locked.accounts[CUSTOMER].holds


def available(locked: Books) -> int | None:
    return locked.accounts[CUSTOMER].available


def test_an_approval_holds_its_amount_against_the_contra_account() -> None:
    locked = books()
    (outcome,) = run(locked, authorize("a", 300))
    assert (outcome.verdict, outcome.response_code, outcome.approval_code) == (Verdict.APPROVED, "00", "123456")
    assert (held(locked), available(locked)) == (300, 700)
    assert [row[5] for row in locked.rows.postings] == [300, -300]


def test_two_spends_in_one_batch_cannot_have_the_same_money() -> None:
    locked = books(account(100))
    outcomes = run(locked, authorize("a", 70), authorize("b", 70), authorize("c", 30))
    assert [o.verdict for o in outcomes] == [Verdict.APPROVED, Verdict.DECLINED, Verdict.APPROVED]
    assert outcomes[1].reason == "insufficient_funds"


def test_a_partial_approval_gives_what_there_is_only_where_it_is_allowed() -> None:
    locked = books(account(60))
    refused, partly = run(locked, authorize("a", 100), authorize("b", 100, partial=True))
    assert refused.verdict is Verdict.DECLINED
    assert (partly.verdict, partly.amount, partly.response_code) == (Verdict.PARTIAL, 60, "10")


def test_a_limit_is_not_a_lack_of_funds() -> None:
    over_limit, short = run(books(account(60)), authorize("a", 50, at_most=20), authorize("b", 100, at_most=80))
    assert (over_limit.reason, short.reason) == ("over_limit", "insufficient_funds")


def test_old_facts_are_sent_back_and_nothing_is_stored() -> None:
    locked = books(account(facts_version=2))
    (outcome,) = run(locked, authorize("a", facts_version=1))
    assert outcome.verdict is Verdict.STALE_FACTS
    assert not locked.rows.outcomes
    assert not locked.rows.authorizations


def test_a_refusal_of_the_authorizer_is_stored_and_holds_nothing() -> None:
    locked = books()
    (outcome,) = run(locked, authorize("a", refusal=Answer("62", "card_blocked")))
    assert (outcome.verdict, outcome.response_code, held(locked)) == (Verdict.DECLINED, "62", 0)
    assert len(locked.rows.outcomes) == len(locked.rows.authorizations) == 1


def test_a_repeat_gets_the_stored_answer_and_makes_no_second_hold() -> None:
    locked = books()
    first, again = run(locked, authorize("a", 100), authorize("a", 100))
    assert (again.is_repeat, again.approval_code, again.amount) == (True, first.approval_code, first.amount)
    assert held(locked) == 100
    assert [row[3] for row in locked.rows.events] == ["authorized", "repeated"]


def test_a_used_key_with_other_content_is_a_conflict_and_is_raised() -> None:
    locked = books()
    _, conflict = run(locked, authorize("a", 100), authorize("a", 100, content="other"))
    assert (conflict.verdict, conflict.response_code) == (Verdict.CONFLICT, "94")
    assert len(locked.rows.exceptions) == 1
    assert held(locked) == 100


def test_a_partial_reversal_releases_the_difference_and_a_full_one_the_rest() -> None:
    locked = books()
    run(locked, authorize("a", 100), reverse("r1", "a", 40))
    assert held(locked) == 40
    run(locked, reverse("r2", "a"))
    assert held(locked) == 0


def test_a_reversal_is_answered_00_whatever_it_finds() -> None:
    outcomes = run(books(), reverse("r1", "nothing"), reverse("r2", None), reverse("r3", "nothing", account_id=None))
    assert [o.response_code for o in outcomes] == ["00", "00", "00"]


def test_a_reversal_that_came_first_cancels_its_authorization() -> None:
    locked = books()
    _, outcome = run(locked, reverse("r", "a"), authorize("a", 100))
    assert (outcome.response_code, outcome.reason, held(locked)) == ("05", "reversed_before", 0)


def test_a_partial_reversal_that_came_first_leaves_its_amount() -> None:
    locked = books()
    _, outcome = run(locked, reverse("r", "a", 40), authorize("a", 100))
    assert (outcome.response_code, held(locked)) == ("00", 40)


def test_a_reversal_of_another_account_finds_nothing() -> None:
    locked = books(account(), account(account_id=8_000_000))
    run(locked, authorize("a", 100), reverse("r", "a", account_id=8_000_000))
    assert held(locked) == 100


@pytest.mark.parametrize("how", [{"trace": "TRACE"}, {"rrn": "RRN"}, {"rrn": "RRN", "approval_code": "123456"}])
def test_a_reversal_without_de_90_is_matched_by_trace_id_or_rrn(how: dict[str, str]) -> None:
    locked = books()
    run(locked, authorize("a", 100, trace_id="TRACE", rrn="RRN"), reverse("r", None, **how))  # type: ignore[arg-type]
    assert held(locked) == 0


def test_a_reversal_with_another_approval_code_does_not_match_by_rrn() -> None:
    locked = books()
    run(locked, authorize("a", 100, rrn="RRN"), reverse("r", None, rrn="RRN", approval_code="000000"))
    assert held(locked) == 100


def test_an_advice_is_held_beyond_the_balance_and_the_excess_is_on_record() -> None:
    locked = books(account(100))
    advised, spend = run(locked, advise("a", 500), authorize("b", 1))
    assert (advised.response_code, available(locked), locked.accounts[CUSTOMER].excused) == ("00", -400, 400)
    assert spend.reason == "insufficient_funds"


def test_a_release_below_the_floor_is_allowed_and_takes_the_excuse_back() -> None:
    locked = books(account(100))
    run(locked, advise("a", 500), reverse("r", "a", 450, original_mti="0120"))
    assert (available(locked), locked.accounts[CUSTOMER].excused) == (-350, 350)


@pytest.mark.parametrize("advice_first", [True, False])
def test_an_advice_replaces_our_own_decision_in_either_order(advice_first: bool) -> None:
    locked = books()
    both = [authorize("a", 100, trace_id="T"), advise("b", 130, trace_id="T")]
    run(locked, *(reversed(both) if advice_first else both))
    assert held(locked) == 130


def test_an_increment_adds_to_the_first_authorization_and_extends_it() -> None:
    locked = books()
    run(locked, authorize("a", 100, trace_id="T"), authorize("b", 50, chain_trace="T", lifetime_days=30))
    (chain,) = locked.rows.opened_chains.values()
    assert (chain.sums.held, chain.sums.incremented) == (150, 50)
    assert chain.expires_at is not None
    assert (chain.expires_at - NOW).days == 30


def test_a_void_takes_the_hold_back_and_a_repeat_then_gets_91() -> None:
    locked = books()
    run(locked, authorize("a", 100))
    (voided,) = run(locked, Void(key("0100/a"), CUSTOMER, NOW))
    (again,) = run(locked, authorize("a", 100))
    assert (voided.verdict, held(locked)) == (Verdict.VOIDED, 0)
    assert (again.response_code, again.approval_code) == ("91", None)


def test_a_void_that_finds_a_repeat_does_nothing() -> None:
    locked = books()
    run(locked, authorize("a", 100), authorize("a", 100), Void(key("0100/a"), CUSTOMER, NOW))
    assert held(locked) == 100


def test_a_voided_authorization_is_not_voided_twice() -> None:
    locked = books()
    run(locked, authorize("a", 100), Void(key("0100/a"), CUSTOMER, NOW), Void(key("0100/a"), CUSTOMER, NOW))
    assert [row[3] for row in locked.rows.events] == ["authorized", "voided"]


def _book(*lines: Line, name: str = "b", is_forced: bool = False) -> Book:
    return Book(key(name), digest(name), "fee", "monthly", "tester", NOW.date(), NOW, lines, is_forced)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        ((Line(CUSTOMER, "EUR", Layer.POSTED, 10),), "unbalanced"),
        ((Line(99, "EUR", Layer.POSTED, 10), Line(CUSTOMER, "EUR", Layer.POSTED, -10)), "unknown_account"),
        ((Line(CUSTOMER, "USD", Layer.POSTED, 10), Line("holds_contra", "EUR", Layer.POSTED, -10)), "wrong_asset"),
        ((Line(CUSTOMER, "EUR", Layer.POSTED, 0), Line("holds_contra", "EUR", Layer.POSTED, 0)), "zero_amount"),
        ((Line(CUSTOMER, "EUR", Layer.POSTED, 5000), Line("holds_contra", "EUR", Layer.POSTED, -5000)), "insufficient_funds"),
        ((), "unbalanced"),
        ((Line("no_such_role", "EUR", Layer.POSTED, 5), Line(CUSTOMER, "EUR", Layer.POSTED, -5)), "unknown_account"),
        (
            (Line(CUSTOMER, "EUR", Layer.POSTED, 10**15 + 1), Line("holds_contra", "EUR", Layer.POSTED, -(10**15) - 1)),
            "amount_overflow",
        ),
        ((Line(CUSTOMER, "EUR", Layer.PENDING, 5), Line("holds_contra", "EUR", Layer.PENDING, -5)), "holds_need_a_chain"),
    ],
)
def test_a_booking_that_breaks_a_rule_is_refused_by_its_name(lines: tuple[Line, ...], rule: str) -> None:
    locked = books()
    (outcome,) = run(locked, _book(*lines))
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, rule)
    assert not locked.rows.journals


@pytest.mark.parametrize(
    ("value_days", "booking_days", "rule"),
    [
        (32, None, "future_period"),
        (0, -1, "closed_period"),
        (0, 1, "future_period"),
        (31, None, None),
        (-400, None, None),
        (0, 0, None),
    ],
)
def test_a_booking_that_insists_on_a_day_that_is_not_open_is_refused_and_one_that_is_late_is_not(
    value_days: int, booking_days: int | None, rule: str | None
) -> None:
    lines = (Line(CUSTOMER, "EUR", Layer.POSTED, 10), Line("holds_contra", "EUR", Layer.POSTED, -10))
    day = None if booking_days is None else NOW.date() + timedelta(days=booking_days)
    command = replace(_book(*lines), value_date=NOW.date() + timedelta(days=value_days), booking_date=day)
    locked = books()
    (outcome,) = run(locked, command)
    assert (outcome.verdict, outcome.reason) == ((Verdict.REFUSED, rule) if rule else (Verdict.ACCEPTED, "monthly"))
    assert bool(locked.rows.postings) is (rule is None)


@pytest.mark.parametrize(("status", "amount", "rule"), [("closed", -10, "closed_account"), ("frozen", 10, "frozen_account")])
def test_a_closed_account_takes_nothing_and_a_frozen_one_gives_nothing(status: str, amount: int, rule: str) -> None:
    locked = books()
    locked.accounts[CUSTOMER].status = status
    lines = (Line(CUSTOMER, "EUR", Layer.POSTED, amount), Line("holds_contra", "EUR", Layer.POSTED, -amount))
    assert [o.reason for o in run(locked, _book(*lines))] == [rule]
    assert locked.rows == Rows()


def test_a_frozen_account_takes_money_and_gives_it_by_force() -> None:
    locked = books()
    locked.accounts[CUSTOMER].status = "frozen"
    give = (Line(CUSTOMER, "EUR", Layer.POSTED, 10), Line("holds_contra", "EUR", Layer.POSTED, -10))
    take = (Line(CUSTOMER, "EUR", Layer.POSTED, -10), Line("holds_contra", "EUR", Layer.POSTED, 10))
    outcomes = run(locked, _book(*take, name="in"), _book(*give, name="out", is_forced=True))
    assert [o.verdict for o in outcomes] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert [row[2] for row in locked.rows.journals] == ["fee", "forced_fee"]


def test_a_journal_is_judged_by_what_it_does_to_an_account_on_the_whole() -> None:
    locked = books(account(0))
    run(locked, advise("a", 50))
    lines = (Line(CUSTOMER, "EUR", Layer.POSTED, -100), Line(CUSTOMER, "EUR", Layer.POSTED, 100))
    (outcome,) = run(locked, _book(*lines))
    assert (outcome.verdict, available(locked), locked.accounts[CUSTOMER].excused) == (Verdict.ACCEPTED, -50, 50)


def test_a_used_key_of_a_booking_with_other_content_is_a_conflict_even_without_lines() -> None:
    locked = books()
    lines = (Line(CUSTOMER, "EUR", Layer.POSTED, 10), Line("holds_contra", "EUR", Layer.POSTED, -10))
    _, conflict = run(locked, _book(*lines), replace(_book(), content=digest("other")))
    assert (conflict.verdict, len(locked.rows.exceptions)) == (Verdict.CONFLICT, 1)


def test_a_booking_is_booked_once() -> None:
    locked = books()
    lines = (Line(CUSTOMER, "EUR", Layer.POSTED, 10), Line("holds_contra", "EUR", Layer.POSTED, -10))
    first, again = run(locked, _book(*lines), _book(*lines))
    assert (first.verdict, again.is_repeat, len(locked.rows.journals)) == (Verdict.ACCEPTED, True, 1)


commands = st.one_of(
    st.tuples(st.just("authorize"), st.integers(0, 3), st.integers(1, 700)),
    st.tuples(st.just("reverse"), st.integers(0, 3), st.integers(0, 400)),
    st.tuples(st.just("advise"), st.integers(0, 1), st.integers(1, 900)),
    st.tuples(st.just("void"), st.integers(0, 3), st.just(0)),
)


def _command(kind: str, number: int, amount: int) -> Command:
    match kind:
        case "authorize":
            return authorize(str(number), amount, content=str(amount))
        case "reverse":
            return reverse(f"{number}/{amount}", str(number), amount)
        case "advise":
            return advise(str(number), amount)
    return Void(key(f"0100/{number}"), CUSTOMER, NOW)


@settings(max_examples=300, deadline=None)
@given(st.lists(commands, max_size=25))
def test_whatever_comes_the_books_balance_and_no_spend_goes_below_the_floor(drawn: list[tuple[str, int, int]]) -> None:
    locked = books(account(1000))
    for kind, number, amount in drawn:
        before, excused = available(locked), locked.accounts[CUSTOMER].excused
        (outcome,) = run(locked, _command(kind, number, amount))
        if (
            kind == "authorize"
            and outcome.verdict is Verdict.APPROVED
            and not outcome.is_repeat
            and (available(locked) or 0) < (before or 0)
        ):
            assert (available(locked) or 0) >= 0
            assert locked.accounts[CUSTOMER].excused <= excused
    assert sum(row[5] for row in locked.rows.postings) == 0  # type: ignore[misc]
    assert held(locked) == sum(chain.sums.held for chain in locked.chains.values())
    assert held(locked) == sum(row[5] for row in locked.rows.postings if row[2] == CUSTOMER)  # type: ignore[misc]
    versions = [row[6] for row in locked.rows.postings if row[2] == CUSTOMER]
    assert versions == list(range(2, 2 + len(versions)))


def test_a_request_for_an_unknown_card_is_stored_without_an_account() -> None:
    locked = books()
    (outcome,) = run(locked, authorize("a", account_id=None, refusal=Answer("14", "unknown_card")))
    assert outcome.response_code == "14"
    assert request("x", account_id=None).card_id is None


@pytest.mark.parametrize("command", [authorize("a", -1), advise("a", -1), reverse("r", "a", -1)])
def test_a_negative_amount_of_the_network_is_refused_and_leaves_nothing(command: Command) -> None:
    locked = books()
    (outcome,) = run(locked, command)
    assert (outcome.verdict, outcome.reason, outcome.response_code) == (Verdict.REFUSED, Rule.NEGATIVE_AMOUNT, "13")
    assert locked.rows == Rows()


@pytest.mark.parametrize("command", [authorize("a", 10**15 + 1), advise("a", 10**15 + 1), reverse("r", "a", 10**15 + 1)])
def test_an_amount_that_no_sum_can_hold_is_refused(command: Command) -> None:
    (outcome,) = run(books(), command)
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Rule.AMOUNT_OVERFLOW)


def test_advices_cannot_hold_more_than_a_sum_can_hold() -> None:
    locked = books()
    locked.accounts[CUSTOMER].holds = MAX_BALANCE
    (outcome,) = run(locked, advise("a", 1))
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Rule.AMOUNT_OVERFLOW)


LIFE_CYCLE: dict[str, Command] = {
    "authorized 100": authorize("a", 100, trace_id="T"),
    "incremented by 50": authorize("b", 50, trace_id="U", chain_trace="T"),
    "first reversed to 60": reverse("r1", "a", 60),
    "first reversed to 30, by its trace id": reverse("r2", None, 30, trace="T"),
    "increment reversed": reverse("r3", "b"),
    "advised 70 of another payment": advise("c", 70, trace_id="V"),
    "advice reversed to 20": reverse("r4", "c", 20, original_mti="0120"),
}


@settings(max_examples=300, deadline=None)
@given(st.permutations(sorted(LIFE_CYCLE)), st.lists(st.sampled_from(sorted(LIFE_CYCLE)), max_size=5))
def test_any_order_and_repetition_of_a_life_cycle_holds_the_same(order: list[str], repeated: list[str]) -> None:
    tidy, mixed = books(account(1000)), books(account(1000))
    run(tidy, *LIFE_CYCLE.values())
    run(mixed, *(LIFE_CYCLE[name] for name in order + repeated))
    assert held(tidy) == 30 + 0 + 20
    assert (held(mixed), available(mixed)) == (held(tidy), available(tidy))


@settings(max_examples=200, deadline=None)
@given(st.permutations(["request", "advice"]), st.lists(st.sampled_from(["request", "advice"]), max_size=4))
def test_an_advised_payment_is_held_once_in_any_order_and_repetition(order: list[str], repeated: list[str]) -> None:
    both = {"request": authorize("a", 100, trace_id="T"), "advice": advise("b", 130, trace_id="T")}
    locked = books(account(1000))
    run(locked, *(both[name] for name in [*order, *repeated]))
    assert held(locked) == 130


def test_an_advice_covers_one_request() -> None:
    locked = books(account(1000))
    covered, again = authorize("a", 100, trace_id="T"), authorize("b", 900, trace_id="T")
    run(locked, advise("x", 100, trace_id="T"), covered, again, authorize("c", 900, trace_id="T"))
    assert held(locked) == 100 + 900


def test_a_booking_cannot_take_an_account_beyond_what_a_sum_can_hold() -> None:
    locked = books(account(MAX_BALANCE))
    lines = (Line(CUSTOMER, "EUR", Layer.POSTED, -1), Line("holds_contra", "EUR", Layer.POSTED, 1))
    (outcome,) = run(locked, _book(*lines))
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, Rule.AMOUNT_OVERFLOW)
