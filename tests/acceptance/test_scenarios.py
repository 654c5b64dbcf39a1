"""Every scenario of the package against a whole `cardline up`, as people play them: by the command."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from cardline.cli import main
from cardline.running.background_up import BackgroundUp
from simulator.stage.files import names


def run(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capfd.readouterr()
    with ThreadPoolExecutor(1) as thread:
        code = thread.submit(main, ["simulate", *(str(argument) for argument in arguments)]).result()
    printed = capfd.readouterr()
    return code, printed.out, printed.err


def test_all_scenarios_hold_with_every_balance_observed(cardline_up: BackgroundUp, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capfd, "--all", "--json", "--seed", 5, "--data-dir", cardline_up.data_dir)
    assert out, err
    found = orjson.loads(out)
    broken = [
        (scenario["name"], step["name"], step["broken"] or step["got"])
        for scenario in found["scenarios"]
        for step in scenario["steps"]
        if step["verdict"] != "held"
    ]
    assert broken == []
    assert (code, found["ok"], found["books_observed"], found["seed"]) == (0, True, True, 5)
    assert {scenario["name"] for scenario in found["scenarios"]} == set(names())
    assert all(scenario["verdict"] == "held" for scenario in found["scenarios"])


def test_a_scenario_that_does_not_hold_shows_both_judges_and_fails(
    cardline_up: BackgroundUp, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        'title = "wrong"\nshows = "wrong."\n[[steps]]\nname = "purchase"\nsend = "0100"\namount = "40.00"\n'
        'expect = { code = "51", holds = "41.00" }\n[[steps]]\nname = "next"\nrepeat = "purchase"\n'
    )
    code, out, _ = run(capfd, wrong, "--data-dir", cardline_up.data_dir)
    lines = [line.split() for line in out.splitlines()]
    assert code == 1
    assert ["DE", "39", "51", "00", "00"] in lines
    assert ["holds", "41.00", "40.00", "40.00"] in lines
    assert any(line[:4] == ["not", "played", "next", "(a"] for line in lines)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ('[[steps]]\nissuer = "unblock"\n', "unblock: card"),
        (f'[[steps]]\nsend = "0100"\namount = "1.00"\nprivate = {{ "37" = "{"1" * 1000}" }}\n', "DE 48"),
        ('[[steps]]\nsend = "0100"\namount = "1.00"\nelements = { "2" = "5413330000000001" }\n', "14"),
    ],
    ids=["the issuer may not", "no wire carries it", "a card of nobody"],
)
def test_what_cannot_be_done_is_a_verdict(
    steps: str, said: str, cardline_up: BackgroundUp, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(f'title = "odd"\nshows = "odd."\n{steps}')
    code, out, _ = run(capfd, path, "--json", "--data-dir", cardline_up.data_dir)
    (step,) = orjson.loads(out)["scenarios"][0]["steps"]
    assert said in step["got"]
    assert code == (0 if step["verdict"] == "held" else 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name scenarios, or say --all"),
        (("no-such",), "no scenario is called no-such"),
        (("--host", "127.0.0.1:1", "--data-dir", "none", "clock-skew"), "without --cards it must be an issuer of ours"),
        (("--cards", "cards.csv", "clock-skew"), "--cards needs --host"),
        (("--host", "127.0.0.1:1", "--cards", "none.csv", "clock-skew"), "--cards none.csv: No such file"),
        (("--data-dir", "none", "clock-skew"), "no `cardline up` is running"),
    ],
)
def test_what_cannot_be_played_is_one_line_on_standard_error(
    arguments: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capfd, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err


def test_the_list_says_what_each_shows(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capfd, "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == names()
