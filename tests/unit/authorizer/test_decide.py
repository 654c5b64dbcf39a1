from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authorizer.card_checks import CardChecks, Check
from authorizer.decide import CREDIT_RULES, RULES, Approved, Declined, Policy, decide, end_of_expiry
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.hsm import PinCheck
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationClass, AuthorizationRequest, Effect
from authorizer.wallet_token import AccountNumberKind

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
POLICY = Policy()
WRONG = CardChecks(cvc2=Check.NO_MATCH, pin=PinCheck.NO_MATCH)


def _reason(request: AuthorizationRequest, facts: CardFacts | None, now: datetime = NOW) -> DeclineReason | None:
    decision = decide(request, facts, POLICY, now)
    return decision.reason if isinstance(decision, Declined) else None


def _approved(request: AuthorizationRequest, facts: CardFacts) -> Approved:
    decision = decide(request, facts, POLICY, NOW)
    assert isinstance(decision, Approved)
    return decision


def test_an_ordinary_purchase_is_approved_and_held(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    decision = _approved(purchase, facts)
    assert decision.effect is Effect.SPEND
    assert decision.policy == "default/3"


def test_an_unknown_card_is_declined(purchase: AuthorizationRequest) -> None:
    assert _reason(purchase, None) is DeclineReason.UNKNOWN_CARD


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (CardStatus.ACTIVE, None),
        (CardStatus.INACTIVE, DeclineReason.CARD_INACTIVE),
        (CardStatus.BLOCKED, DeclineReason.CARD_BLOCKED),
        (CardStatus.LOST, DeclineReason.CARD_LOST),
        (CardStatus.STOLEN, DeclineReason.CARD_STOLEN),
        (CardStatus.EXPIRED, DeclineReason.CARD_EXPIRED),
        (CardStatus.CLOSED, DeclineReason.CARD_CLOSED),
    ],
)
def test_each_card_status_has_its_reason(
    purchase: AuthorizationRequest, facts: CardFacts, status: CardStatus, reason: DeclineReason | None
) -> None:
    assert _reason(purchase, replace(facts, card_status=status)) is reason


def test_every_card_status_is_covered_by_the_test_above() -> None:
    assert len(CardStatus) == 7


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expiry": "3001"}, DeclineReason.EXPIRY_MISMATCH),
        ({"expiry": None}, None),
        ({"processing_code": "920000"}, DeclineReason.TRANSACTION_NOT_SUPPORTED),
        ({"asset": "USD"}, DeclineReason.CURRENCY_NOT_SUPPORTED),
        ({"amount_minor": 0}, DeclineReason.INVALID_AMOUNT),
        ({"amount_minor": 0, "is_increment": True}, None),
        ({"amount_minor": 0, "authorization_class": AuthorizationClass.STATUS_INQUIRY}, None),
        ({"authorization_class": AuthorizationClass.STATUS_INQUIRY}, DeclineReason.INVALID_AMOUNT),
        ({"authorization_class": AuthorizationClass.STATUS_INQUIRY, "processing_code": "200000"}, DeclineReason.INVALID_AMOUNT),
        ({"amount_minor": 0, "processing_code": "300000"}, None),
        ({"processing_code": "300000"}, DeclineReason.INVALID_AMOUNT),
        ({"asset": "USD", "processing_code": "200000"}, None),
        ({"amount_minor": 0, "processing_code": "200000"}, DeclineReason.INVALID_AMOUNT),
    ],
)
def test_each_broken_rule_has_its_reason(
    purchase: AuthorizationRequest, facts: CardFacts, change: dict[str, Any], reason: DeclineReason | None
) -> None:
    assert _reason(replace(purchase, **change), facts) is reason


def test_a_closed_or_frozen_account_refuses_a_good_card(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    assert _reason(purchase, replace(facts, account_status=AccountStatus.CLOSED)) is DeclineReason.ACCOUNT_CLOSED
    assert _reason(purchase, replace(facts, account_status=AccountStatus.FROZEN)) is DeclineReason.ACCOUNT_FROZEN


def test_a_card_is_good_through_its_last_day_everywhere(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    last_evening_in_the_west = datetime(2030, 1, 1, 11, 59, tzinfo=UTC)
    assert _reason(purchase, facts, last_evening_in_the_west) is None
    assert _reason(purchase, facts, last_evening_in_the_west + timedelta(minutes=1)) is DeclineReason.CARD_EXPIRED


def test_the_end_of_a_month_is_the_start_of_the_next() -> None:
    assert end_of_expiry("2802") == datetime(2028, 3, 1, tzinfo=UTC)
    assert end_of_expiry("2912") == datetime(2030, 1, 1, tzinfo=UTC)


def test_the_first_broken_rule_wins_in_the_order_of_the_table(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    request = replace(purchase, expiry="3001", checks=WRONG, amount_minor=0, asset="USD")
    lost = replace(facts, card_status=CardStatus.LOST)
    assert _reason(request, lost, datetime(2031, 1, 1, tzinfo=UTC)) is DeclineReason.CARD_LOST
    assert _reason(request, facts, datetime(2031, 1, 1, tzinfo=UTC)) is DeclineReason.CARD_EXPIRED
    assert _reason(request, facts) is DeclineReason.EXPIRY_MISMATCH
    assert _reason(replace(request, expiry="2912"), facts) is DeclineReason.WRONG_CVC2


def test_a_decline_names_its_rule_and_policy_and_holds_no_card_data(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    decision = decide(replace(purchase, checks=CardChecks(pin=PinCheck.NO_MATCH)), facts, Policy(name="gold", version=4), NOW)
    assert isinstance(decision, Declined)
    assert decision.rule == "pin_right"
    assert decision.policy == "gold/4"
    assert facts.pvv not in repr(decision)


@pytest.mark.parametrize(("processing_code", "partial"), [("000000", True), ("010000", False), ("090000", False)])
def test_only_a_plain_purchase_may_be_approved_in_part(
    purchase: AuthorizationRequest, facts: CardFacts, processing_code: str, partial: bool
) -> None:
    request = replace(purchase, partial_allowed=True, processing_code=processing_code)
    assert _approved(request, facts).partial is partial
    assert not _approved(purchase, facts).partial


def test_a_refund_reaches_a_blocked_or_expired_card(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    refund = replace(purchase, processing_code="200000", expiry="3001")
    decision = _approved(refund, replace(facts, card_status=CardStatus.BLOCKED, expiry="2001"))
    assert decision.effect is Effect.CREDIT


def test_a_refund_to_what_is_closed_or_unknown_is_declined(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    refund = replace(purchase, processing_code="200000")
    assert _reason(refund, None) is DeclineReason.UNKNOWN_CARD
    assert _reason(refund, replace(facts, card_status=CardStatus.CLOSED)) is DeclineReason.CARD_CLOSED
    assert _reason(refund, replace(facts, account_status=AccountStatus.CLOSED)) is DeclineReason.ACCOUNT_CLOSED


@pytest.mark.parametrize(
    ("sent", "wallet", "reason"),
    [
        ("", None, None),
        ("000", None, None),
        ("009", None, DeclineReason.SEQUENCE_NUMBER_MISMATCH),
        ("100", None, DeclineReason.SEQUENCE_NUMBER_MISMATCH),
        ("009", AccountNumberKind.PRIMARY, DeclineReason.SEQUENCE_NUMBER_MISMATCH),
        ("009", AccountNumberKind.CLOUD, None),
    ],
)
def test_the_sequence_number_must_be_the_cards_unless_it_is_a_tokens(
    purchase: AuthorizationRequest, facts: CardFacts, sent: str, wallet: AccountNumberKind | None, reason: DeclineReason | None
) -> None:
    assert _reason(replace(purchase, sequence_number=sent, checks=CardChecks(wallet=wallet)), facts) is reason
    second = replace(facts, psn="01")
    assert _reason(replace(purchase, sequence_number="001"), second) is None


def test_rule_names_are_their_own_and_stay_stable() -> None:
    assert [rule.__name__ for rule in RULES] == [
        "card_usable",
        "account_open",
        "card_not_expired",
        "expiry_matches",
        "sequence_number_matches",
        "cryptogram_right",
        "chip_cvc_right",
        "cvc1_right",
        "cvc3_right",
        "cvc2_right",
        "authentication_sound",
        "pin_right",
        "cvc2_given",
        "authentication_given",
        "transaction_supported",
        "currency_matches",
        "amount_valid",
    ]
    assert len(set(CREDIT_RULES)) == len(CREDIT_RULES)
