"""A stolen card is told to the network's stand-in, over a link that was down and a process that dies in between."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from acceptance.desk import Run, new_card
from acceptance.issuer import EBCDIC, PATIENCE_SECONDS, ROOT, Issuer, eventually

from switch.framing import Framing
from switch.iso8583 import Codec, Message

LINK = "files"


class StandIn:
    """A network that we connect to: answers sign-on by itself and shows the rest. Nobody listens until somebody does."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._codec = sock, Codec("cp037")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["StandIn"]:
        self._heard: asyncio.Queue[tuple[Message, asyncio.StreamWriter]] = asyncio.Queue()
        self._talks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._taken, sock=self._sock.dup())
        try:
            yield self
        finally:
            server.close()
            for talk in tuple(self._talks):
                talk.cancel()
            await asyncio.wait(self._talks, timeout=PATIENCE_SECONDS)

    def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._talks.add(talk)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                message = self._codec.decode(await reader.readexactly(size))
                assert isinstance(message, Message)
                if message.mti == "0800":
                    self.say(writer, message, "0810")
                else:
                    self._heard.put_nowait((message, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def hear(self) -> tuple[Message, asyncio.StreamWriter]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._heard.get()

    def say(self, writer: asyncio.StreamWriter, request: Message, mti: str, **changed: str) -> None:
        echoed = {number: request.elements[number] for number in (7, 11, 33, 70) if number in request.elements}
        said = {int(key.removeprefix("de")): value for key, value in changed.items()}
        writer.write(Framing().wrap(self._codec.encode(Message(mti, {**echoed, 39: "00", **said}))))


@pytest.fixture(scope="module", autouse=True)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """Before the issuer, which connects there."""
    profile = tmp_path_factory.mktemp("networks") / f"{LINK}.toml"
    shipped = (ROOT / "configs" / "networks" / f"{EBCDIC}.toml").read_text()
    assert "enabled = false" in shipped
    profile.write_text(shipped.replace("enabled = false", "enabled = true"))
    with socket.socket() as sock, pytest.MonkeyPatch.context() as patch:
        sock.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*sock.getsockname())
        tables = f'[links.{LINK}]\nprofile = "{profile}"\nconnect = "{address}"\nconnections = 1\n'
        patch.setenv("CARDLINE_PAN_KEY", "42" * 32)
        patch.setattr(request.module, "ISSUER", {"tables": tables}, raising=False)
        yield StandIn(sock)


async def ended(issuer: Issuer, state: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await issuer.value("select state from report.file_update where is_latest order by update_id desc limit 1") != state:
            await asyncio.sleep(0.01)


async def test_a_stolen_card_is_told_until_it_is_answered(issuer: Issuer, network: StandIn, run: Run) -> None:
    held = new_card(run, funds="1.00")
    run("card", "block", held.card_id, "stolen", "--reason", "the holder called")
    (waiting,) = run("card", "show", held.card_id, "--json")["network"]
    assert (waiting["state"], waiting["listing"], waiting["attempts"], waiting["link"]) == ("pending", "stolen", 0, LINK)

    async with network.listening():
        first, _ = await network.hear()
        issuer.switch.kill()
        await issuer.fetch("update ledger.file_update set claimed_until = now()")  # as time would
        issuer.switch.start()
        second, writer = await network.hear()
        network.say(writer, second, "0312", de33="541334")
        network.say(writer, second, "0312", de39="80")
        third, writer = await network.hear()
        network.say(writer, third, "0312")
        await ended(issuer, "done")

    record = f"16{held.card.pan}S{held.card.expiry}"
    for request, code in ((first, "1"), (second, "1"), (third, "2")):
        said = {number: request.text(number) for number in (2, 33, 91, 101, 120)}
        assert (request.mti, said) == ("0302", {2: held.card.pan, 33: "541333", 91: code, 101: "MCC102", 120: record})
    (told,) = run("card", "show", held.card_id, "--json")["network"]
    assert (told["attempts"], told["result"], told["update_code"]) == (3, "00 accepted", "2")
    assert issuer.switch.metric("cardline_outgoing_replies_total", link=LINK, outcome="unmatched") == 1
    assert issuer.switch.metric("cardline_file_update_attempts_total", link=LINK, outcome="done") == 1
    assert "differs in DE 33 from the pending" in issuer.switch.log

    kept = f"select count(*) from report.message where link = '{LINK}' and mti in ('0302', '0312')"
    await eventually("messages of the second process are kept", lambda: asyncio.run(issuer.value(kept)) >= 5)
    rows = await issuer.fetch(f"select direction, mti, fields::text as fields from report.message where link = '{LINK}'")
    assert {(row["direction"], row["mti"]) for row in rows} >= {("out", "0302"), ("in", "0312"), ("out", "0800"), ("in", "0810")}
    sealed = await issuer.value("select sealed from ledger.card_number")
    assert held.card.pan not in issuer.switch.log + str([dict(row) for row in rows]) + repr(sealed)


async def test_what_was_given_up_is_told_again_by_command(issuer: Issuer, network: StandIn, run: Run) -> None:
    held = await issuer.card(balance_minor=1_00)
    async with network.listening():
        run("card", "block", held.card_id, "blocked", "--reason", "the holder called")
        request, writer = await network.hear()
        network.say(writer, request, "0312", de39="27")
        await ended(issuer, "failed")
        run("card", "tell-network", held.card_id, "--reason", "the network has mended it")
        request, writer = await network.hear()
        network.say(writer, request, "0312")
        await ended(issuer, "done")
    assert [one["state"] for one in run("card", "show", held.card_id, "--json")["network"]] == ["done", "failed"]


async def test_a_card_whose_number_is_not_kept_is_blocked_and_told_once_somebody_gives_it(
    issuer: Issuer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await issuer.card(balance_minor=1_00)
    await issuer.fetch("delete from ledger.card_number where card_id = $1", held.card_id)  # issued before the link took updates
    run("card", "block", held.card_id, "lost", "--reason", "the holder called")
    (untold,) = run("card", "show", held.card_id, "--json")["network"]
    assert (untold["state"], untold["result"]) == ("failed", "number_not_kept")
    for number, expect in (("", 2), ("5413330000000007", 1), (held.card.pan, 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))
        run("card", "tell-network", held.card_id, "--reason", "read from the letter", expect=expect)
    assert [one["state"] for one in run("card", "show", held.card_id, "--json")["network"]] == ["pending", "failed"]
