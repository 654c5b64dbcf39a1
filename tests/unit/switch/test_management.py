"""Codes of DE 70, and the 0800 that we send."""

import pytest

from switch.management import SIGN_OFF_AFTER, Management, Purpose, SignOnWhen
from switch.profile import ConfigurationError, parse_profile


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("001", Purpose.SIGN_ON),
        ("061", Purpose.SIGN_ON),
        ("002", Purpose.SIGN_OFF),
        ("062", Purpose.SIGN_OFF),
        ("270", Purpose.OTHER),
        ("161", Purpose.KEY),
        ("363", Purpose.STORED_ADVICES_END),
        ("999", None),
        ("", None),
    ],
)
def test_de_70_says_what_is_asked(code: str, meaning: Purpose | None) -> None:
    assert Management().purpose(code) is meaning


def test_the_profile_says_which_of_065_and_066_is_the_sign_on() -> None:
    dual, single = Management(), Management(code_065=Purpose.SIGN_OFF)
    assert (dual.purpose("065"), dual.purpose("066")) == (Purpose.SIGN_ON, Purpose.SIGN_OFF)
    assert (single.purpose("065"), single.purpose("066")) == (Purpose.SIGN_OFF, Purpose.SIGN_ON)


@pytest.mark.parametrize("code", [*SIGN_OFF_AFTER])
def test_every_sign_on_has_its_sign_off(code: str) -> None:
    management = Management(sign_on_code=code, code_065=Purpose.SIGN_OFF if code == "066" else Purpose.SIGN_ON)
    assert management.purpose(management.sign_off_code) is Purpose.SIGN_OFF


def test_a_sign_on_names_the_group_and_who_asks_and_an_echo_only_the_latter() -> None:
    management = Management(forwarder="541333", group="77", service_indicator="0I00000")
    assert management.request("061", "000001", "1125221500").elements == {
        2: "77", 7: "1125221500", 11: "000001", 33: "541333", 70: "061", 94: "0I00000",
    }  # fmt: skip
    assert management.request("270", "000002", "1125221500").elements == {7: "1125221500", 11: "000002", 33: "541333", 70: "270"}


def test_a_profile_says_how_a_link_is_managed() -> None:
    profile = parse_profile(
        "member",
        {
            "management": {"sign_on": "always", "sign_on_code": "001", "code_065": "sign_off", "forwarder": "541333"},
            "timers": {"response_seconds": 10, "echo_interval_seconds": 0},
            "limits": {"max_echo_misses": 3},
        },
    )
    assert profile.management == Management(SignOnWhen.ALWAYS, "001", Purpose.SIGN_OFF, "541333")
    assert (profile.response_seconds, profile.echo_interval_seconds, profile.max_echo_misses) == (10, 0, 3)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sign_on", "sometimes"),
        ("sign_on_code", "062"),
        ("code_065", "other"),
        ("forwarder", "ABC"),
        ("group", "1" * 20),
        ("service_indicator", "0I"),
        ("request_keys", 1),
    ],
)
def test_a_mistake_about_management_names_its_key(key: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=rf"management\.{key}: "):
        parse_profile("wrong", {"management": {key: value}})


def test_a_link_that_always_signs_on_has_to_say_as_whom() -> None:
    with pytest.raises(ConfigurationError, match=r"management\.forwarder: "):
        parse_profile("wrong", {"management": {"sign_on": "always"}})
