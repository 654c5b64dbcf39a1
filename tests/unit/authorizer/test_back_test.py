from dataclasses import replace
from datetime import UTC, datetime

import pytest

from authorizer.back_test import (
    REPLAYABLE,
    BackTest,
    Difference,
    NotReplayed,
    PastRequest,
    Tally,
    difference,
    is_replayable,
)
from authorizer.card_checks import CardChecks, Check
from authorizer.controls import Control, Feature, Scope, Stance
from authorizer.decide import CREDIT_RULES, RULES, Policy
from authorizer.facts import CardFacts
from authorizer.limits import Limit, Used
from authorizer.request import AuthorizationRequest

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
NO_GROCERIES = Policy(
    name="draft", controls=(Control("no food", Stance.DENY, Feature.MCC, frozenset({"5411"}), scope=Scope.POLICY),)
)


@pytest.fixture
def approved(purchase: AuthorizationRequest, facts: CardFacts) -> PastRequest:
    food = replace(purchase, mcc="5411")
    return PastRequest(request=food, facts=facts, usage=None, at=NOW, rule="", reason="approved", granted=10_00)


def test_the_same_policy_changes_nothing(approved: PastRequest) -> None:
    wrong = replace(approved.request, checks=CardChecks(cvc2=Check.NO_MATCH))
    declined = replace(approved, request=wrong, rule="cvc2_right", reason="wrong_cvc2", granted=0)
    assert [difference(past, Policy()) for past in (approved, declined)] == [None, None]


def test_what_a_draft_declines_is_lost_with_the_amount_that_was_granted(approved: PastRequest) -> None:
    assert difference(replace(approved, granted=6_00), NO_GROCERIES) == ("lost", "mcc_not_allowed", 6_00)


def test_what_had_no_funds_is_not_lost(approved: PastRequest) -> None:
    assert difference(replace(approved, granted=0, is_approved=False, reason="insufficient_funds"), NO_GROCERIES) is None


def test_what_a_draft_no_longer_declines_is_gained(approved: PastRequest) -> None:
    wrong = replace(approved.request, checks=CardChecks(cvc2=Check.NO_MATCH))
    declined = replace(approved, request=wrong, rule="cvc2_right", reason="wrong_cvc2", granted=0)
    assert difference(declined, Policy(off=frozenset({"cvc2_right"}))) == ("gained", "wrong_cvc2", 10_00)


def test_what_cannot_be_checked_again_stays_declined_unless_the_rule_is_off(approved: PastRequest) -> None:
    declined = replace(approved, rule="pin_right", reason="wrong_pin", granted=0)
    assert difference(declined, Policy()) is None
    assert difference(declined, Policy(off=frozenset({"pin_right"}))) == ("gained", "wrong_pin", 10_00)


def test_a_limit_is_asked_with_what_was_used_then(approved: PastRequest, facts: CardFacts) -> None:
    limited = replace(facts, lineage=7, limits=(Limit("daily", "day", 15_00, currency="EUR"),))
    past = replace(approved, facts=limited, usage=(Used(10_00, 1),))
    assert difference(past, Policy()) == ("lost", "over_limit", 10_00)
    assert difference(past, Policy(off=frozenset({"within_amount_limit"}))) is None


def test_differences_are_summed_by_change_reason_and_asset(approved: PastRequest) -> None:
    tally = Tally(NO_GROCERIES)
    elsewhere = replace(approved.request, mcc="5812")
    tally.count_all([approved, replace(approved, granted=5_00), replace(approved, request=elsewhere)])
    assert tally.result() == BackTest(3, 3, (Difference("lost", "mcc_not_allowed", "EUR", 2, 15_00),))


def test_only_what_was_sent_and_is_not_stored_cannot_be_replayed() -> None:
    names = {rule.__name__ for rule in (*RULES, *CREDIT_RULES)}
    assert names - REPLAYABLE == {"expiry_matches", "sequence_number_matches"}


PROVED = [
    ("cvc2_right", {"cvc2": "no_match"}),
    ("cvc1_right", {"cvc1": "no_match"}),
    ("cvc3_right", {"cvc3": "no_match"}),
    ("chip_cvc_right", {"chip_cvc": "no_match"}),
    ("cryptogram_right", {"cryptogram": "no_match"}),
    ("cryptogram_right", {"cryptogram": "unreadable", "cryptogram_fault": "9F26 absent"}),
    ("pin_right", {"pin": "no_match"}),
    ("pin_right", {"pin": "no_key"}),
]


@pytest.mark.parametrize(("rule", "words"), PROVED)
def test_how_a_check_ended_is_asked_again(approved: PastRequest, rule: str, words: dict[str, str]) -> None:
    failed = replace(approved.request, checks=CardChecks.read(words))
    declined = replace(approved, request=failed, rule=rule, reason="then", granted=0)
    assert is_replayable(declined, Policy())
    assert difference(declined, Policy()) is None
    assert difference(replace(approved, request=failed), Policy()) is not None  # approved while the rule was off
    assert not is_replayable(replace(declined, request=approved.request), Policy())


def test_what_the_ledger_refused_cannot_be_lost(approved: PastRequest) -> None:
    nought = replace(approved.request, amount_minor=0)
    refused = replace(approved, request=nought, granted=0, is_approved=False)
    assert difference(refused, Policy()) is None
    assert difference(replace(refused, is_approved=True), Policy()) == ("lost", "invalid_amount", 0)


@pytest.mark.parametrize("rule", ["expiry_matches", "pin_tries_left", "counter_fresh", "ledger", "a_rule_of_long_ago"])
def test_what_cannot_be_replayed_stays_declined_and_is_counted(approved: PastRequest, rule: str) -> None:
    tally = Tally(Policy())
    tally.count_all([replace(approved, rule=rule, reason="then", granted=0, is_approved=False), approved])
    assert tally.result() == BackTest(2, 1, (), (NotReplayed(rule, 1),))


def test_a_word_that_this_release_does_not_know_says_nothing() -> None:
    assert CardChecks.read({"pin": "perhaps", "cvc2": "sometimes", "cryptogram": "?"}) == CardChecks()
