from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from authorizer.decide import Approved, Declined, Policy, decide
from authorizer.facts import CardFacts
from authorizer.limits import SINGLE_USE, Limit, Used
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest
from authorizer.velocity_rules import OverLimit, at_most

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
DAY = Limit("daily", "day", 100_00, 3, currency="EUR", version=2)


def _room(amount: int, use: Used, limit: Limit = DAY, **how: Any) -> int | OverLimit:
    return at_most(amount, [limit], [use], **({"is_counted": True, "may_be_partial": False} | how))


def test_all_of_it_to_the_last_cent_and_not_one_more() -> None:
    assert _room(40_00, Used(60_00, 1)) == 40_00
    assert _room(40_01, Used(60_00, 1)) == OverLimit(
        DeclineReason.OVER_LIMIT, "within_amount_limit", "daily (day), card limits 2, 6000 of 10000 used"
    )


def test_where_a_part_will_do_the_limit_leaves_a_part() -> None:
    assert _room(50_00, Used(60_00, 1), may_be_partial=True) == 40_00
    assert isinstance(_room(50_00, Used(100_00, 1), may_be_partial=True), OverLimit)
    assert isinstance(_room(50_00, Used(150_00, 1), may_be_partial=True), OverLimit)


def test_where_the_goods_of_a_purchase_with_cash_will_do_the_limit_leaves_them_room() -> None:
    assert _room(60_00, Used(60_00, 1), goods=40_00) == 40_00
    assert isinstance(_room(60_00, Used(60_01, 1), goods=40_00), OverLimit)
    each = Limit("each", "payment", 39_99, currency="EUR")
    with_each = at_most(60_00, [DAY, each], [Used(60_00, 1), Used(0, 0)], is_counted=True, may_be_partial=False, goods=40_00)
    assert isinstance(with_each, OverLimit)


def test_the_tightest_of_several_limits_counts() -> None:
    limits = [DAY, Limit("each", "payment", 30_00, currency="EUR")]
    assert at_most(90_00, limits, [Used(60_00, 1), Used(0, 0)], is_counted=True, may_be_partial=True) == 30_00


def test_the_count_is_refused_by_its_own_rule_and_does_not_matter_for_more_of_the_same_payment() -> None:
    refused = _room(1_00, Used(0, 3), may_be_partial=True)
    assert isinstance(refused, OverLimit)
    assert (refused.reason, refused.rule) == (DeclineReason.OVER_COUNT_LIMIT, "within_count_limit")
    assert _room(1_00, Used(0, 3), is_counted=False) == 1_00


def test_an_increment_is_not_refused_for_the_count_but_says_what_it_breaks_if_it_adds_to_nothing(
    purchase: AuthorizationRequest, facts: CardFacts
) -> None:
    limited, used_up = replace(facts, lineage=7, limits=(DAY,)), [Used(0, 3)]
    decision = decide(replace(purchase, is_increment=True), limited, Policy(), NOW, used_up)
    assert isinstance(decision, Approved)
    assert decision.alone is not None
    assert decision.alone.rule == "within_count_limit"
    in_time = decide(replace(purchase, is_increment=True), limited, Policy(), NOW, [Used(0, 2)])
    assert isinstance(in_time, Approved)
    assert in_time.alone is None


def test_a_card_for_a_single_use_has_a_reason_of_its_own() -> None:
    refused = _room(1_00, Used(5_00, 1), Limit(SINGLE_USE, "lifetime", max_count=1))
    assert isinstance(refused, OverLimit)
    assert refused.reason is DeclineReason.CARD_USED_UP


def test_a_rule_that_is_off_is_not_asked() -> None:
    assert _room(500_00, Used(60_00, 1), off=frozenset({"within_amount_limit"})) == 500_00
    assert _room(1_00, Used(0, 3), off=frozenset({"within_count_limit"})) == 1_00


def test_the_decision_says_how_much_the_limits_leave(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    limited = replace(facts, lineage=7, limits=(DAY,))
    partial = replace(purchase, amount_minor=50_00, partial_allowed=True)
    approved = decide(partial, limited, Policy(), NOW, [Used(60_00, 1)])
    assert isinstance(approved, Approved)
    assert approved.at_most == 40_00
    declined = decide(replace(partial, partial_allowed=False), limited, Policy(), NOW, [Used(60_00, 1)])
    assert isinstance(declined, Declined)
    assert declined.reason is DeclineReason.OVER_LIMIT


@pytest.mark.parametrize(("processing_code", "minor"), [("300000", 0), ("200000", 10_00)])
def test_what_spends_nothing_is_not_limited(
    purchase: AuthorizationRequest, facts: CardFacts, processing_code: str, minor: int
) -> None:
    limited = replace(facts, lineage=7, limits=(DAY,))
    asked = replace(purchase, processing_code=processing_code, amount_minor=minor)
    assert isinstance(decide(asked, limited, Policy(), NOW, [Used(100_00, 3)]), Approved)
