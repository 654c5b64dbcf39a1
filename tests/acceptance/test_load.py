"""`cardline load` against a running `up`: it makes its own cards, all is answered, and the books hold afterwards."""

import json
import os

import pytest

from cardline import cli
from cardline.running.background_up import BackgroundUp


def test_a_load_of_whole_lives_is_answered_and_the_books_hold(
    cardline_up: BackgroundUp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("CARDLINE_")]:
        monkeypatch.delenv(name)
    where = ("--data-dir", str(cardline_up.data_dir))
    code = cli.main(["load", "--rate", "60", "--duration", "2", "--mix", "lifecycle", "--seed", "5", "--json", *where])
    document = json.loads(capsys.readouterr().out)
    (step,) = document["steps"]
    assert code == (0 if document["held"] else 1)
    assert (step["planned"], step["answered"], step["unmatched"], step["malformed"]) == (120, 120, 0, 0)
    assert {"preauthorization", "increment", "reversal", "repeat", "purchase"} <= step["kinds"].keys()
    assert step["codes"].keys() <= {"00", "05"}, "05: a reversal that overtook its original on a busy machine"
    assert step["codes"]["00"] > 100
    assert cli.main(["ledger", "verify", *where]) == 0
