"""What we ask of a network on loopback sockets: a file update, an echo, a reply too late, a connection that goes."""

import asyncio

import pytest
from loopback import Meter, NetworkPeer, Play, managed, started

from switch.iso8583 import Message
from switch.link import LinkState
from switch.management import Management
from switch.profile import NetworkProfile
from switch.server import NoReply, SwitchServer

PROFILE = NetworkProfile("test", management=Management(forwarder="541333"))


def file_update(server: SwitchServer, **changed: str) -> Message:
    elements: dict[int, str | bytes] = {7: "1125221500", 11: server.stan(), 33: "541333", 91: "1", 101: "MCC102"}
    return Message("0302", {**elements, **{int(key.removeprefix("de")): value for key, value in changed.items()}})


async def connected(profile: NetworkProfile = PROFILE) -> tuple[SwitchServer, Meter, NetworkPeer]:
    server, meter = await started(managed, profile)
    peer = NetworkPeer(*await asyncio.open_connection(*server.address))
    await meter.until(lambda meter: meter.links[LinkState.CONNECTED] == 1)
    return server, meter, peer


def test_a_file_update_is_asked_and_its_answer_comes_back(play: Play) -> None:
    async def story() -> None:
        server, meter, peer = await connected()
        asking = asyncio.create_task(server.request(file_update(server), timeout_seconds=5))
        request = await peer.hear()
        peer.say(Message("0312", {**{n: request.elements[n] for n in (7, 11, 33)}, 39: "00"}))
        answer = await asking
        assert isinstance(answer, Message)
        assert (answer.mti, answer.text(39), answer.text(11)) == ("0312", "00", request.text(11))
        assert meter.counts["matched"] == 1
        peer.close()
        await server.drain(5)

    play(story())


def test_answers_in_another_order_each_find_their_request(play: Play) -> None:
    async def story() -> None:
        server, _, peer = await connected()
        asking = [asyncio.create_task(server.request(file_update(server), timeout_seconds=5)) for _ in range(5)]
        requests = [await peer.hear() for _ in asking]
        for request in reversed(requests):
            peer.say(Message("0312", {**{n: request.elements[n] for n in (7, 11, 33)}, 39: "00", 44: request.text(11)}))
        answers = [await one for one in asking]
        assert [answer.text(44) for answer in answers if isinstance(answer, Message)] == [r.text(11) for r in requests]
        peer.close()
        await server.drain(5)

    play(story())


def test_an_unanswered_request_ends_and_its_late_answer_is_counted(play: Play) -> None:
    async def story() -> None:
        server, meter, peer = await connected()
        assert await server.request(file_update(server), timeout_seconds=0.02) is NoReply.TIMEOUT
        request = await peer.hear()
        peer.say(Message("0312", {**{n: request.elements[n] for n in (7, 11, 33)}, 39: "00"}))
        await meter.until(lambda meter: meter.counts["late"] == 1)
        assert meter.counts["unanswered"] == 1
        peer.close()
        await server.drain(5)

    play(story())


def test_a_reply_that_differs_in_one_element_ends_nothing_and_is_explained(play: Play, capfd: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        server, meter, peer = await connected()
        asking = asyncio.create_task(server.request(file_update(server), timeout_seconds=5))
        request = await peer.hear()
        key = {n: request.elements[n] for n in (7, 11, 33)}
        peer.say(Message("0312", {**key, 33: "541334", 39: "00"}))
        await meter.until(lambda meter: meter.counts["unmatched"] == 1)
        assert not asking.done()
        peer.say(Message("0312", {**key, 39: "00"}))
        assert isinstance(await asking, Message)
        peer.close()
        await server.drain(5)

    play(story())
    assert "differs in DE 33 from the pending MTI=0302 DE7=1125221500" in "".join(capfd.readouterr())


def test_a_request_ends_with_the_connection_that_it_was_sent_on(play: Play) -> None:
    async def story() -> None:
        server, _, peer = await connected()
        asking = asyncio.create_task(server.request(file_update(server), timeout_seconds=60))
        await peer.hear()
        peer.writer.transport.abort()
        assert await asking is NoReply.CONNECTION_LOST
        await server.drain(5)

    play(story())


def test_without_a_connection_and_while_draining_nothing_is_asked(play: Play) -> None:
    async def story() -> None:
        server, _ = await started(managed, PROFILE)
        assert await server.request(file_update(server), timeout_seconds=5) is NoReply.NOT_CONNECTED
        await server.drain(5)
        assert await server.request(file_update(server), timeout_seconds=5) is NoReply.DRAINING

    play(story())


def test_the_same_key_is_not_asked_twice_at_once(play: Play) -> None:
    async def story() -> None:
        server, _, peer = await connected()
        message = file_update(server)
        asking = asyncio.create_task(server.request(message, timeout_seconds=60))
        await peer.hear()
        assert await server.request(message, timeout_seconds=60) is NoReply.KEY_IN_USE
        asking.cancel()
        await asyncio.wait({asking})
        again = asyncio.create_task(server.request(message, timeout_seconds=60))
        peer.say(Message("0312", {**{n: message.elements[n] for n in (7, 11, 33)}, 39: "00"}))
        assert isinstance(await again, Message)
        peer.close()
        await server.drain(5)

    play(story())


def test_requests_take_the_connections_in_turn(play: Play) -> None:
    async def story() -> None:
        server, meter, first = await connected()
        second = NetworkPeer(*await asyncio.open_connection(*server.address))
        await meter.until(lambda meter: meter.links[LinkState.CONNECTED] == 2)
        asking = [asyncio.create_task(server.request(file_update(server), timeout_seconds=60)) for _ in range(4)]
        for peer in (first, second, first, second):
            request = await peer.hear()
            peer.say(Message("0312", {**{n: request.elements[n] for n in (7, 11, 33)}, 39: "00"}))
        assert all([isinstance(await one, Message) for one in asking])
        first.close()
        second.close()
        await server.drain(5)

    play(story())


def test_a_peer_that_signed_on_and_falls_silent_is_tested_and_given_up(play: Play) -> None:
    async def story() -> None:
        profile = NetworkProfile(
            "test", management=Management(forwarder="541333"), echo_interval_seconds=0.05, response_seconds=0.05
        )
        server, meter, peer = await connected(profile)
        peer.say(Message("0800", {7: "1125221500", 11: "000001", 70: "061"}))
        assert (await peer.hear()).text(39) == "00"
        first = await peer.hear()
        assert (first.mti, first.text(70), first.text(33)) == ("0800", "270", "541333")
        peer.answer(first)
        assert [(await peer.hear()).text(70) for _ in range(2)] == ["270", "270"]
        assert await peer.rest() == b""
        assert (meter.counts["matched"], meter.counts["unanswered"], meter.counts["echo_unanswered"]) == (1, 2, 1)
        peer.close()
        await server.drain(5)

    play(story())
