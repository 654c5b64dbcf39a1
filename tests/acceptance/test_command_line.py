"""The commands against a running `cardline up`, found through its data directory."""

import csv
import http.client
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cardline import cli
from cardline.running.background_up import BackgroundUp

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def run(cardline_up: BackgroundUp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command's exit code and standard output."""
    for name in [name for name in os.environ if name.startswith("CARDLINE_")]:
        monkeypatch.delenv(name)

    def command(*words: str) -> tuple[int, str]:
        code = cli.main([*words, "--data-dir", str(cardline_up.data_dir)])
        return code, capsys.readouterr().out

    return command


def test_endpoints_json_is_what_outsiders_rely_on(cardline_up: BackgroundUp) -> None:
    path = cardline_up.data_dir / "endpoints.json"
    content = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert content["pid"] == cardline_up.process.pid
    assert sorted(content["processes"]) == ["postgres", "redis", "switch"]
    assert (content["http"], content["api_token"]) == (None, None)


@pytest.mark.parametrize(("path", "answer"), [("/healthz", "ok\n"), ("/readyz", "ready\n")])
def test_health_and_readiness_are_there_from_the_first_day(cardline_up: BackgroundUp, path: str, answer: str) -> None:
    connection = http.client.HTTPConnection(cardline_up.endpoints.metrics.removeprefix("http://"), timeout=5)
    connection.request("GET", path)
    assert connection.getresponse().read().decode() == answer
    connection.close()


def test_seed_writes_the_promised_columns_and_the_books_stay_proved(run: Command, tmp_path: Path) -> None:
    out = tmp_path / "cards.csv"
    assert run("seed", "--cards", "2", "--balance", "12.34", "--currency", "EUR", "--out", str(out))[0] == 0
    rows = list(csv.DictReader(out.open()))
    assert list(rows[0]) == ["card_id", "account_id", "pan", "expiry", "cvc2", "pin", "psn", "currency", "available_minor"]
    assert [(row["currency"], row["available_minor"]) for row in rows] == [("EUR", "1234")] * 2
    assert run("ledger", "verify")[0] == 0
    code, balance = run("ledger", "trial-balance", "--json")
    assert code == 0
    assert all(row["debits"] == row["credits"] for row in json.loads(balance))


def test_doctor_finds_nothing_that_fails(run: Command) -> None:
    code, said = run("doctor")
    assert code == 0
    assert "failed" not in said


def test_migrate_has_nothing_left_to_do(run: Command) -> None:
    assert run("migrate") == (0, "the schema is up to date\n")


def test_there_are_no_dead_letters(run: Command) -> None:
    assert run("ledger", "dead-letters", "--json") == (0, "[]\n")
