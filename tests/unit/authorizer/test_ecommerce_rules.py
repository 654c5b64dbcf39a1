"""What a policy demands of payments over the net, and what a message may not say of its 3-D Secure at all."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from authorizer.card_checks import CardChecks, Check
from authorizer.decide import Declined, Policy, decide
from authorizer.facts import CardFacts
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationClass, AuthorizationRequest
from authorizer.three_d_secure import UcafLevel, classify
from authorizer.wallet_token import AccountNumberKind

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
AAV = "kBM" + "A" * 24 + "="
DEMANDING = Policy(ecommerce_cvc2=True, ecommerce_levels=frozenset({UcafLevel.AUTHENTICATED, UcafLevel.EXEMPTED}))
NO_CVC2, NO_LEVEL = DeclineReason.CVC2_REQUIRED, DeclineReason.AUTHENTICATION_REQUIRED
RIGHT = CardChecks(cvc2=Check.MATCH, three_d_secure=classify("0103212", AAV, ""))


def _reason(request: AuthorizationRequest, facts: CardFacts, policy: Policy) -> DeclineReason | None:
    decision = decide(request, facts, policy, NOW)
    return decision.reason if isinstance(decision, Declined) else None


@pytest.fixture
def online(purchase: AuthorizationRequest) -> AuthorizationRequest:
    return replace(purchase, entry_mode="810", pos_data="1025100006000276", checks=RIGHT)


@pytest.mark.parametrize(
    ("indicators", "aav", "is_refused"),
    [
        ("0103212", "", True),
        ("0103213", "", True),
        ("0103212", "!!!!", True),
        ("0103210", "!!!!", True),
        ("xx", "", True),
        ("0103212", AAV, False),
        ("0103211", "", False),
        ("0103210", AAV, False),
        ("0103242", "", False),
        ("", AAV, False),
    ],
)
def test_what_contradicts_itself_is_refused_under_every_policy(
    online: AuthorizationRequest, facts: CardFacts, indicators: str, aav: str, is_refused: bool
) -> None:
    said = replace(online, checks=CardChecks(three_d_secure=classify(indicators, aav, "")))
    assert _reason(said, facts, Policy()) is (DeclineReason.AUTHENTICATION_CONTRADICTORY if is_refused else None)


def test_nothing_is_demanded_by_the_default_policy(online: AuthorizationRequest, facts: CardFacts) -> None:
    assert _reason(replace(online, checks=CardChecks()), facts, Policy()) is None
    assert len(Policy().rules) == len(DEMANDING.rules) - 2


@pytest.mark.parametrize(
    ("checks", "reason"),
    [
        (RIGHT, None),
        (replace(RIGHT, cvc2=Check.NOT_PROCESSED), None),
        (replace(RIGHT, cvc2=Check.NOT_PRESENT), NO_CVC2),
        (replace(RIGHT, three_d_secure=None), NO_LEVEL),
        (replace(RIGHT, three_d_secure=classify("0103210", "", "")), NO_LEVEL),
        (replace(RIGHT, three_d_secure=classify("0103211", AAV, "")), NO_LEVEL),
        (replace(RIGHT, three_d_secure=classify("0103216", "", "")), None),
        (replace(RIGHT, three_d_secure=classify("", AAV, "")), NO_LEVEL),
        (CardChecks(wallet=AccountNumberKind.CLOUD, three_d_secure=classify("0103242", "", "")), None),
    ],
)
def test_what_a_policy_demands_is_refused_by_its_own_rule(
    online: AuthorizationRequest, facts: CardFacts, checks: CardChecks, reason: DeclineReason | None
) -> None:
    assert _reason(replace(online, checks=checks), facts, DEMANDING) is reason


@pytest.mark.parametrize(
    "exempt",
    [
        {"entry_mode": "051", "pos_data": "0000000000000276"},
        {"entry_mode": "100", "pos_data": "1025140006000276"},
        {"authorization_class": AuthorizationClass.STATUS_INQUIRY, "amount_minor": 0},
        {"processing_code": "200000"},
    ],
    ids=["in a shop", "by the merchant himself", "an inquiry", "a refund"],
)
def test_nothing_is_demanded_where_nobody_could_give_it(
    online: AuthorizationRequest, facts: CardFacts, exempt: dict[str, object]
) -> None:
    assert _reason(replace(online, checks=CardChecks(), **exempt), facts, DEMANDING) is None  # type: ignore[arg-type]


def test_a_demand_can_be_put_again_in_a_back_test(online: AuthorizationRequest, facts: CardFacts) -> None:
    for checks in (RIGHT, CardChecks(wallet=AccountNumberKind.CLOUD), CardChecks(three_d_secure=classify("0103210", AAV, ""))):
        stored = CardChecks.read(checks.words())
        assert _reason(replace(online, checks=stored), facts, DEMANDING) is _reason(
            replace(online, checks=checks), facts, DEMANDING
        )
        assert stored.words() == checks.words()
