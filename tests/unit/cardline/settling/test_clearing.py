"""`cardline clearing show` and `decode --profile ipm`: readable, masked, exact about what is wrong."""

import io
import json
from pathlib import Path

import pytest
from ipm_samples import PAN, presentment

from cardline.cli import main
from cardline.decoding.decode import decode_command
from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from clearing.ipm.writer import IpmWriter

FILE_ID = "0022611260000020090000001"
OTHER_PAN = "5413330000000027"


def file_with(path: Path, *middle: IpmMessage) -> Path:
    header = IpmMessage("1644", {24: "697", 71: f"{1:08d}"}, {"0105": FILE_ID, "0122": "T"})
    count, amount = len(middle) + 2, sum(int(message.text(4, "0")) for message in middle)
    sums = {"0105": FILE_ID, "0301": f"{amount:016d}", "0306": f"{count:08d}"}
    out = io.BytesIO()
    with IpmWriter(out, FileForm(Framing.BLOCKED, CharacterSet.CP500)) as writer:
        writer.write_all([header, *middle, IpmMessage("1644", {24: "695", 71: f"{count:08d}"}, sums)])
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    message = presentment(2, P9999=f"CARD {OTHER_PAN}", P0001=f"01{PAN}", P0025="R260101", P0501=PAN)
    message.elements[63] = PAN
    message.elements[55] = bytes.fromhex("5A08" + PAN + "9F02060000000012509F3602001C")
    return file_with(tmp_path / "day.ipm", message)


def test_a_file_is_shown_record_by_record_and_masked(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clearing", "show", str(good)]) == 0
    out = capsys.readouterr().out
    assert "File header" in out
    assert "First presentment" in out
    assert "3 records; header, numbers, count and checksum hold" in out
    assert "541333******0019" in out
    assert PAN not in out
    assert OTHER_PAN not in out


def test_several_files_are_shown_in_a_line_for_each_record(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = file_with(good.with_name("other.ipm"), presentment(2), presentment(3))
    assert main(["clearing", "show", "--summary", str(good), str(other)]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines() if "First presentment" in line]
    assert [(line[0], line[1], line[2]) for line in lines] == [("2", "1240", "200"), ("2", "1240", "200"), ("3", "1240", "200")]
    assert all("541333******0019" in line and "12.50" in line for line in lines)
    assert PAN not in out
    assert len(out.splitlines()) == 2 * 2 + 3 + 4


def test_two_ways_of_printing_are_one_too_many(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clearing", "show", "--summary", "--json", str(good)]) == 2
    assert "choose one" in capsys.readouterr().err


def test_card_data_are_shown_when_asked_for(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clearing", "show", str(good), "--reveal"]) == 0
    out = capsys.readouterr().out
    assert PAN in out
    assert OTHER_PAN in out


def test_a_figure_of_the_trailer_that_is_a_card_number_is_not_repeated(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = good.read_bytes()
    was, now = (f"0301016{figure}".encode("cp500") for figure in (f"{1250:016d}", OTHER_PAN))
    assert content.count(was) == 1
    good.write_bytes(content.replace(was, now))
    assert main(["clearing", "show", str(good)]) == 1
    shown = capsys.readouterr()
    assert "PDS 0301: the trailer says 541333******0027 in all DE 4" in shown.err
    assert OTHER_PAN not in shown.out + shown.err


def test_json_is_one_document(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clearing", "show", str(good), "--json"]) == 0
    out = capsys.readouterr().out
    document = json.loads(out)
    assert (document["framing"], document["character_set"], document["is_sound"]) == ("1014", "cp500", True)
    assert [record["name"] for record in document["records"]] == ["File header", "First presentment, reversal", "File trailer"]
    parts = {part["id"]: part["value"] for element in document["records"][1]["elements"] for part in element["subelements"]}
    assert (parts["0023"], parts["0025.1"], parts["0025.2"]) == ("POI", "R", "260101")
    assert PAN not in out


def test_a_flaw_is_one_line_with_its_place(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good.write_bytes(good.read_bytes().replace("0023003POI".encode("cp500"), "0023x03POI".encode("cp500")))
    assert main(["clearing", "show", str(good), "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["is_sound"] is False
    (line,) = shown.err.splitlines()
    assert line.startswith("clearing: day.ipm: record 2, DE 48 PDS 0023, byte ")
    assert PAN not in shown.out + shown.err


def test_a_trailer_that_does_not_add_up_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_with(tmp_path / "day.ipm", presentment(2), presentment(3))
    path.write_bytes(path.read_bytes().replace("000000001250".encode("cp500"), "000000001251".encode("cp500"), 1))
    assert main(["clearing", "show", str(path)]) == 1
    assert "record 4, PDS 0301: the trailer says 2500 in all DE 4, the file has 2501" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no clearing file at all"])
def test_what_is_no_clearing_file_is_said_in_one_line(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    assert main(["clearing", "show", str(path)]) == 1
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert line.removeprefix("clearing: ").split(": ", 1)[1] not in shown.out


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clearing", "show", str(tmp_path / "none")]) == 2
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize("character_set", [CharacterSet.CP500, CharacterSet.LATIN_1])
def test_decode_takes_one_clearing_message(character_set: CharacterSet, capsys: pytest.CaptureFixture[str]) -> None:
    payload = IpmCodec(character_set).encode(presentment())
    assert decode_command(payload.hex(), "ipm", True, False) == 0
    out = capsys.readouterr().out
    assert (json.loads(out)["mti"], json.loads(out)["name"]) == ("1240", "First presentment")
    assert PAN not in out


def test_decode_says_where_a_clearing_message_fails(capsys: pytest.CaptureFixture[str]) -> None:
    payload = IpmCodec(CharacterSet.LATIN_1).encode(presentment()).replace(b"01480049782", b"01480059782")
    assert decode_command(payload.hex(), "ipm", False, False) == 1
    assert "DE 48" in capsys.readouterr().err


RECORD = IpmCodec(CharacterSet.CP500).encode(presentment(2))


@pytest.mark.parametrize("profile", ["ipm", "clearing"])
@pytest.mark.parametrize("given", [RECORD, len(RECORD).to_bytes(2, "big") + RECORD], ids=["record", "as on the link"])
def test_one_record_is_decoded_from_hex_a_file_or_standard_input(
    given: bytes, profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "record"
    path.write_bytes(given)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.hex().encode())))
    for source in (given.hex(), str(path), "-"):
        assert decode_command(source, profile, True, False) == 0
        document = json.loads(capsys.readouterr().out)
        assert (document["mti"], document["elements"][0]["value"]) == ("1240", "541333******0019")


def test_of_a_whole_file_however_long_the_first_message_is_decoded_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_with(tmp_path / "long.ipm", *(presentment(number) for number in range(2, 300)))
    assert path.stat().st_size > 64 * 1024
    assert decode_command(str(path), "ipm", True, False) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["mti"] == "1644"
    assert "this is the first; `cardline clearing show` prints all" in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "nowhere"], "--to nowhere: not HOST:PORT"),
        (["--to", "127.0.0.1:1"], "clearing send: 127.0.0.1:1: Connection refused"),
        (["--data-dir", "nothing-here"], "nothing-here: start one, give its --data-dir, or --to"),
    ],
)
def test_sending_to_nobody_is_said_in_one_line(
    good: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clearing", "send", str(good), *arguments]) == 2
    assert said in capsys.readouterr().err
