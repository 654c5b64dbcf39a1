"""What the README shows runs as shown."""

import subprocess
import sys
from pathlib import Path

from cardline.background_up import BackgroundUp

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


def _run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
