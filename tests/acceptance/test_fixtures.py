"""A session with a running system is recorded through the tap, played again, and a host that answers wrongly is found out."""

import asyncio
import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from acceptance.network import SHOP, header

from cardline import cli
from cardline.running.background_up import BackgroundUp
from simulator import messages
from simulator.cards import Card
from simulator.client import Target, connected
from simulator.fixtures.form import read_fixture
from simulator.messages import Amounts
from switch.framing import FrameReader, Framing
from switch.iso8583 import Codec, Message

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "simulator" / "fixtures" / "examples" / "unknown_card.jsonl"
SECONDS = 60.0
SESSION = 12
"""Messages of the session below, both directions."""


async def talk(target: Target, card: Card) -> list[str]:
    """A sign-on, a purchase, its repeat, half of it reversed, another one reversed whole, one over the limit."""
    link = await connected(target, SECONDS)
    codes = []
    first = messages.authorization(header(), card, Amounts(25_00, "978"), SHOP, character_set="cp037")
    second = messages.authorization(header(), card, Amounts(7_00, "978"), SHOP, character_set="cp037")
    for message in (
        messages.network_management(header(), "061"),
        first,
        messages.repeated(first),
        messages.reversal(header(), first, character_set="cp037", remaining=(12_50, 0)),
        second,
        messages.reversal(header(), second, character_set="cp037", mti="0420"),
    ):
        reply = await link.exchange(message, SECONDS)
        assert reply is not None
        codes.append(reply.message.text(39))
    await link.close()
    return codes


@pytest.fixture(scope="module")
def recorded(cardline_up: BackgroundUp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session above, through `cardline record`."""
    directory = tmp_path_factory.mktemp("fixtures")
    cards, out = directory / "cards.csv", directory / "session.jsonl"
    assert cli.main(["seed", "--cards", "1", "--data-dir", str(cardline_up.data_dir), "--out", str(cards)]) == 0
    with cards.open() as file:
        row = next(csv.DictReader(file))
    card = Card(row["pan"], row["expiry"], row["cvc2"], row["pin"], "978", int(row["available_minor"]))
    assert cardline_up.endpoints.iso8583 is not None
    words = ["--listen", "127.0.0.1:0", "--to", cardline_up.endpoints.iso8583, "--out", str(out), "--messages", str(SESSION)]
    command = [sys.executable, "-m", "cardline", "record", *words, "--seconds", str(SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tap:
        assert tap.stderr is not None
        port = int(tap.stderr.readline().split()[1].rpartition(":")[2])
        with ThreadPoolExecutor(1) as thread:
            codes = thread.submit(asyncio.run, talk(Target("127.0.0.1", port), card)).result()
        said, complaints = tap.communicate(timeout=SECONDS)
    assert (tap.returncode, complaints) == (0, "")
    assert said == f"{SESSION} messages in {out}\n"
    assert codes == ["00"] * 6
    return out


def replayed(capsys: pytest.CaptureFixture[str], *words: str, expect: int = 0) -> Any:
    capsys.readouterr()
    assert cli.main(["replay", *words, "--speed", "max"]) == expect, capsys.readouterr().out
    out = capsys.readouterr().out
    return json.loads(out)[0] if "--json" in words else out


def test_a_recorded_session_is_whole_and_each_reply_names_its_request(recorded: Path) -> None:
    fixture = read_fixture("session", recorded.read_text())
    assert [line.answers for line in fixture.lines] == [None, 1, None, 3, None, 5, None, 7, None, 9, None, 11]
    assert fixture.notes == ()


def test_played_again_as_it_is_it_is_answered_the_same(
    cardline_up: BackgroundUp, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Strictly: repeats get the stored answers, down to the approval code."""
    outcome = replayed(capsys, str(recorded), "--data-dir", str(cardline_up.data_dir), "--strict", "--json")
    assert [message["verdict"] for message in outcome["messages"]] == ["equal"] * 6


def test_played_with_fresh_keys_it_is_a_new_session_and_answered_the_same(
    cardline_up: BackgroundUp, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (str(recorded), "--data-dir", str(cardline_up.data_dir), "--fresh")
    assert "6 messages of the network: 6 equal" in replayed(capsys, *words)
    strict = replayed(capsys, *words, "--strict", "--json", expect=1)
    differing = [[each["path"] for each in message["differences"]] for message in strict["messages"]]
    assert differing == [[], ["38"], ["38"], [], ["38"], []], "new payments have new approval codes, and nothing else differs"


def test_it_can_be_played_on_the_link_of_another_alphabet(
    cardline_up: BackgroundUp, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--data-dir", str(cardline_up.data_dir), "--fresh", "--profile", "mastercard-ascii")
    assert "6 equal" in replayed(capsys, str(recorded), *words)


def test_the_shipped_example_is_answered_as_recorded(cardline_up: BackgroundUp, capsys: pytest.CaptureFixture[str]) -> None:
    assert "6 equal" in replayed(capsys, str(EXAMPLE), "--data-dir", str(cardline_up.data_dir), "--fresh")


def test_a_host_that_answers_wrongly_is_found_out(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not ours, in thirty lines: it says yes to everything, but calls each approved payment a partial one."""
    with ThreadPoolExecutor(1) as thread, wrong_host(thread) as address:
        shown = replayed(capsys, str(recorded), "--host", address, "--reply-seconds", "5", expect=1)
    assert "3: 0100" in shown
    assert "DE 39" in shown
    assert "6 messages of the network: 3 equal, 3 differs" in shown


@contextmanager
def wrong_host(thread: ThreadPoolExecutor) -> Iterator[str]:
    """A server in a thread of its own."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(_serve, "127.0.0.1", 0))
    running = thread.submit(loop.run_forever)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    loop.call_soon_threadsafe(loop.stop)
    running.result(SECONDS)
    loop.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    codec, frames = Codec("cp037"), FrameReader(Framing())
    while data := await reader.read(65_536):
        for payload in frames.feed(data):
            asked = codec.decode(payload)
            assert isinstance(asked, Message)
            writer.write(Framing().wrap(codec.encode(_answer(asked))))
    writer.close()


def _answer(asked: Message) -> Message:
    echoed = (2, 3, 4, 7, 11, 15, 32, 33, 37, 41, 49, 63, 70, 90, 95)
    kept = {
        number: asked.elements[number]
        for number in (*echoed, *((48,) if asked.mti[1] != "8" else ()))
        if number in asked.elements
    }
    is_payment = asked.mti[1] == "1"
    if is_payment:
        kept[38] = "123456"
    return Message(messages.reply_mti(asked.mti), kept | {39: "10" if is_payment else "00"})
