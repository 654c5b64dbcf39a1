"""Mixes as files: what is shipped loads, and every mistake is named with file, line and key."""

from pathlib import Path

import pytest

from simulator.errors import MixError
from simulator.load.mix import CONVERSATIONS, Spread
from simulator.load.mix_file import load_mix, parse_mix, shipped_mixes

GOOD = """\
gap_messages = [2, 20]

[amounts]
spread = "lognormal"
least_minor = 50
most_minor = 9000
median_minor = 700
sigma = 0.5

[[merchants]]
mcc = "5411"
acceptor_id = "SHOP1"
name = "A SHOP"
city = "ROMA"
country_alpha = "ITA"
country = "380"
category = "R"

[[traffic]]
conversation = "purchase"
share = 3

[[traffic]]
conversation = "refund"
share = 0.5
"""


@pytest.mark.parametrize("name", shipped_mixes())
def test_every_shipped_mix_loads(name: str) -> None:
    assert load_mix(name).traffic


def test_the_shipped_mixes_together_play_every_conversation() -> None:
    played = {traffic.conversation for name in shipped_mixes() for traffic in load_mix(name).traffic}
    assert set(CONVERSATIONS) - played == {"preauthorization"}


def test_a_mix_is_what_its_file_says() -> None:
    mix = parse_mix("mine", GOOD, source="mine.toml")
    assert [(one.conversation, one.share) for one in mix.traffic] == [("purchase", 3), ("refund", 0.5)]
    assert mix.spending.spread is Spread.LOGNORMAL
    assert (mix.spending.median_minor, mix.gap_messages, mix.merchants[0].city) == (700, (2, 20), "ROMA")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"purchase"', '"purchases"', "line 20: traffic[1].conversation: 'purchases' is not one of purchase, "),
        ("share = 0.5", "share = 0", "line 25: traffic[2].share: has to be a number over 0"),
        ("share = 0.5", "share = true", "line 25: traffic[2].share: has to be a number over 0"),
        ("share = 0.5", "", "line 23: traffic[2].share: is missing"),
        ("share = 3", "share = 3\nshard = 4", "line 22: traffic[1].shard: no such key; known are conversation, share"),
        ('mcc = "5411"', 'mcc = "541"', "line 11: merchants[1].mcc: has to be 4 ASCII characters"),
        ('country = "380"', 'country = "ITA"', "line 16: merchants[1].country: has to be digits"),
        ('city = "ROMA"', "", "line 10: merchants[1].city: is missing"),
        ("least_minor = 50", "least_minor = 9001", "line 5: amounts.least_minor: is more than most_minor (9000)"),
        ("least_minor = 50", "least_minor = 0.5", "line 5: amounts.least_minor: has to be a whole number of minor units"),
        ('"lognormal"', '"normal"', "line 4: amounts.spread: 'normal' is not one of uniform, lognormal"),
        ("sigma = 0.5", "sigma = nan", "line 8: amounts.sigma: has to be a number over 0 and up to 5"),
        ("[2, 20]", "[20, 2]", "line 1: gap_messages: has to be two whole numbers"),
        ("[2, 20]", "[2, 20", "Unclosed array (at line 3"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    with pytest.raises(MixError) as caught:
        parse_mix("mine", GOOD.replace(right, wrong), source="mine.toml")
    assert str(caught.value).startswith("mix mine.toml")
    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(MixError) as caught:
        parse_mix("mine", GOOD.replace("share = 3", "share = -3").replace('"R"', '"RR"'), source="mine.toml")
    assert str(caught.value).count("mix mine.toml, line") == 2


def test_a_mix_without_traffic_is_none() -> None:
    with pytest.raises(MixError, match="traffic: there has to be at least one"):
        parse_mix("mine", "", source="mine.toml")


@pytest.mark.parametrize("name", ["nothing", "nothing.toml"])
def test_a_missing_mix_is_told_with_those_that_there_are(name: str) -> None:
    with pytest.raises(MixError, match=f"mix {name}: there is no such file; shipped are everyday, lifecycle"):
        load_mix(name)


def test_a_mix_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    assert load_mix(str(path)).name == "mine"
