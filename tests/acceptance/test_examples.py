"""What the README shows runs as shown."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cardline import cli
from cardline.running.background_up import BackgroundUp

ROOT = Path(__file__).parents[2]


def test_the_first_payment_is_approved_and_can_be_read(cardline_up: BackgroundUp, tmp_path: Path) -> None:
    cards = tmp_path / "cards.csv"
    _run("-m", "cardline", "seed", "--cards", "1", "--data-dir", str(cardline_up.data_dir), "--out", str(cards))
    said = _run("examples/first_payment.py", str(cards), str(cardline_up.data_dir / "endpoints.json"))
    assert said.startswith("0110 came back")
    shown = _run("-m", "cardline", *said.splitlines()[1].split()[1:])
    assert "Response code" in shown
    assert "Authorization ID response" in shown
    told = _run("-m", "cardline", *said.splitlines()[2].split()[1:], "--data-dir", str(cardline_up.data_dir))
    assert "12.50 EUR" in told


def test_a_payment_by_command_is_approved_or_declined_and_can_be_explained(cardline_up: BackgroundUp, tmp_path: Path) -> None:
    cards, where = tmp_path / "cards.csv", ("--data-dir", str(cardline_up.data_dir))
    _run("-m", "cardline", "seed", "--cards", "1", "--balance", "20.00", *where, "--out", str(cards))
    approved = _run("-m", "cardline", "pay", str(cards), "--amount", "12.50", "--cash", "--pin", *where)
    assert "0110, DE 39 = 00: approved, 12.50 EUR, approval code " in approved
    told = _run("-m", "cardline", *approved.splitlines()[1].split()[2:], *where)
    assert "a cash withdrawal of 12.50 EUR" in told
    assert "PIN: match" in told
    ascii_link = ("--host", cardline_up.endpoints.iso8583_ascii or "", "--profile", "mastercard-ascii")
    assert "DE 39 = 51: declined" in _run("-m", "cardline", "pay", str(cards), "--cvc2", *ascii_link, code=1)


def test_a_clearing_file_of_what_is_held_is_posted_and_settled(
    cardline_up: BackgroundUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def done(*words: str) -> str:
        assert cli.main([*words, "--data-dir", str(cardline_up.data_dir)]) == 0
        return capsys.readouterr().out

    cards = tmp_path / "cards.csv"
    done("seed", "--cards", "1", "--balance", "20.00", "--out", str(cards))
    account_id = cards.read_text().splitlines()[1].split(",")[1]
    for amount, left in (("12.50", "7.50"), ("3.50", "4.00")):  # the second evening of a date is a cycle of its own
        done("pay", str(cards), "--amount", amount)
        said = _run(
            "examples/clearing_day.py", str(cards), str(tmp_path / "evening"), str(cardline_up.data_dir / "endpoints.json")
        )
        assert said.startswith("1 payments are cleared. Now:")
        ingest, statement = (line.split()[1:] for line in said.splitlines()[2:4])
        assert "1 records of 3 messages, 1 posted" in done(*ingest)
        assert "1 entries booked" in done(*statement)
        assert left in done("ledger", "balance", account_id)


def test_the_scenario_of_the_first_five_minutes_holds(cardline_up: BackgroundUp, tmp_path: Path) -> None:
    (scenario,) = re.findall(r"^```toml\n(.*?)^```", (ROOT / "docs" / "start.md").read_text(), re.MULTILINE | re.DOTALL)
    mine = tmp_path / "mine.toml"
    mine.write_text(scenario)
    assert cli.main(["simulate", str(mine), "--data-dir", str(cardline_up.data_dir)]) == 0
    mine.write_text(scenario.replace("95.50", "95.51"))
    assert cli.main(["simulate", str(mine), "--data-dir", str(cardline_up.data_dir)]) == 1


def _run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout
