"""`cardline top` against a running system, and against nothing."""

import socket

import pytest

from cardline.cli import main
from cardline.running.background_up import BackgroundUp


def test_one_look_shows_a_running_switch(cardline_up: BackgroundUp, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top", "--once", "--interval", "0.2", "--data-dir", str(cardline_up.data_dir)]) == 0
    shown = capsys.readouterr().out
    assert "time to answer" in shown
    assert "mastercard " in shown


def test_where_no_switch_answers_one_line_says_so(
    cardline_up: BackgroundUp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = "{}:{}".format(*free.getsockname())
    monkeypatch.setenv("CARDLINE_METRICS_LISTEN", address)
    assert main(["top", "--once", "--data-dir", str(cardline_up.data_dir)]) == 2
    assert capsys.readouterr().err.startswith(f"cardline: metrics_listen: no switch answers at {address}")
