import re
from pathlib import Path

import pytest

from simulator.errors import ScenarioInvalid, UnknownScenario
from simulator.stage.files import PATTERNS, names, parsed, scenario
from simulator.stage.language import Scenario

HEAD = 'title = "t"\nshows = "s"\n'
STEP = '[[steps]]\nname = "purchase"\nsend = "0100"\namount = "1.00"\n'


@pytest.mark.parametrize("name", names())
def test_a_scenario_of_the_package_reads_and_judges_something(name: str) -> None:
    found = scenario(name)
    assert found.shows.endswith(".")
    assert any(step.expect.model_fields_set for step in found.steps)


def test_there_are_enough_of_them_and_no_two_are_called_alike() -> None:
    titles = [scenario(name).title for name in names()]
    assert len(titles) >= 40
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "f.toml:1: steps: is missing"),
        (HEAD + "steps = []\n", "f.toml:3: steps: list should have at least 1 item"),
        (HEAD + STEP + 'colour = "red"\n', "f.toml:7: steps[1].colour: no such key; expected one of amount, as,"),
        (HEAD + STEP + 'expect = { cod = "00" }\n', "f.toml:7: steps[1].expect.cod: no such key; expected one of absent,"),
        (
            HEAD + STEP + '[steps.expect]\ncode = "000"\n',
            "f.toml:8: steps[1].expect.code: expected two digits or capital letters, such as \"00\", not '000'",
        ),
        (HEAD + '[[steps]]\nsend = "0900"\n', "f.toml:4: steps[1].send: expected '0100'"),
        (HEAD + '[[steps]]\nsnd = "0100"\n', "f.toml:3: steps[1]: expected a step with one of the keys send, repeat,"),
        (HEAD + '[[steps]]\nsend = "0100"\n', "f.toml:3: steps[1].amount: is missing"),
        (HEAD + STEP + '[[steps]]\nsend = "0400"\n', "f.toml:7: steps[2].of: is missing"),
        (HEAD + STEP + '[[steps]]\nsend = "0400"\nof = "x"\n', "f.toml:9: steps[2].of: no message before is called x"),
        (HEAD + STEP + STEP, "f.toml:8: steps[2].name: a step before is called purchase already"),
        (
            HEAD + STEP + '[[steps]]\nrepeat = "purchase"\nmarkd = true\n',
            "f.toml:9: steps[2].markd: no such key; expected one of card",
        ),
        (HEAD + STEP.replace("1.00", "1.005"), "f.toml:6: steps[1].amount: EUR has 2 decimals"),
        (HEAD + STEP + 'currency = "XYZ"\n', "f.toml:7: steps[1].currency: the simulator does not play XYZ"),
        (HEAD + STEP + 'card = "hers"\n', "f.toml:7: steps[1].card: no card is called hers; there is: card"),
        (HEAD + STEP + 'merchant = "zoo"\n', "f.toml:7: steps[1].merchant: expected one of grocer"),
        (HEAD + STEP + 'cause = "rain"\n', "f.toml:7: steps[1].cause: expected one of cancellation"),
        (
            HEAD + STEP + 'expect = { by = "network" }\n',
            "f.toml:3: steps[1]: a network's acts and reports need a [network] table",
        ),
        (HEAD + "[network]\n" + STEP + "unsent = true\n", "f.toml:6: steps[1].send: a [network] sends whole payments"),
        (HEAD + "[network]\n" + STEP + '[[steps]]\nlink = "echo"\n', "f.toml:8: steps[2]: a [network] plays send, network"),
        (HEAD + '[cards.a]\nstate = "blue"\n' + STEP, "f.toml:4: cards.a.state: expected 'active'"),
        (HEAD + STEP + "amount =\n", "f.toml:7: is no TOML: Invalid value"),
        (HEAD + '[[steps]]\nclock = "+999999999d"\n', "f.toml:4: steps[1].clock: expected at most 366 days, not '+999999999d'"),
        (HEAD + f'[[steps]]\nclock = "+{"9" * 99}s"\n', "f.toml:4: steps[1].clock: expected at most 366 days"),
        (HEAD + 11 * '[[steps]]\nclock = "-366d"\n', "f.toml:24: steps[11].clock: expected at most 3660 days in the whole"),
        (HEAD + STEP + 'skew = "-367d"\n', "f.toml:7: steps[1].skew: expected at most 366 days"),
        (HEAD + STEP + 'skew = "2h"\n', "f.toml:7: steps[1].skew: expected a sign, a number and s, m, h or d, such as"),
        (HEAD + STEP + 'elements = { "4" = "x" }\n', "f.toml:7: steps[1].elements.4: expected another value: not digits"),
        (HEAD + STEP + 'elements = { "38" = "toolong" }\n', "f.toml:7: steps[1].elements.38: expected another value: 7 long"),
        (
            HEAD + STEP + '[[steps]]\nrepeat = "purchase"\nchanged = { "11" = "x" }\n',
            "f.toml:9: steps[2].changed.11: expected another value: not digits",
        ),
        (HEAD + STEP.replace("1.00", "99999999999999.00"), "f.toml:6: steps[1].amount: expected at most twelve digits"),
        (HEAD + STEP.replace("1.00", "-1.00"), 'f.toml:6: steps[1].amount: expected an amount without a sign, such as "12.50"'),
        (HEAD + STEP.replace("1.00", "\u0661.00"), "f.toml:6: steps[1].amount: expected an amount without a sign"),
        (HEAD + STEP.replace('"1.00"', "1.25"), 'f.toml:6: steps[1].amount: expected text: write it in quotes, "1.25"'),
        (HEAD + STEP + "expect = { code = 51 }\n", 'f.toml:7: steps[1].expect.code: expected text: write it in quotes, "51"'),
        (
            HEAD + STEP + 'expect = { postings = { hlod = ["1.00"] } }\n',
            "f.toml:7: steps[1].expect.postings.hlod: expected 'hold', 'release', 'debit'",
        ),
        (
            HEAD + STEP + '[[steps]]\ndeliver = ["purchase"]\n',
            "f.toml:8: steps[2].deliver: purchase is sent in its own step: `unsent = true` there keeps it,",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_line_key_and_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(ScenarioInvalid) as raised:
        parsed(text, "f.toml")
    assert str(raised.value).startswith(said)


def test_a_file_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + STEP)
    assert scenario(str(path)).title == "t"
    for missing in (str(tmp_path / "none.toml"), "no-such-scenario"):
        with pytest.raises(UnknownScenario):
            scenario(missing)


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes((HEAD + "# caf\u00e9\n" + STEP).encode("latin-1"))
    with pytest.raises(ScenarioInvalid, match=r"latin\.toml:3: expected text in UTF-8, not the byte 0xe9"):
        scenario(str(path))


def test_a_name_nearly_right_is_answered_with_the_right_one() -> None:
    with pytest.raises(UnknownScenario, match="did you mean cashback\\? "):
        scenario("cashbak")


def test_every_pattern_of_the_language_can_be_said_in_words() -> None:
    schema = str(Scenario.model_json_schema())
    patterns = set(re.findall(r"'pattern': '(.*?)'", schema.replace("\\\\", "\\")))
    assert patterns
    assert patterns <= PATTERNS.keys()
