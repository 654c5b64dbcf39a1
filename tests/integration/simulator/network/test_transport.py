"""A host that sends far too much takes nobody else's turn: timers go off while its frames are read."""

import asyncio
import socket

from simulator.network.transport import Transport
from switch.framing import Framing

FRAMES = 20_000


async def test_a_flood_of_frames_leaves_the_others_their_turns() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(bytes(2 * FRAMES))
        reader, writer = await asyncio.open_connection(sock=ours)
        transport = Transport("the host", Framing(), reader, writer)
        turns, seen = 0, 0

        def others_turn() -> None:
            nonlocal turns
            turns += 1
            asyncio.get_running_loop().call_soon(others_turn)

        others_turn()
        async with asyncio.timeout(20):
            async for _ in transport.payloads():
                seen += 1
                if seen == FRAMES:
                    break
        transport.close()
    assert seen == FRAMES
    assert turns >= FRAMES // 200


async def test_what_is_no_frame_ends_a_connection_with_the_reason_and_a_hint() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"HTTP/1.1 400 Bad Request\r\n")
        transport = Transport("the host", Framing(), *await asyncio.open_connection(sock=ours))
        async with asyncio.timeout(20):
            assert [payload async for payload in transport.payloads()] == []
    assert transport.lost == (
        "the host sends what cannot be cut into messages: a frame of 18516 bytes is over the limit of 8192; "
        "are port and profile the right ones?"
    )
