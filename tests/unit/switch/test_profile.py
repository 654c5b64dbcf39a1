"""Profiles: the shipped ones load, and every mistake in one is named."""

from pathlib import Path

import pytest

from switch.errors import ConfigurationError
from switch.framing import Framing, PrefixEncoding
from switch.profile import NetworkProfile, load_profile, parse_profile


def test_the_shipped_profiles_differ_in_their_character_set_only() -> None:
    ebcdic, ascii_ = load_profile("mastercard"), load_profile("mastercard-ascii")
    assert ebcdic == NetworkProfile("mastercard")
    assert ascii_ == NetworkProfile("mastercard-ascii", character_set="ascii")


def test_a_profile_of_ones_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "local.toml"
    path.write_text('require_sign_on = true\n[framing]\nprefix_bytes = 4\nencoding = "ascii"\nheader = "6000"\n')
    profile = load_profile(path)
    assert profile.name == "local"
    assert profile.require_sign_on
    assert profile.framing == Framing(prefix_bytes=4, encoding=PrefixEncoding.ASCII, header=b"\x60\x00")


def test_every_mistake_is_reported_at_once_with_its_key() -> None:
    document = {
        "character_set": "latin-9",
        "frob": 1,
        "framing": {"encoding": "morse", "prefix_bytes": 99, "header": "zz", "max_frame": "8K"},
        "timers": {"idle_timeout_seconds": True, "response_deadline_seconds": float("nan"), "echo": 1},
        "limits": 3,
    }
    with pytest.raises(ConfigurationError) as caught:
        parse_profile("wrong", document)
    keys = {mistake.split(": ")[1] for mistake in caught.value.mistakes}
    assert keys == {
        "character_set",
        "frob",
        "framing.encoding",
        "framing.prefix_bytes",
        "framing.header",
        "framing.max_frame",
        "timers.idle_timeout_seconds",
        "timers.response_deadline_seconds",
        "timers.echo",
        "limits",
    }


@pytest.mark.parametrize("value", [0, -1.0, float("inf")])
def test_a_deadline_has_to_be_a_positive_number(value: float) -> None:
    with pytest.raises(ConfigurationError, match="response_deadline_seconds"):
        parse_profile("wrong", {"timers": {"response_deadline_seconds": value}})


def test_an_idle_timeout_of_nought_keeps_connections_for_ever() -> None:
    assert parse_profile("patient", {"timers": {"idle_timeout_seconds": 0}}).idle_timeout_seconds == 0


@pytest.mark.parametrize("name", ["visa", "../mastercard", "nowhere/local.toml", ""])
def test_a_profile_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError, match="profile"):
        load_profile(name)


def test_a_file_that_is_not_toml_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("= 1")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_profile(tmp_path / "broken.toml")
