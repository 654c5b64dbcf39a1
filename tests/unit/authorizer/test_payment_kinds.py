"""Kinds of payments: what a limit may ask for, and that a request and what is stored of it look the same."""

from datetime import UTC, datetime
from typing import Any

import pytest

from authorizer.controls import ControlError, Vocabulary
from authorizer.payment_kinds import is_of, kind_document, parse_kind, traits_of, traits_stored, written_kind, written_traits
from authorizer.request import AuthorizationRequest

GROUPS = {"cash": frozenset({"6010", "6011"}), "fuel": frozenset({"5541"})}
WORDS = Vocabulary(groups=GROUPS, currencies={"EUR", "USD"})
STORED = {
    "processing_code": "010000", "mcc": "6011", "entry_mode": "051", "merchant": "BANK                   BERLIN        DEU",
    "transaction_currency": "840", "pos_data": "0000000000300276",
}  # fmt: skip
AT_A_CASH_MACHINE = {
    "mcc=6011", "mcc_group=cash", "country=DEU", "currency=USD", "entry_mode=05", "presence=present", "channel=atm"
}  # fmt: skip


def _request(**said: Any) -> AuthorizationRequest:
    return AuthorizationRequest(token=b"", amount_minor=1, asset="EUR", transmitted_at=datetime(2027, 1, 1, tzinfo=UTC), **said)


def test_what_is_stored_of_a_payment_tells_its_traits() -> None:
    assert traits_stored(STORED, GROUPS) == AT_A_CASH_MACHINE


def test_a_request_has_the_traits_that_will_be_stored() -> None:
    request = _request(
        processing_code="010000", mcc="6011", entry_mode="051", country="DEU", transaction_currency="USD",
        pos_data=STORED["pos_data"],
    )  # fmt: skip
    assert traits_of(request, GROUPS) == AT_A_CASH_MACHINE


def test_what_a_message_invents_is_no_trait() -> None:
    traits = traits_of(_request(country="/x", mcc="1/channel=atm", entry_mode="\n1"), GROUPS)
    assert traits == {"presence=absent", "channel=pos"}
    assert written_traits(traits) == b"/channel=pos/presence=absent/"


@pytest.mark.parametrize(
    ("said", "is_meant"),
    [
        ({}, True),
        ({"channel": ["atm"]}, True),
        ({"channel": ["ecommerce", "atm"]}, True),
        ({"channel": ["ecommerce"]}, False),
        ({"channel": ["atm"], "country": ["FRA"]}, False),
        ({"mcc_group": ["cash"], "currency": ["USD"], "presence": ["present"], "entry_mode": ["05"]}, True),
    ],
)
def test_a_payment_is_of_a_kind_by_one_value_of_each_feature(said: dict[str, list[str]], is_meant: bool) -> None:
    assert is_of(parse_kind(said, "where", WORDS, GROUPS), frozenset(AT_A_CASH_MACHINE)) is is_meant


def test_a_kind_is_the_same_whatever_the_order_it_is_said_in() -> None:
    kind = parse_kind({"channel": ["pos", "atm"], "mcc": ["6011"]}, "where", WORDS, GROUPS)
    assert kind == parse_kind({"mcc": ["6011"], "channel": ["atm", "pos"]}, "where", WORDS, GROUPS)
    assert written_kind(kind) == "mcc=6011&channel=atm/channel=pos"
    assert parse_kind(kind_document(kind), "where") == kind


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"colour": ["red"]}, "where.colour: not one of mcc"),
        ({"merchant": ["SHOP"]}, "where.merchant: not one of mcc"),
        ({"time": ["night"]}, "where.time: not one of mcc"),
        ({"mcc": []}, "where.mcc: must be a list"),
        ({"mcc": "5411"}, "where.mcc: must be a list"),
        ({"mcc": ["54"]}, "where.mcc: '54' is no MCC"),
        ({"mcc_group": ["gaming"]}, "where.mcc_group: there is no MCC group 'gaming'"),
        ({"country": ["DE"]}, "where.country: 'DE' is no country"),
        ({"currency": ["XXX"]}, "where.currency: 'XXX' is no currency"),
        ({"channel": ["phone"]}, "where.channel: 'phone' is not one of"),
        ({"presence": ["maybe"]}, "where.presence: 'maybe' is not one of"),
        ({"entry_mode": ["5"]}, "where.entry_mode: '5' is no entry mode"),
        ({"channel": ["atm", "atm"]}, "where.channel: the same value stands there twice"),
        ({"mcc": ["5411"], "mcc_group": ["cash"]}, "where.mcc: none of these is in the groups"),
        ([], "where: must be a table"),
    ],
)
def test_a_kind_that_is_unknown_or_contradicts_itself_is_refused_by_its_key(said: Any, fault: str) -> None:
    with pytest.raises(ControlError) as caught:
        parse_kind(said, "where", WORDS, GROUPS)
    assert str(caught.value).startswith(fault)
