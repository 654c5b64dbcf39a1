"""A link that connects: sign-on, work, sign-off, and coming back after the network went away."""

import asyncio

import pytest
from loopback import Meter, Network, NetworkPeer, Play, managed

from switch.errors import ConfigurationError
from switch.iso8583 import Message
from switch.link import LinkState
from switch.management import Management, SignOnWhen
from switch.profile import NetworkProfile
from switch.server import SwitchServer

PROFILE = NetworkProfile(
    "test",
    management=Management(forwarder="541333"),
    reconnect_first_seconds=0.01,
    reconnect_most_seconds=0.05,
    sign_on_retry_seconds=0.01,
    response_seconds=5.0,
)


async def dialing(network: Network, *, connections: int = 1, profile: NetworkProfile = PROFILE) -> tuple[SwitchServer, Meter]:
    meter = Meter()
    server = SwitchServer("test", profile, managed, meter)
    await server.connect(*await network.listen(), connections=connections)
    return server, meter


async def sign_on(peer: NetworkPeer) -> None:
    request = await peer.hear()
    assert (request.mti, request.text(70), request.text(33)) == ("0800", "061", "541333")
    peer.answer(request)


def test_a_link_connects_signs_on_answers_and_signs_off(play: Play) -> None:
    async def story() -> None:
        network = Network()
        server, meter = await dialing(network)
        peer = await network.joined.get()
        await sign_on(peer)
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 1)
        assert meter.links[LinkState.CONNECTING] == 0
        peer.say(Message("0100", {11: "000001"}))
        assert (await peer.hear()).text(11) == "000001"
        draining = asyncio.create_task(server.drain(5))
        sign_off = await peer.hear()
        assert sign_off.text(70) == "062"
        peer.say(Message("0100", {11: "000002"}))
        assert (await peer.hear()).text(11) == "000002"
        peer.answer(sign_off)
        assert await peer.rest() == b""
        peer.close()
        assert await draining == 0
        assert not +meter.links
        network.close()

    play(story())


def test_a_link_that_cannot_connect_says_why_and_since_when(play: Play) -> None:
    async def story() -> None:
        network = Network()
        server, meter = await dialing(network)
        await sign_on(peer := await network.joined.get())
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 1)
        assert server.trouble is None
        network.close()
        peer.close()
        await meter.until(lambda _: "refused" in (server.trouble or ""))
        assert "link test is not connected to 127.0.0.1:" in (server.trouble or "")
        await server.drain(1)
        assert server.trouble is None

    play(story())


def test_a_network_that_does_not_answer_the_sign_off_does_not_hold_up_the_end(play: Play) -> None:
    async def story() -> None:
        network = Network()
        profile = NetworkProfile("test", management=Management(forwarder="541333"), sign_off_seconds=0.05)
        server, meter = await dialing(network, profile=profile)
        peer = await network.joined.get()
        await sign_on(peer)
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 1)
        draining = asyncio.create_task(server.drain(5))
        assert (await peer.hear()).text(70) == "062"
        assert await peer.rest() == b""
        peer.close()
        assert await draining == 0
        network.close()

    play(story())


def test_a_link_comes_back_after_its_network_went_away(play: Play) -> None:
    async def story() -> None:
        network = Network()
        server, meter = await dialing(network, connections=2)
        peers = [await network.joined.get() for _ in range(2)]
        for peer in peers:
            await sign_on(peer)
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 2)
        for peer in peers:
            peer.writer.transport.abort()
        again = [await network.joined.get() for _ in range(2)]
        for peer in again:
            await sign_on(peer)
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 2)
        for peer in again:
            peer.writer.transport.abort()
        network.close()
        await server.drain(5)

    play(story())


def test_a_network_that_is_not_there_yet_is_tried_until_it_is(play: Play) -> None:
    async def story() -> None:
        network = Network()
        host, port = await network.listen()
        network.close()
        meter = Meter()
        server = SwitchServer("test", PROFILE, managed, meter)
        await server.connect(host, port)
        await meter.until(lambda meter: meter.links[LinkState.CONNECTING] == 1)
        await meter.until(lambda meter: meter.links[LinkState.CONNECTING] == 0)
        later = Network()
        await later.listen(port)
        await sign_on(await later.joined.get())
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 1)
        later.close()
        draining = asyncio.create_task(server.drain(0.2))
        await draining

    play(story())


def test_a_sign_on_refused_to_the_end_closes_the_connection_and_another_is_opened(play: Play) -> None:
    async def story() -> None:
        network = Network()
        server, meter = await dialing(network)
        peer = await network.joined.get()
        for _ in range(PROFILE.max_sign_on_attempts):
            peer.answer(await peer.hear(), "91")
        assert await peer.rest() == b""
        assert meter.counts["sign_on_refused"] == 1
        peer.close()
        await sign_on(await network.joined.get())
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 1)
        network.close()
        await server.drain(0.2)

    play(story())


def test_a_sign_on_that_cannot_be_written_hurts_nobody_elses_requests(play: Play) -> None:
    async def story() -> None:
        meter = Meter()
        unwritable = Management(sign_on=SignOnWhen.ALWAYS, forwarder="541333", service_indicator="\u20ac" * 7)
        server = SwitchServer("test", NetworkProfile("test", management=unwritable), managed, meter)
        await server.start()
        peer = NetworkPeer(*await asyncio.open_connection(*server.address))
        await meter.until(lambda meter: meter.counts["failed"] == 1)
        peer.say(Message("0100", {11: "000001"}))
        assert (await peer.hear()).text(11) == "000001"
        peer.close()
        await server.drain(5)

    play(story())


def test_draining_while_nobody_listens_is_over_at_once(play: Play) -> None:
    async def story() -> None:
        network = Network()
        host, port = await network.listen()
        network.close()
        server = SwitchServer("test", NetworkProfile("test", management=Management(sign_on=SignOnWhen.NEVER)), managed, Meter())
        await server.connect(host, port)
        assert await server.drain(5) == 0

    play(story())


def test_a_link_that_signs_on_has_to_say_as_whom(play: Play) -> None:
    async def story() -> None:
        with pytest.raises(ConfigurationError, match=r"management\.forwarder"):
            await SwitchServer("test", NetworkProfile("test"), managed, Meter()).connect("127.0.0.1", 1)

    play(story())
