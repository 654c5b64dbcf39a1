"""`cardline decode`: where the message may come from and how it exits."""

import io
import json
from pathlib import Path

import pytest

from cardline.decoding.decode import decode_command
from switch.iso8583 import Codec, Message

PAYLOAD = Codec("ascii").encode(Message("0800", {7: "1121101112", 11: "000001", 33: "012345", 70: "270"}))
PROFILE = "mastercard-ascii"


def test_hex_on_the_command_line_is_shown_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode_command(PAYLOAD.hex(" "), PROFILE, False, False) == 0
    out = capsys.readouterr().out
    assert "0800 Network management request" in out
    assert "000001" in out


def test_json_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode_command(PAYLOAD.hex(), PROFILE, True, False) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["mti"], document["error"]) == ("0800", None)
    assert [(element["de"], element["value"]) for element in document["elements"]][-1] == (70, "270")


@pytest.mark.parametrize("content", [PAYLOAD, PAYLOAD.hex().upper().encode() + b"\n"], ids=["raw", "hex"])
def test_a_file_may_hold_hex_or_raw_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    path = tmp_path / "message"
    path.write_bytes(content)
    assert decode_command(str(path), PROFILE, True, False) == 0
    assert json.loads(capsys.readouterr().out)["mti"] == "0800"


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PAYLOAD.hex().encode())))
    assert decode_command("-", PROFILE, True, False) == 0
    assert json.loads(capsys.readouterr().out)["mti"] == "0800"


@pytest.mark.parametrize("as_json", [True, False])
def test_a_bad_message_is_shown_as_far_as_read_and_exits_1(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    assert decode_command(PAYLOAD[:-1].hex(), PROFILE, as_json, False) == 1
    captured = capsys.readouterr()
    assert "000001" in captured.out
    assert "DE 70 at byte" in captured.err


def test_a_message_of_which_nothing_could_be_read_has_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode_command("F0F8", PROFILE, False, False) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("source", "profile"), [("no such file", PROFILE), (PAYLOAD.hex(), "nobody"), ("", PROFILE)])
def test_wrong_usage_is_one_line_and_exits_2(capsys: pytest.CaptureFixture[str], source: str, profile: str) -> None:
    assert decode_command(source, profile, False, False) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)


@pytest.mark.parametrize("source", ["0" * 5001, "x" * 5000, "\0"])
def test_a_source_that_is_nothing_is_refused_without_quoting_it(capsys: pytest.CaptureFixture[str], source: str) -> None:
    assert decode_command(source, PROFILE, False, False) == 2
    assert source not in capsys.readouterr().err


def test_a_file_far_too_large_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "huge"
    path.write_bytes(bytes(100_000))
    assert decode_command(str(path), PROFILE, False, False) == 2
    assert "more than" in capsys.readouterr().err
