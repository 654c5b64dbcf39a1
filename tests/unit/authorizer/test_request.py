from dataclasses import replace

import pytest

from authorizer.request import AuthorizationClass, AuthorizationRequest, Effect


@pytest.mark.parametrize(
    ("processing_code", "effect"),
    [
        ("000000", Effect.SPEND),
        ("010000", Effect.SPEND),
        ("090000", Effect.SPEND),
        ("170000", Effect.SPEND),
        ("200000", Effect.CREDIT),
        ("280000", Effect.CREDIT),
        ("300000", Effect.NONE),
        ("920000", Effect.UNSUPPORTED),
        ("", Effect.UNSUPPORTED),
    ],
)
def test_the_processing_code_says_what_happens_to_the_account(
    purchase: AuthorizationRequest, processing_code: str, effect: Effect
) -> None:
    assert replace(purchase, processing_code=processing_code).effect is effect


def test_an_account_status_inquiry_touches_nothing(purchase: AuthorizationRequest) -> None:
    assert replace(purchase, authorization_class=AuthorizationClass.STATUS_INQUIRY, amount_minor=0).effect is Effect.NONE


def test_what_is_called_a_status_inquiry_and_has_an_amount_is_the_payment_that_it_is(purchase: AuthorizationRequest) -> None:
    assert replace(purchase, authorization_class=AuthorizationClass.STATUS_INQUIRY).effect is Effect.SPEND
