from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from authorizer.control_rules import REASONS, RULE_NAMES, first_broken
from authorizer.controls import Control, Feature, Scope, Stance
from authorizer.decide import Approved, Declined, Policy, decide
from authorizer.facts import CardFacts
from authorizer.hours import Hours, is_within
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest, Channel, Presence

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)  # a Friday
GROUPS = {"gambling": frozenset({"7995"})}


def _control(stance: Stance, feature: Feature, *values: str, scope: Scope = Scope.CARD, name: str = "rule") -> Control:
    return Control(name, stance, feature, frozenset(values), scope=scope, version=3)


@pytest.fixture
def shop(purchase: AuthorizationRequest) -> AuthorizationRequest:
    return replace(
        purchase, mcc="5411", merchant_id="SHOP00000000001", country="DEU", transaction_currency="EUR", entry_mode="051",
        pos_data="0000000000900276",
    )  # fmt: skip


OTHER: dict[Feature, tuple[str, str]] = {
    Feature.MCC: ("5411", "7995"),
    Feature.MCC_GROUP: ("gambling", "gambling"),
    Feature.MERCHANT: ("SHOP00000000001", "CASINO"),
    Feature.COUNTRY: ("DEU", "ITA"),
    Feature.CURRENCY: ("EUR", "USD"),
    Feature.ENTRY_MODE: ("05", "81"),
    Feature.PRESENCE: ("present", "absent"),
    Feature.CHANNEL: ("pos", "atm"),
}
"""A value that the purchase has, and one that it has not."""


@pytest.mark.parametrize("feature", [one for one in OTHER if one is not Feature.MCC_GROUP])
def test_what_matches_a_denial_or_no_allowance_is_refused_by_its_own_rule(shop: AuthorizationRequest, feature: Feature) -> None:
    has, has_not = OTHER[feature]
    for stance, broken, kept in ((Stance.DENY, has, has_not), (Stance.ALLOW, has_not, has)):
        refused = first_broken(shop, [_control(stance, feature, broken)], GROUPS, NOW)
        assert refused is not None
        assert (refused.reason, refused.rule) == (REASONS[feature], RULE_NAMES[feature])
        assert first_broken(shop, [_control(stance, feature, kept)], GROUPS, NOW) is None


def test_every_feature_has_a_reason_and_a_rule() -> None:
    assert REASONS.keys() == RULE_NAMES.keys() == set(Feature)


def test_a_group_is_looked_up(shop: AuthorizationRequest) -> None:
    denied = [_control(Stance.DENY, Feature.MCC_GROUP, "gambling")]
    assert first_broken(shop, denied, GROUPS, NOW) is None
    refused = first_broken(replace(shop, mcc="7995"), denied, GROUPS, NOW)
    assert refused is not None
    assert refused.reason is DeclineReason.MCC_NOT_ALLOWED


def test_one_of_the_allowances_of_a_scope_is_enough_but_every_scope_wants_one(shop: AuthorizationRequest) -> None:
    italy, germany = (_control(Stance.ALLOW, Feature.COUNTRY, name, name=name) for name in ("ITA", "DEU"))
    assert first_broken(shop, [italy, germany], GROUPS, NOW) is None
    program = replace(italy, scope=Scope.PROGRAM)
    refused = first_broken(shop, [germany, program], GROUPS, NOW)
    assert refused is not None
    assert refused.detail == "ITA (allow), program controls 3"


def test_a_denial_is_stronger_than_an_allowance_elsewhere(shop: AuthorizationRequest) -> None:
    said = [_control(Stance.ALLOW, Feature.COUNTRY, "DEU"), _control(Stance.DENY, Feature.COUNTRY, "DEU", scope=Scope.ACCOUNT)]
    assert first_broken(shop, said, GROUPS, NOW) is not None


def test_the_country_of_the_terminal_counts_before_what_the_name_ends_with(shop: AuthorizationRequest) -> None:
    american = replace(shop, country=" CA", pos_data="0000000000900840")
    assert american.merchant_country == "USA"
    assert replace(shop, country="ITA", pos_data="").merchant_country == "ITA"


@pytest.mark.parametrize(
    ("changes", "channels"),
    [
        ({"processing_code": "010000", "mcc": "6011"}, (Channel.ATM,)),
        ({"entry_mode": "071"}, (Channel.CONTACTLESS,)),
        ({"entry_mode": "072", "mcc": "6011"}, (Channel.ATM, Channel.CONTACTLESS)),
        ({"entry_mode": "812"}, (Channel.ECOMMERCE,)),
        ({"entry_mode": "010", "pos_data": "1025100006000840"}, (Channel.ECOMMERCE,)),
        ({"entry_mode": "010", "pos_data": "1032100000000840"}, (Channel.MAIL_PHONE,)),
        ({"entry_mode": "102", "pos_data": "1034100000000276"}, (Channel.RECURRING,)),
        ({"entry_mode": "051"}, (Channel.POS,)),
    ],
)
def test_the_channel_of_a_payment(shop: AuthorizationRequest, changes: dict[str, Any], channels: tuple[Channel, ...]) -> None:
    assert replace(shop, **changes).channels == channels


def test_presence_is_what_the_terminal_says_else_what_the_entry_mode_means(shop: AuthorizationRequest) -> None:
    assert replace(shop, pos_data="0000100000900276").presence is Presence.ABSENT
    assert replace(shop, pos_data="", entry_mode="051").presence is Presence.PRESENT
    assert replace(shop, pos_data="", entry_mode="812").presence is Presence.ABSENT


@pytest.mark.parametrize(
    ("start", "end", "days", "moment", "is_in"),
    [
        ("08:00", "18:00", "0123456", "2027-01-15T07:00", True),  # 08:00 in Rome
        ("08:00", "18:00", "0123456", "2027-01-15T06:59", False),
        ("08:00", "18:00", "0123456", "2027-01-15T17:00", False),  # 18:00 is over
        ("08:00", "18:00", "0123", "2027-01-15T12:00", False),  # Friday
        ("22:00", "06:00", "4", "2027-01-15T22:00", True),  # Friday 23:00
        ("22:00", "06:00", "4", "2027-01-16T04:00", True),  # Saturday 05:00 belongs to Friday
        ("22:00", "06:00", "4", "2027-01-15T04:00", False),  # Friday 05:00 belongs to Thursday
        ("08:00", "18:00", "0123456", "2027-07-15T06:30", True),  # 08:30 in summer
    ],
)
def test_hours_are_local_and_may_pass_midnight(start: str, end: str, days: str, moment: str, is_in: bool) -> None:
    hours = Hours(time.fromisoformat(start), time.fromisoformat(end), "Europe/Rome", frozenset(map(int, days)))
    assert is_within(hours, datetime.fromisoformat(moment).replace(tzinfo=UTC)) is is_in


def test_a_broken_control_declines_with_rule_detail_and_policy(shop: AuthorizationRequest, facts: CardFacts) -> None:
    controlled = replace(facts, controls=(_control(Stance.DENY, Feature.CHANNEL, "pos", name="no shops"),))
    decision = decide(shop, controlled, Policy(version=4), NOW)
    assert decision == Declined(
        reason=DeclineReason.CHANNEL_NOT_ALLOWED, rule="channel_allowed", detail="no shops (deny), card controls 3", policy="default/4"
    )  # fmt: skip
    assert isinstance(decide(shop, controlled, Policy(off=frozenset({"channel_allowed"})), NOW), Approved)


def test_a_refund_is_not_asked_for_controls(shop: AuthorizationRequest, facts: CardFacts) -> None:
    controlled = replace(facts, controls=(_control(Stance.DENY, Feature.CHANNEL, "pos"),))
    assert isinstance(decide(replace(shop, processing_code="200000"), controlled, Policy(), NOW), Approved)


def test_a_denial_with_hours_refuses_what_it_names_then_and_nothing_else(shop: AuthorizationRequest) -> None:
    night = Hours(time(23), time(5), "UTC")
    said = [replace(_control(Stance.DENY, Feature.MCC_GROUP, "gambling", name="no gambling at night"), hours=night)]
    at_night, casino = NOW.replace(hour=23), replace(shop, mcc="7995")
    refused = first_broken(casino, said, GROUPS, at_night)
    assert refused is not None
    assert (refused.reason, refused.rule) == (DeclineReason.MCC_NOT_ALLOWED, "mcc_group_allowed")
    assert [first_broken(*asked) for asked in ((casino, said, GROUPS, NOW), (shop, said, GROUPS, at_night))] == [None, None]
