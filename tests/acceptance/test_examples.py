"""What the README shows runs as shown."""

import subprocess
import sys
from pathlib import Path

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
    assert "DE 39 = 51: declined" in _run("-m", "cardline", "pay", str(cards), "--cvc2", *where, code=1)


def _run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout
