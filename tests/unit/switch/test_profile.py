"""Profiles: the shipped ones load, and every mistake in one is named."""

from pathlib import Path

import pytest

from switch.errors import ConfigurationError
from switch.framing import Framing, PrefixEncoding
from switch.management import Management
from switch.profile import LinkKind, NetworkProfile, load_profile, parse_profile


def test_the_shipped_profiles_differ_in_their_character_set_only() -> None:
    ebcdic, ascii_ = load_profile("mastercard"), load_profile("mastercard-ascii")
    ours = Management(forwarder="541333")
    assert ebcdic == NetworkProfile("mastercard", management=ours)
    assert ascii_ == NetworkProfile("mastercard-ascii", character_set="ascii", management=ours)


def test_a_profile_of_ones_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "local.toml"
    path.write_text('require_sign_on = true\n[framing]\nprefix_bytes = 4\nencoding = "ascii"\nheader = "6000"\n')
    profile = load_profile(path)
    assert profile.name == "local"
    assert profile.require_sign_on
    assert profile.framing == Framing(prefix_bytes=4, encoding=PrefixEncoding.ASCII, header=b"\x60\x00")


def test_a_header_may_be_given_as_text_in_the_characters_of_the_link(tmp_path: Path) -> None:
    framing = {"header_text": "ISO015000077", "trailer": "03"}
    profile = parse_profile("base24", {"character_set": "ascii", "framing": framing})
    assert profile.framing == Framing(header=b"ISO015000077", trailer=b"\x03")
    assert parse_profile("ebcdic", {"framing": framing}).framing.header == "ISO015000077".encode("cp037")


@pytest.mark.parametrize(
    ("framing", "key"),
    [
        ('header_text = "ISO"\nheader = "60"', "framing.header_text"),
        ('header_text = "\u20ac"', "framing.header_text"),
        ("max_frame = 9000", "framing.max_frame"),
        ("reserved_bytes = -1", "framing.reserved_bytes"),
        ("prefix_bytes = 16", "framing.prefix_bytes"),
        ('encoding = "BE"', "framing.encoding"),
    ],
)
def test_a_mistake_in_the_framing_names_its_file_and_key(tmp_path: Path, framing: str, key: str) -> None:
    path = tmp_path / "local.toml"
    path.write_text(f"[framing]\n{framing}\n", "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_profile(path)
    assert str(caught.value).startswith(f"profile {path}: {key}: ")


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


def test_the_shipped_clearing_profile_takes_the_longest_record_there_may_be() -> None:
    profile = load_profile("clearing")
    assert profile.kind is LinkKind.CLEARING
    assert profile.framing == Framing(max_frame=9216)
    assert profile.max_connections * profile.max_file_bytes == 4 << 30


@pytest.mark.parametrize(
    ("document", "mistake"),
    [
        ({"kind": "clearing", "character_set": "cp500"}, "character_set: says nothing on a clearing link"),
        ({"kind": "clearing", "management": {"sign_on": "never"}}, "management.sign_on: says nothing on a clearing link"),
        (
            {"kind": "clearing", "timers": {"echo_interval_seconds": 1.0}},
            "echo_interval_seconds: says nothing on a clearing link",
        ),
        ({"kind": "clearing", "framing": {"max_frame": 9217}}, "framing.max_frame: 9217 is over 9216"),
        ({"kind": "mail"}, "kind: 'mail' is not one of authorization, clearing"),
    ],
)
def test_a_clearing_profile_says_only_what_somebody_reads(document: dict[str, object], mistake: str) -> None:
    with pytest.raises(ConfigurationError, match=mistake):
        parse_profile("wrong", document)
