"""TLS on a link: who is let in, who is not, and what strangers can do to the others."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
from certificates import Authority, Signed
from loopback import Meter, NetworkPeer, Peer, Play, echo, managed

from switch.errors import ConfigurationError
from switch.link import LinkState
from switch.management import Management
from switch.profile import NetworkProfile
from switch.server import SwitchServer
from switch.tls import TlsFiles, connecting_context, listening_context


@dataclass(frozen=True, slots=True)
class Parties:
    """An authority with a server and a client that it knows, and a stranger whom another one vouches for."""

    authority: Authority
    server: Signed
    client: Signed
    stranger: Signed

    @property
    def mutual(self) -> TlsFiles:
        return TlsFiles(self.server.certificate, self.server.key, self.authority.file, require_client_certificate=True)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    directory = tmp_path_factory.mktemp("certificates")
    authority = Authority(directory, "authority")
    return Parties(authority, authority.sign("server"), authority.sign("client"), Authority(directory, "other").sign("stranger"))


async def listening(tls: TlsFiles) -> tuple[SwitchServer, Meter]:
    meter = Meter()
    server = SwitchServer("test", NetworkProfile("test"), echo, meter)
    await server.start(tls=tls)
    return server, meter


async def joined(server: SwitchServer, parties: Parties, shown: Signed | None) -> Peer:
    context = ssl.create_default_context(cafile=str(parties.authority.file))
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.key)
    return Peer(*await asyncio.open_connection(*server.address, ssl=context))


async def is_served(server: SwitchServer, parties: Parties, shown: Signed | None) -> bool:
    try:
        peer = await joined(server, parties, shown)
        peer.send(b"a")
        answer = await peer.receive()
    except (OSError, asyncio.IncompleteReadError):  # TLS 1.3 lets a client speak before it is refused
        return False
    peer.close()
    return answer == b"a"


def test_a_client_whom_the_authority_knows_is_served_and_no_other(play: Play, parties: Parties) -> None:
    async def story() -> None:
        server, _ = await listening(parties.mutual)
        assert await is_served(server, parties, parties.client)
        assert not await is_served(server, parties, None)
        assert not await is_served(server, parties, parties.stranger)
        assert await is_served(server, parties, parties.client)
        await server.drain(5)

    play(story())


def test_without_mutual_tls_a_client_needs_no_certificate(play: Play, parties: Parties) -> None:
    async def story() -> None:
        server, _ = await listening(TlsFiles(parties.server.certificate, parties.server.key))
        assert await is_served(server, parties, None)
        await server.drain(5)

    play(story())


def test_plain_bytes_on_a_tls_port_reach_nobody_and_harm_nobody(play: Play, parties: Parties) -> None:
    async def story() -> None:
        server, meter = await listening(parties.mutual)
        friend = await joined(server, parties, parties.client)
        strangers = [await Peer.connect(server) for _ in range(5)]
        for stranger in strangers:
            stranger.send(b"0800")
            stranger.writer.write(bytes(range(256)) * 40)
        for stranger in strangers:
            with contextlib.suppress(ConnectionError):
                assert len(await stranger.rest()) < 100, "at most an alert"
            stranger.close()
        friend.send(b"still here")
        assert await friend.receive() == b"still here"
        assert meter.counts["malformed"] == 0
        friend.close()
        await server.drain(5)

    play(story())


def test_what_was_read_is_answered_before_a_tls_connection_ends(play: Play, parties: Parties) -> None:
    async def story() -> None:
        server, _ = await listening(parties.mutual)
        peer = await joined(server, parties, parties.client)
        peer.send(b"a", b"b")
        assert await peer.receive() == b"a"
        draining = asyncio.create_task(server.drain(5))
        assert await peer.rest() == b"\x00\x01b"
        peer.close()
        assert await draining == 0

    play(story())


class SecureNetwork:
    """A network that listens with TLS and wants to know who calls."""

    def __init__(self, parties: Parties) -> None:
        self._context = listening_context(parties.mutual)
        self.joined: asyncio.Queue[NetworkPeer] = asyncio.Queue()

    async def listen(self) -> asyncio.Server:
        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.joined.put_nowait(NetworkPeer(reader, writer))

        return await asyncio.start_server(join, "127.0.0.1", 0, ssl=self._context)


def test_a_link_that_connects_shows_its_certificate_and_signs_on(play: Play, parties: Parties) -> None:
    async def story() -> None:
        network = SecureNetwork(parties)
        listener = await network.listen()
        meter = Meter()
        server = SwitchServer("test", NetworkProfile("test", management=Management(forwarder="1")), managed, meter)
        tls = TlsFiles(parties.client.certificate, parties.client.key, parties.authority.file, server_name="network.test")
        await server.connect(*listener.sockets[0].getsockname(), connections=1, tls=tls)
        peer = await network.joined.get()
        peer.answer(await peer.hear())
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 1)
        draining = asyncio.create_task(server.drain(5))
        peer.answer(await peer.hear())
        peer.close()
        assert await draining == 0
        listener.close()

    play(story())


def test_a_network_that_the_authority_does_not_know_is_not_spoken_to(play: Play, parties: Parties, tmp_path: Path) -> None:
    async def story() -> None:
        network = SecureNetwork(parties)
        listener = await network.listen()
        meter = Meter()
        profile = NetworkProfile("test", management=Management(forwarder="1"), reconnect_first_seconds=0.01)
        server = SwitchServer("test", profile, managed, meter)
        tls = TlsFiles(parties.client.certificate, parties.client.key, Authority(tmp_path, "else").file)
        await server.connect(*listener.sockets[0].getsockname(), connections=1, tls=tls)
        for _ in range(2):
            await meter.until(lambda meter: meter.links[LinkState.CONNECTING] == 1)
            await meter.until(lambda meter: meter.links[LinkState.CONNECTING] == 0)
        assert not meter.links[LinkState.CONNECTED]
        await server.drain(5)
        listener.close()

    play(story())


def test_nothing_older_than_tls_1_2_is_spoken(parties: Parties) -> None:
    for context in (listening_context(parties.mutual), connecting_context(TlsFiles(ca=parties.authority.file))):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_files_that_are_no_use_are_named_by_their_key(parties: Parties, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    known = parties.server
    for key, files in [
        ("tls.certificate", TlsFiles()),
        ("tls.certificate", TlsFiles(known.certificate)),
        ("tls.certificate", TlsFiles(tmp_path / "absent.pem", known.key)),
        ("tls.certificate", TlsFiles(known.certificate, parties.client.key)),
        ("tls.ca", TlsFiles(known.certificate, known.key, require_client_certificate=True)),
        ("tls.ca", TlsFiles(known.certificate, known.key, nothing)),
    ]:
        with pytest.raises(ConfigurationError, match=f"^{key}: "):
            listening_context(files)
    for key, files in [("tls.ca", TlsFiles()), ("tls.certificate", TlsFiles(known.certificate, ca=parties.authority.file))]:
        with pytest.raises(ConfigurationError, match=f"^{key}: "):
            connecting_context(files)
