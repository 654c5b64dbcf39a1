"""The rules over cryptogram, codes and PIN, and their place in the order of the decision."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from authorizer.card_checks import CardChecks, Check
from authorizer.crypto.cryptogram import CryptogramFault, UnreadableCryptogram
from authorizer.decide import BEFORE_SECURITY, CREDIT_RULES, RULES, Declined, Policy, decide
from authorizer.facts import CardFacts, CardStatus
from authorizer.hsm import ArqcCheck, ArqcVerdict, PinCheck
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest
from authorizer.security_rules import SECURITY_RULES, Position, position

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
WRONG_ARQC = ArqcCheck(ArqcVerdict.NO_MATCH)
NO_ATC = ArqcCheck(ArqcVerdict.UNREADABLE, UnreadableCryptogram("9F36", CryptogramFault.MISSING))
EVERYTHING_WRONG = CardChecks(
    cryptogram=WRONG_ARQC, chip_cvc=Check.NO_MATCH, cvc1=Check.NO_MATCH, cvc3=Check.NO_MATCH, cvc2=Check.NO_MATCH,
    pin=PinCheck.NO_MATCH,
)  # fmt: skip


def _declined(request: AuthorizationRequest, facts: CardFacts) -> Declined | None:
    decision = decide(request, facts, Policy(), NOW)
    return decision if isinstance(decision, Declined) else None


@pytest.mark.parametrize(
    ("checks", "reason"),
    [
        (CardChecks(cryptogram=WRONG_ARQC), DeclineReason.WRONG_CRYPTOGRAM),
        (CardChecks(cryptogram=NO_ATC), DeclineReason.CRYPTOGRAM_UNREADABLE),
        (CardChecks(cryptogram=ArqcCheck(ArqcVerdict.MATCH)), None),
        (CardChecks(cryptogram=ArqcCheck(ArqcVerdict.NO_KEY)), None),
        (CardChecks(chip_cvc=Check.NO_MATCH), DeclineReason.WRONG_CHIP_CVC),
        (CardChecks(cvc1=Check.NO_MATCH), DeclineReason.WRONG_CVC1),
        (CardChecks(cvc3=Check.NO_MATCH), DeclineReason.WRONG_CVC3),
        (CardChecks(cvc2=Check.NO_MATCH), DeclineReason.WRONG_CVC2),
        (CardChecks(cvc2=Check.NOT_PROCESSED, cvc1=Check.NOT_PROCESSED), None),
        (CardChecks(cvc2=Check.MATCH, cvc1=Check.MATCH), None),
        (CardChecks(pin=PinCheck.NO_MATCH), DeclineReason.WRONG_PIN),
        (CardChecks(pin=PinCheck.UNREADABLE), DeclineReason.PIN_UNREADABLE),
        (CardChecks(pin=PinCheck.NO_KEY), DeclineReason.PIN_NOT_VERIFIABLE),
        (CardChecks(pin=PinCheck.MATCH), None),
        (CardChecks(), None),
    ],
)
def test_each_failed_check_has_its_reason(
    purchase: AuthorizationRequest, facts: CardFacts, checks: CardChecks, reason: DeclineReason | None
) -> None:
    declined = _declined(replace(purchase, checks=checks), facts)
    assert (declined.reason if declined else None) is reason


def test_the_first_failed_check_wins_in_the_order_of_the_domain(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    passed = {
        "cryptogram": None, "chip_cvc": Check.MATCH, "cvc1": Check.MATCH, "cvc3": Check.MATCH, "cvc2": Check.MATCH,
    }  # fmt: skip
    found, checks = [], EVERYTHING_WRONG
    for name, right in passed.items():
        declined = _declined(replace(purchase, checks=checks), facts)
        found.append(declined.reason if declined else None)
        checks = replace(checks, **{name: right})  # type: ignore[arg-type]
    assert found == [
        DeclineReason.WRONG_CRYPTOGRAM, DeclineReason.WRONG_CHIP_CVC, DeclineReason.WRONG_CVC1, DeclineReason.WRONG_CVC3,
        DeclineReason.WRONG_CVC2,
    ]  # fmt: skip
    last = _declined(replace(purchase, checks=checks), facts)
    assert last is not None
    assert last.reason is DeclineReason.WRONG_PIN


def test_an_unreadable_cryptogram_names_its_tag(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    declined = _declined(replace(purchase, checks=CardChecks(cryptogram=NO_ATC)), facts)
    assert declined is not None
    assert "9F36" in declined.detail


def test_a_pin_for_a_card_without_one_cannot_be_verified(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    request = replace(purchase, checks=CardChecks(pin=PinCheck.NO_KEY))
    details = [_declined(request, card) for card in (facts, replace(facts, pvv=""), replace(facts, pvv="", pin_offset="1234"))]
    assert [declined.detail for declined in details if declined] == [
        "there is no key to verify the PIN with", "the card has no PIN", "there is no key to verify the PIN with",
    ]  # fmt: skip


def test_money_that_comes_back_is_not_refused_for_what_the_card_proved(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    assert _declined(replace(purchase, processing_code="200000", checks=EVERYTHING_WRONG), facts) is None


def test_a_lost_card_is_lost_before_anything_is_wrong_with_it(purchase: AuthorizationRequest, facts: CardFacts) -> None:
    declined = _declined(replace(purchase, checks=EVERYTHING_WRONG), replace(facts, card_status=CardStatus.LOST))
    assert declined is not None
    assert declined.reason is DeclineReason.CARD_LOST
    assert position(declined.rule, BEFORE_SECURITY) is Position.BEFORE_PIN_TRIES


def test_every_rule_has_its_position_as_against_the_ledgers_two() -> None:
    names = [rule.__name__ for rule in RULES]
    positions = [position(name, BEFORE_SECURITY) for name in names]
    assert positions == sorted(positions)
    assert position("", BEFORE_SECURITY) is Position.PIN_OR_LATER
    assert position("card_known", BEFORE_SECURITY) is Position.BEFORE_PIN_TRIES
    assert position("pin_right", BEFORE_SECURITY) is Position.PIN_OR_LATER
    assert not {rule.__name__ for rule in SECURITY_RULES} & {rule.__name__ for rule in CREDIT_RULES}
