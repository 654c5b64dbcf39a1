"""The server on loopback sockets: who gets which reply, what one peer can do to another, how it ends."""

import asyncio
import contextlib
import socket
import struct
import time
from collections import Counter

import pytest
from loopback import PROFILE, Gate, Meter, Peer, Play, echo, started

from switch.errors import EncodeError
from switch.framing import Framing
from switch.link import LinkState
from switch.profile import NetworkProfile
from switch.server import Connection, SwitchServer


def test_replies_leave_in_any_order_on_the_connection_of_their_request(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, _ = await started(gate)
        first, second = await Peer.connect(server), await Peer.connect(server)
        first.send(b"a", b"b")
        second.send(b"c")
        await gate.until_began(3)
        for payload in (b"c", b"b", b"a"):
            gate.let_go(payload)
        assert await second.receive() == b"C"
        assert [await first.receive(), await first.receive()] == [b"B", b"A"]
        first.close()
        second.close()
        await server.drain(5)

    play(story())


def test_a_handler_sees_its_link_and_the_time_of_receipt(play: Play) -> None:
    async def story() -> None:
        seen: list[object] = []

        async def handler(connection: Connection, payload: bytes, received_at: float) -> bytes | None:
            age = time.perf_counter() - received_at
            seen.append((connection.link_name, connection.codec.character_set, connection.profile.name, 0 <= age < 5))
            seen.append(connection.peer.startswith("127.0.0.1:"))
            connection.link.sign_on()
            return b"ok"

        server, meter = await started(handler)
        peer = await Peer.connect(server)
        peer.send(b"a")
        assert await peer.receive() == b"ok"
        assert seen == [("test", "cp037", "test", True), True]
        await meter.until(lambda meter: meter.links[LinkState.SIGNED_ON] == 1)
        assert meter.links[LinkState.CONNECTED] == 0
        peer.close()
        await meter.until(lambda meter: not +meter.links)
        await server.drain(5)

    play(story())


def test_a_request_without_a_reply_gets_none(play: Play) -> None:
    async def story() -> None:
        async def handler(connection: Connection, payload: bytes, received_at: float) -> bytes | None:
            return None if payload == b"advice" else payload

        server, _ = await started(handler)
        peer = await Peer.connect(server)
        peer.send(b"advice", b"request")
        assert await peer.receive() == b"request"
        peer.close()
        await server.drain(5)

    play(story())


def test_a_reply_that_could_not_leave_any_more_is_counted(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, meter = await started(gate)
        peer = await Peer.connect(server)
        peer.send(b"a", b"b", b"c")
        await gate.until_began(3)
        peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.writer.transport.abort()  # a reset
        await meter.until(lambda meter: not +meter.links)
        gate.let_go(b"a")
        gate.let_go(b"b")
        await meter.until(lambda meter: meter.counts["replies_lost"] == 2)
        gate.let_go(b"c")
        await meter.until(lambda meter: meter.counts["replies_lost"] == 3)
        await server.drain(5)

    play(story())


@pytest.mark.parametrize("error", [RuntimeError("5413330000000021"), EncodeError(4, "not digits"), TimeoutError()])
def test_a_handlers_exception_hurts_its_own_request_only(play: Play, capfd: pytest.CaptureFixture[str], error: Exception) -> None:
    async def story() -> None:
        async def handler(connection: Connection, payload: bytes, received_at: float) -> bytes | None:
            if payload == b"bad":
                raise error
            return payload

        server, meter = await started(handler)
        peer, other = await Peer.connect(server), await Peer.connect(server)
        peer.send(b"bad", b"good")
        other.send(b"good")
        assert [await peer.receive(), await other.receive()] == [b"good", b"good"]
        assert (meter.counts["failed"], meter.counts["inflight"]) == (1, 0)
        peer.close()
        other.close()
        await server.drain(5)

    play(story())
    logged = "".join(capfd.readouterr())
    assert "handler_failed" in logged
    assert "5413330000000021" not in logged


def test_a_reply_too_large_for_a_frame_hurts_its_own_request_only(play: Play) -> None:
    async def story() -> None:
        async def handler(connection: Connection, payload: bytes, received_at: float) -> bytes | None:
            return bytes(9000) if payload == b"big" else payload

        server, meter = await started(handler)
        peer = await Peer.connect(server)
        peer.send(b"big", b"small")
        assert await peer.receive() == b"small"
        assert meter.counts["failed"] == 1
        peer.close()
        await server.drain(5)

    play(story())


def test_an_oversized_frame_closes_its_connection_after_what_came_before_is_answered(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, meter = await started(gate)
        peer, other = await Peer.connect(server), await Peer.connect(server)
        peer.send(b"a")
        peer.writer.write(b"\xff\xff" + bytes(20_000))
        await gate.until_began(1)
        await meter.until(lambda meter: meter.counts["malformed"] == 1)
        gate.let_go(b"a")
        assert await peer.rest() == b"\x00\x01A"
        peer.close()
        other.send(b"b")
        gate.let_go(b"b")
        assert await other.receive() == b"B"
        other.close()
        await server.drain(5)

    play(story())


def test_an_empty_frame_is_counted_and_the_connection_lives(play: Play) -> None:
    async def story() -> None:
        server, meter = await started(echo)
        peer = await Peer.connect(server)
        peer.send(b"", b"a")
        assert await peer.receive() == b"a"
        assert meter.counts["malformed"] == 1
        peer.close()
        await server.drain(5)

    play(story())


def test_a_connection_never_has_more_in_flight_than_its_profile_allows_and_all_are_answered(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, meter = await started(gate)
        peer = await Peer.connect(server)
        requests = [b"r%d" % number for number in range(50)]
        peer.send(*requests)
        began = await gate.until_began(4)
        assert gate.began.empty()
        for request in requests:
            gate.let_go(request)
        replies = {await peer.receive() for _ in requests}
        assert began == requests[:4]
        assert replies == {request.upper() for request in requests}
        assert meter.counts["most"] == 4
        peer.close()
        await server.drain(5)

    play(story())


def test_a_peer_that_does_not_read_its_replies_is_not_read_from(play: Play) -> None:
    async def story() -> None:
        handled: Counter[bytes] = Counter()
        blocked = asyncio.Event()

        async def handler(connection: Connection, payload: bytes, received_at: float) -> bytes | None:
            handled[payload[:1]] += 1
            if connection.is_write_blocked or handled[b"d"] == 5_000:
                blocked.set()
            return bytes(8000) if payload[:1] == b"d" else payload

        server, _ = await started(handler)
        other = await Peer.connect(server)
        loop = asyncio.get_running_loop()
        with socket.create_connection(server.address) as deaf:
            deaf.setblocking(False)
            sending = loop.create_task(loop.sock_sendall(deaf, Framing().wrap(b"d" * 1000) * 30_000))
            await blocked.wait()
            at_first = handled[b"d"]
            for _ in range(100):
                other.send(b"x")
                await other.receive()
            assert handled[b"d"] <= at_first + PROFILE.max_inflight_per_connection
            assert not sending.done()
            sending.cancel()
            await asyncio.wait({sending})
        other.close()
        await server.drain(5)

    play(story())


def test_connections_over_the_limit_are_closed_at_once(play: Play) -> None:
    async def story() -> None:
        server, meter = await started(echo)
        peers = [await Peer.connect(server) for _ in range(8)]
        for peer in peers:
            peer.send(b"a")
            await peer.receive()
        extra = await Peer.connect(server)
        with contextlib.suppress(ConnectionResetError):
            assert await extra.rest() == b""
        assert meter.counts["refused"] == 1
        for peer in (*peers, extra):
            peer.close()
        await server.drain(5)

    play(story())


def test_a_peer_that_has_sent_everything_still_gets_its_replies(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, _ = await started(gate)
        peer = await Peer.connect(server)
        peer.send(*(b"r%d" % number for number in range(6)))
        peer.writer.write_eof()
        for number in range(6):
            gate.let_go(b"r%d" % number)
        assert len(await peer.rest()) == 6 * 4
        peer.close()
        await server.drain(5)

    play(story())


def test_a_vanished_peer_leaves_its_requests_running_and_nothing_behind(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, meter = await started(gate)
        peer = await Peer.connect(server)
        peer.send(b"a")
        await gate.until_began(1)
        peer.writer.transport.abort()
        await meter.until(lambda meter: not +meter.links or meter.links[LinkState.DRAINING] == 1)
        gate.let_go(b"a")
        await meter.until(lambda meter: not +meter.links and meter.counts["inflight"] == 0)
        assert meter.counts["failed"] == 0
        await server.drain(5)

    play(story())


def test_a_silent_peer_is_closed(play: Play) -> None:
    async def story() -> None:
        server, meter = await started(echo, NetworkProfile("test", idle_timeout_seconds=0.05))
        peer = await Peer.connect(server)
        assert await peer.rest() == b""
        peer.close()
        await meter.until(lambda meter: not +meter.links)
        await server.drain(5)

    play(story())


def test_draining_answers_every_request_read_then_closes_and_loses_no_reply(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, _ = await started(gate)
        peers = [await Peer.connect(server) for _ in range(3)]
        for peer in peers:
            peer.send(*(b"r%d" % number for number in range(10)))
        await gate.until_began(3 * 4)
        address = server.address
        draining = asyncio.create_task(server.drain(5))
        await asyncio.sleep(0)
        for peer in peers:
            peer.send(b"too late")
        for number in range(10):
            gate.let_go(b"r%d" % number)
        assert [len(await peer.rest()) for peer in peers] == [10 * 4] * 3
        for peer in peers:
            peer.close()
        assert await draining == 0
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection(*address)

    play(story())


def test_draining_ends_at_the_end_of_its_grace_and_says_what_is_unanswered(play: Play) -> None:
    async def story() -> None:
        gate = Gate()
        server, meter = await started(gate)
        peer = await Peer.connect(server)
        peer.send(b"a", b"b")
        await gate.until_began(2)
        assert await server.drain(0.05) == 2
        assert (meter.counts["inflight"], +meter.links) == (0, Counter())
        peer.close()

    play(story())


def test_draining_an_idle_server_is_over_at_once(play: Play) -> None:
    async def story() -> None:
        server, _ = await started(echo)
        assert await server.drain(5) == 0

    play(story())


def test_a_bound_socket_can_be_given(play: Play) -> None:
    async def story() -> None:
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        server = SwitchServer("test", PROFILE, echo, Meter())
        await server.start(sock=bound)
        peer = await Peer.connect(server)
        peer.send(b"a")
        assert await peer.receive() == b"a"
        peer.close()
        await server.drain(5)

    play(story())


def test_a_taken_port_is_an_error_and_leaves_nothing_running(play: Play) -> None:
    async def story() -> None:
        server, _ = await started(echo)
        with pytest.raises(OSError):  # noqa: PT011 - the two loops word it differently
            await SwitchServer("other", PROFILE, echo, Meter()).start(port=server.address[1])
        await server.drain(5)
        assert len(asyncio.all_tasks()) <= 2

    play(story())
