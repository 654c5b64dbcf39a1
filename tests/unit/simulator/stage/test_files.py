from pathlib import Path

import pytest

from simulator.errors import ScenarioInvalid, UnknownScenario
from simulator.stage.files import names, parsed, scenario

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
        (HEAD + STEP + '[steps.expect]\ncode = "000"\n', "f.toml:8: steps[1].expect.code: expected text like"),
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
        (HEAD + STEP + 'card = "hers"\n', "f.toml:7: steps[1].card: expected one of card"),
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
