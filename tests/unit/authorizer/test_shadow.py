from dataclasses import replace
from datetime import UTC, datetime

import pytest

from authorizer.card_checks import CardChecks, Check
from authorizer.controls import Control, Feature, Scope, Stance
from authorizer.decide import Policy
from authorizer.facts import CardFacts
from authorizer.limits import Limit, Used
from authorizer.request import AuthorizationRequest
from authorizer.reservation import Reservation
from authorizer.shadow import shadowed

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
LIVE = Policy()
NO_GROCERIES = Policy(
    name="draft", controls=(Control("no food", Stance.DENY, Feature.MCC, frozenset({"5411"}), scope=Scope.POLICY),)
)
LAX = Policy(name="lax", off=frozenset({"cvc2_right"}))


@pytest.fixture
def reservation(facts: CardFacts) -> Reservation:
    return Reservation(reservation_id=b"r", amount_minor=10_00, facts=facts)


def test_where_both_agree_nothing_is_said(purchase: AuthorizationRequest, reservation: Reservation) -> None:
    assert shadowed(LIVE, Policy(name="draft", version=9), purchase, reservation, NOW) is None
    wrong = replace(purchase, checks=CardChecks(cvc2=Check.NO_MATCH))
    assert shadowed(LIVE, NO_GROCERIES, replace(wrong, mcc="5411"), reservation, NOW) is None


def test_an_approval_lost_has_the_reason_of_the_draft(purchase: AuthorizationRequest, reservation: Reservation) -> None:
    assert shadowed(LIVE, NO_GROCERIES, replace(purchase, mcc="5411"), reservation, NOW) == "lost_mcc_not_allowed"


def test_an_approval_gained_has_the_reason_of_the_live_policy(purchase: AuthorizationRequest, reservation: Reservation) -> None:
    assert shadowed(LIVE, LAX, replace(purchase, checks=CardChecks(cvc2=Check.NO_MATCH)), reservation, NOW) == "gained_wrong_cvc2"


def test_a_decline_for_another_reason_is_reworded(purchase: AuthorizationRequest, reservation: Reservation) -> None:
    both = replace(purchase, checks=CardChecks(cvc2=Check.NO_MATCH), mcc="5411")
    draft = replace(NO_GROCERIES, off=frozenset({"cvc2_right"}))
    assert shadowed(LIVE, draft, both, reservation, NOW) == "reworded"


def test_a_part_instead_of_the_whole_is_reduced(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    limited = replace(facts, lineage=7, limits=(Limit("daily", "day", 5_00, currency="EUR"),))
    reservation = Reservation(reservation_id=b"r", amount_minor=10_00, facts=limited, usage=(Used(0, 0),))
    live = Policy(off=frozenset({"within_amount_limit"}))
    assert shadowed(live, LIVE, replace(purchase, partial_allowed=True), reservation, NOW) == "reduced"
