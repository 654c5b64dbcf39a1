"""Real processes and sockets against a stub host: what is answered, and what a sick host does to a run. Nothing hangs."""

import asyncio
import os
import socket
import subprocess
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from answering import approve

from simulator.client import Target
from simulator.errors import HostUnreachable
from simulator.load.tally import Tally
from simulator.load.verdict import StepResult
from switch.iso8583 import Malformed, Message

Play = Callable[..., Coroutine[Any, Any, Tally]]
StubIssuer = Callable[..., Awaitable[Target]]


async def test_several_processes_play_every_number_once(stub_issuer: StubIssuer, play: Play) -> None:
    seen = Counter[tuple[str, str]]()

    def answer(message: Message | Malformed) -> Message | None:
        assert isinstance(message, Message)
        seen[message.mti, message.text(11)] += 1
        return approve(message)

    played = await play(await stub_issuer(answer), rate=200, seconds=0.5, processes=2)
    assert (played.planned, played.sent, played.answered, played.unanswered, played.unmatched) == (100, 100, 100, 0, 0)
    assert set(seen.values()) == {1}
    assert len(seen) == 100
    assert played.codes == {"00": 100}
    assert sum(played.latencies.values()) == sum(played.latenesses.values()) == 100


async def test_a_stalled_host_shows_in_the_times_of_all_that_were_due(stub_issuer: StubIssuer, play: Play) -> None:
    """The host answers nothing until the tenth message has come, then everything at once."""
    kept: list[Message] = []

    def answer(message: Message | Malformed) -> list[Message] | None:
        assert isinstance(message, Message)
        reply = approve(message)
        assert reply is not None
        kept.append(reply)
        if len(kept) < 10:
            return None
        answers = list(kept)
        kept.clear()
        return answers

    played = await play(await stub_issuer(answer), rate=20, seconds=0.5, connections=1)
    assert played.answered == 10
    assert sum(times for value, times in played.latencies.items() if value >= 200_000) >= 5


async def test_a_silent_host_is_given_up(stub_issuer: StubIssuer, play: Play) -> None:
    played = await play(await stub_issuer(lambda _: None), rate=50, seconds=600, limit_seconds=0.3)
    assert played.answered == 0
    assert 0 < played.sent < 500
    assert "no answer at all within 0.3 s" in StepResult(50, 600, 0.3, played).reasons


async def test_a_host_that_answers_garbage_is_named(stub_issuer: StubIssuer, play: Play) -> None:
    played = await play(await stub_issuer(lambda _: b"no message at all"), rate=50, seconds=0.2, limit_seconds=0.3)
    assert played.malformed == played.sent
    assert f"the host sent {played.malformed} frames that are no message" in " ".join(StepResult(50, 0.2, 0.3, played).reasons)


async def test_a_host_that_closes_ends_the_run(stub_issuer: StubIssuer, play: Play) -> None:
    played = await play(await stub_issuer(lambda _: b""), rate=50, seconds=600, connections=1)
    assert (played.lost_connections, played.answered) == (1, 0)
    assert played.sent == played.unanswered
    assert "the host closed a connection" in StepResult(50, 600, 5, played).reasons


async def test_bytes_that_are_no_frames_end_the_run(play: Play) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        played = await play(Target("127.0.0.1", server.sockets[0].getsockname()[1]), rate=50, seconds=600, connections=1)
    assert "the host sent what is no frame" in " ".join(StepResult(50, 600, 5, played).reasons)


async def test_a_host_that_is_not_there_is_said_at_once(play: Play) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        with pytest.raises(HostUnreachable, match="cannot be reached"):
            await play(Target("127.0.0.1", taken.getsockname()[1]), rate=50, seconds=1)


async def test_a_ctrl_c_in_the_terminal_reaches_no_generator_even_while_it_starts(
    play: Play, stub_issuer: StubIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    start = subprocess.Popen

    def seen(*arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
        process = start(*arguments, **options)
        groups.append(os.getpgid(process.pid))
        return process

    monkeypatch.setattr(subprocess, "Popen", seen)
    played = await play(await stub_issuer(approve), rate=50, seconds=0.1)
    assert played.answered == 5
    assert groups
    assert os.getpgid(0) not in groups


async def test_answers_without_a_code_are_no_answers_to_hold_with(play: Play, stub_issuer: StubIssuer) -> None:
    def undecided(message: Message | Malformed) -> Message | None:
        reply = approve(message)
        return reply and Message(reply.mti, {number: value for number, value in reply.elements.items() if number != 39})

    played = await play(await stub_issuer(undecided), rate=50, seconds=0.1)
    assert "5 of 5 answers carry no DE 39: nothing was decided" in StepResult(50, 0.1, 5, played).reasons
