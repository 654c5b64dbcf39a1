"""What is handed to the ledger to be counted, and what it may object to."""

from datetime import UTC, datetime

import pytest

from authorizer.card_checks import CardChecks
from authorizer.decide import Approved, Declined, Policy
from authorizer.hsm import PinCheck
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest, Effect
from switch.card_use import REPLAYED, TOO_FAR, TRIES_EXCEEDED, card_use

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
APPROVED = Approved(effect=Effect.SPEND, partial=False, policy="default/1")
CHIP_AND_PIN = CardChecks(atc=28, pin=PinCheck.NO_MATCH)


def declined(rule: str) -> Declined:
    return Declined(reason=DeclineReason.FORMAT_ERROR, rule=rule, detail="", policy="default/1")


def request(checks: CardChecks, processing_code: str = "000000") -> AuthorizationRequest:
    return AuthorizationRequest(
        token=bytes(16), amount_minor=1, asset="EUR", transmitted_at=NOW, processing_code=processing_code, checks=checks
    )


def test_nothing_is_counted_without_pin_and_chip() -> None:
    assert card_use(request(CardChecks()), APPROVED, Policy()) is None


@pytest.mark.parametrize(
    ("rule", "is_pin_right", "objections"),
    [
        ("card_usable", None, (None, None, None)),
        ("expiry_matches", None, (None, None, None)),
        ("cryptogram_right", None, (TRIES_EXCEEDED, None, None)),
        ("cvc2_right", None, (TRIES_EXCEEDED, REPLAYED, TOO_FAR)),
        ("pin_right", False, (TRIES_EXCEEDED, REPLAYED, TOO_FAR)),
        ("currency_matches", False, (TRIES_EXCEEDED, REPLAYED, TOO_FAR)),
    ],
)
def test_the_ledger_objects_only_where_no_rule_before_has_refused(
    rule: str, is_pin_right: bool | None, objections: tuple[object, ...]
) -> None:
    use = card_use(request(CHIP_AND_PIN), declined(rule), Policy())
    assert use is not None
    assert use.is_pin_right is is_pin_right
    assert (use.tries_exceeded, use.replayed, use.too_far) == objections
    assert use.atc == 28


def test_a_pin_that_was_not_compared_is_no_try() -> None:
    for unread in (PinCheck.UNREADABLE, PinCheck.NO_KEY):
        use = card_use(request(CardChecks(pin=unread)), declined("pin_right"), Policy())
        assert use is not None
        assert use.is_pin_right is None


def test_used_up_tries_are_no_matter_where_no_pin_came() -> None:
    use = card_use(request(CardChecks(atc=28)), APPROVED, Policy())
    assert use is not None
    assert use.tries_exceeded is None


def test_money_that_comes_back_is_not_judged_by_pin_and_chip() -> None:
    use = card_use(request(CHIP_AND_PIN, "200000"), APPROVED, Policy())
    assert use is not None
    assert (use.is_pin_right, use.tries_exceeded, use.replayed, use.too_far) == (None, None, None, None)


def test_how_many_tries_and_how_far_a_counter_may_run_is_the_policys_to_say() -> None:
    use = card_use(request(CHIP_AND_PIN), APPROVED, Policy(pin_tries=5, atc_window=20))
    assert use is not None
    assert (use.tries, use.window) == (5, 20)
