"""`record`, `replay` and `fixtures import` at the command line: what is wrong is one line, what differs is exit code 1."""

import json
import stat
import sys
from pathlib import Path

import dpkt
import pytest
from wire_samples import PAN, purchase

from cardline import cli
from simulator.fixtures.form import read_fixture
from switch.framing import Framing
from switch.iso8583 import Codec, Message

EXAMPLE = Path(__file__).parents[4] / "simulator" / "fixtures" / "examples" / "unknown_card.jsonl"
FOREIGN = "4" + "1" * 15
REQUEST = Codec("cp037").encode(purchase(de48="R".encode("cp037")))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def only_line(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def importing(*words: str) -> int:
    return cli.main(["fixtures", "import", *words, "--out", "out.jsonl"])


def test_a_dump_is_imported(capsys: pytest.CaptureFixture[str]) -> None:
    Path("dump.txt").write_text(REQUEST.hex())
    assert importing("dump.txt", "--from", "hex") == 0
    assert capsys.readouterr().out == "1 messages in out.jsonl\n"
    out = Path("out.jsonl")
    assert read_fixture("out", out.read_text()).lines[0].message == purchase(de48="R".encode("cp037"))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_capture_is_imported_with_its_clock() -> None:
    tcp = dpkt.tcp.TCP(sport=40_000, dport=8583, seq=7, flags=dpkt.tcp.TH_ACK, data=Framing().wrap(REQUEST))
    ip = dpkt.ip.IP(src=b"\x0a\0\0\1", dst=b"\x0a\0\0\2", p=dpkt.ip.IP_PROTO_TCP, data=tcp)
    ip.len = len(ip)
    with Path("link.pcap").open("wb") as file:
        dpkt.pcap.Writer(file, linktype=101).writepkt(bytes(ip), ts=1_764_000_000.5)
    assert importing("link.pcap", "--from", "pcap", "--port", "8583") == 0
    fixture = read_fixture("out", Path("out.jsonl").read_text())
    assert fixture.header.recorded_at.timestamp() == 1_764_000_000.5
    assert [line.at_us for line in fixture.lines] == [0]


def test_imports_are_masked_unless_asked_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    foreign = Codec("cp037").encode(purchase(de2=FOREIGN, de48="R".encode("cp037")))
    Path("dump.txt").write_text(f"{REQUEST.hex()}\n{foreign.hex()}\n")
    assert importing("dump.txt", "--from", "hex") == 0
    content = Path("out.jsonl").read_text()
    assert PAN in content
    assert FOREIGN not in content
    Path("out.jsonl").unlink()
    capsys.readouterr()
    assert importing("dump.txt", "--from", "hex", "--clear") == 1
    assert "1 messages were left out: they name a card outside the test range" in only_line(capsys)
    assert FOREIGN not in Path("out.jsonl").read_text()


def test_a_message_that_cannot_be_read_is_said_with_its_line_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    Path("dump.txt").write_text(f"{REQUEST.hex()}\n\n{REQUEST[:40].hex()}\n")
    assert importing("dump.txt", "--from", "hex") == 0
    assert only_line(capsys).startswith("cardline: dump.txt:3: cannot be read: 40 bytes, DE 4 at byte ")
    assert Path("out.jsonl").exists()


def test_a_dump_of_which_nothing_can_be_read_is_exit_code_1_and_makes_no_fixture(capsys: pytest.CaptureFixture[str]) -> None:
    Path("dump.txt").write_text(f"{REQUEST[:40].hex()}\n\n{REQUEST[:30].hex()}\n")
    assert importing("dump.txt", "--from", "hex") == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(" cannot")[0] for line in said[:2]] == ["cardline: dump.txt:1:", "cardline: dump.txt:3:"]
    assert said[2:] == ["cardline: dump.txt: no message of profile mastercard in it that can be read"]
    assert not Path("out.jsonl").exists()


def test_without_dpkt_a_capture_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "dpkt", None)
    Path("link.pcap").write_bytes(b"x")
    assert importing("link.pcap", "--from", "pcap") == 2
    assert "needs dpkt" in only_line(capsys)


def test_a_capture_without_messages_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with Path("link.pcap").open("wb") as file:
        dpkt.pcap.Writer(file)
    assert importing("link.pcap", "--from", "pcap") == 1
    assert "no message of profile mastercard" in only_line(capsys)
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["replay", "nowhere.jsonl"], "nowhere.jsonl: No such file"),
        (["replay", "broken.jsonl"], "broken.jsonl:1: expected a JSON object"),
        (["replay", "binary.jsonl"], "binary.jsonl:1: expected JSON lines in UTF-8"),
        (["replay", str(EXAMPLE)], "no `cardline up` is running in"),
        (["replay", str(EXAMPLE), "--host", "nowhere"], "--host: expected HOST:PORT"),
        (["replay", str(EXAMPLE), "--host", "127.0.0.1:1", "--speed", "fast"], "--speed: expected max or a number"),
        (["replay", str(EXAMPLE), "--host", "127.0.0.1:1", "--profile", "none"], "profile: there is no none"),
        (["record", "--listen", "x", "--to", "127.0.0.1:1", "--out", "o"], "--listen: expected HOST:PORT"),
        (["record", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "--out", "there"], "--out there: exists already"),
        (["record", "--listen", "192.0.2.1:1", "--to", "127.0.0.1:1", "--out", "o"], "--listen 192.0.2.1:1: "),
        (["fixtures", "import", "nowhere", "--from", "hex", "--out", "o"], "nowhere: No such file"),
        (["fixtures", "import", "broken.jsonl", "--from", "hex", "--out", "o"], "broken.jsonl:1: expected bytes in hex"),
        (["fixtures", "import", "broken.jsonl", "--from", "pcap", "--out", "o"], "broken.jsonl: expected a pcap or pcapng"),
    ],
)
def test_what_is_wrong_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.jsonl").write_text("{no\n")
    Path("binary.jsonl").write_bytes(b"\xff\xfe")
    Path("there").touch()
    assert cli.main(words) == 2
    assert said in only_line(capsys)
    assert not Path("o").exists()


def test_a_fixture_of_an_unknown_profile_asks_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    Path("some.jsonl").write_text(EXAMPLE.read_text().replace('"profile": "mastercard"', '"profile": "theirs"'))
    assert cli.main(["replay", "some.jsonl", "--host", "127.0.0.1:1"]) == 2
    assert "was recorded with profile theirs, which is not here: give --profile" in only_line(capsys)


def test_a_host_that_is_not_there_is_a_verdict_of_each_message(capsys: pytest.CaptureFixture[str], unused_tcp_port: int) -> None:
    assert cli.main(["replay", str(EXAMPLE), "--host", f"127.0.0.1:{unused_tcp_port}", "--json"]) == 1
    (outcome,) = json.loads(capsys.readouterr().out)
    assert not outcome["ok"]
    assert {message["verdict"] for message in outcome["messages"]} == {"not_sent"}
    assert "cannot be reached" in outcome["messages"][0]["why"]


def test_nothing_recorded_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["record", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "--out", "out.jsonl", "--seconds", "0.1"]
    assert cli.main(words) == 1
    assert capsys.readouterr().out == "0 messages in out.jsonl\n"
    assert read_fixture("out", Path("out.jsonl").read_text()).lines == ()


def test_private_data_that_cannot_be_written_in_the_hosts_alphabet_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    broken = Codec("cp037").encode(Message("0100", purchase(de48="R61".encode("cp037")).elements))
    Path("dump.txt").write_text(broken.hex())
    assert importing("dump.txt", "--from", "hex") == 0
    capsys.readouterr()
    assert cli.main(["replay", "out.jsonl", "--host", "127.0.0.1:1", "--profile", "mastercard-ascii"]) == 2
    assert "out.jsonl: fields.48: message 1" in only_line(capsys)
