"""The table of hold validities: which rule fits, and which tables are refused."""

import tomllib
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest

from authorizer.validity import HoldClass, HoldValidity, Initiator, Occasion, Presence, ValidityError, parse_validity

SHIPPED = parse_validity(tomllib.loads(files("configs").joinpath("hold_validity.toml").read_text()))


def occasion(
    hold_class: str = "undefined", mcc: str = "5411", presence: str = "present", initiator: str = "cardholder"
) -> Occasion:
    return Occasion(HoldClass(hold_class), mcc, Presence(presence), Initiator(initiator))


def table(**rules: dict[str, Any]) -> HoldValidity:
    return parse_validity({"name": "test", "version": 3, "rule": {"all": {"days": 7}, **rules}})


def mistakes(**rules: dict[str, Any]) -> tuple[str, ...]:
    with pytest.raises(ValidityError) as caught:
        table(**rules)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("asked", "stands"),
    [(occasion(), timedelta(days=7)), (occasion("final"), timedelta(days=7)), (occasion("preauthorization"), timedelta(days=30)),
     (occasion("refund"), timedelta(days=5)), (occasion(mcc="5542"), timedelta(hours=2)),
     (occasion("preauthorization", "5542"), timedelta(hours=2)), (occasion("completion", "5542"), timedelta(days=7)),
     (occasion(mcc="5552"), timedelta(days=1)), (occasion(mcc=""), timedelta(days=7))],
)  # fmt: skip
def test_the_shipped_table_says_how_long_a_hold_stands(asked: Occasion, stands: timedelta) -> None:
    assert SHIPPED.lifetime(asked) == stands


def test_the_narrowest_rule_wins_however_they_are_ordered() -> None:
    narrow = {"narrow": {"mcc": ["3501"], "presence": "not_present", "hours": 1}, "wide": {"mcc": ["3501-3999"], "hours": 2}}
    for rules in (narrow, dict(reversed(narrow.items()))):
        found = table(**rules)
        asked = [occasion(mcc="3501", presence="not_present"), occasion(mcc="3501"), occasion(mcc="4000")]
        assert [found.lifetime(each) for each in asked] == [timedelta(hours=1), timedelta(hours=2), timedelta(days=7)]


def test_who_starts_a_payment_may_decide() -> None:
    found = table(collected={"initiator": "merchant", "days": 3})
    assert found.lifetime(occasion(initiator="merchant")) == timedelta(days=3)


def test_rules_that_overlap_without_one_being_narrower_are_refused() -> None:
    found = mistakes(hotels={"mcc": ["7011"], "days": 3}, remote={"presence": "not_present", "days": 2})
    assert found == ("rule.remote: overlaps with rule.hotels, and neither is an exception to the other",)


def test_two_rules_for_the_same_are_refused() -> None:
    assert mistakes(one={"mcc": ["7011"], "days": 3}, other={"mcc": ["7011-7011"], "days": 2}) == (
        "rule.other: fits the same as rule.one",
    )


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [({"days": 8}, "rule.x: stands longer than the network's 7 days"),
     ({"classes": ["refund"], "days": 6}, "rule.x: stands longer than the network's 5 days"),
     ({"classes": ["preauthorization", "final"], "days": 30}, "rule.x: stands longer than the network's 7 days"),
     ({"classes": ["other"], "days": 1}, "rule.x.classes: 'other' is not one of"), ({"mcc": ["54"], "days": 1}, "rule.x.mcc: '54'"),
     ({"mcc": ["5500-5400"], "days": 1}, "rule.x.mcc: '5500-5400'"), ({}, "rule.x: needs one of"),
     ({"days": 1, "hours": 1}, "rule.x: needs one of"), ({"days": 0}, "rule.x.days"), ({"days": True}, "rule.x.days"),
     ({"weeks": 1, "days": 1}, "rule.x.weeks: is no key of a rule")],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_named(rule: dict[str, Any], mistake: str) -> None:
    assert any(found.startswith(mistake) for found in mistakes(x=rule))


@pytest.mark.parametrize("document", [{}, {"name": "a", "version": 0, "rule": {"a": {"days": 1}}}, {"rule": 1}, {"more": 1}])
def test_a_table_without_its_head_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValidityError):
        parse_validity(document)


def test_one_rule_must_fit_everything() -> None:
    with pytest.raises(ValidityError, match="one must fit everything"):
        parse_validity({"name": "a", "version": 1, "rule": {"x": {"mcc": ["5542"], "days": 1}}})
