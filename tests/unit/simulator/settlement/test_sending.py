"""A sender of clearing files hears a host out, and never waits for one that says nothing."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from ipm_samples import day_file, presentment, written

from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from simulator.errors import HostSilent, HostUnreachable, UnreadableFile
from simulator.settlement.sending import WIRE, ClearingSender, Receipt
from switch.framing import FrameReader

FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)
FILE_ID = "0022611260000020090000001"
VBS = FileForm(Framing.VBS, CharacterSet.CP500)
HEADER = IpmMessage("1644", {24: "697", 71: "00000001"}, {"0105": FILE_ID, "0122": "T"})
DAY = day_file([presentment(2), presentment(3)], FORM)
CODEC = IpmCodec(CharacterSet.CP500)
Host = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def said(code: str, pds: dict[str, str], text: str = "") -> bytes:
    return WIRE.wrap(CODEC.encode(IpmMessage("1644", {24: code, 71: "00000001", **({72: text} if text else {})}, pds)))


@asynccontextmanager
async def sender_to(host: Host) -> AsyncIterator[ClearingSender]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await host(reader, writer)
        writer.close()

    async with await asyncio.start_server(served, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(10), ClearingSender("127.0.0.1", port, answer_seconds=0.2) as sender:
            yield sender


async def read_until(reader: asyncio.StreamReader, code: str) -> int:
    """How many records came up to this one."""
    frames, count = FrameReader(WIRE), 0
    while data := await reader.read(4096):
        for record in frames.feed(data):
            count += 1
            if CODEC.decode(record).elements.get(24) == code:
                return count
    return count


async def test_all_records_go_out_and_the_figures_come_back() -> None:
    counted = []

    async def host(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        counted.append(await read_until(reader, "695"))
        writer.write(said("680", {"0300": FILE_ID, "0301": f"{2500:016d}", "0306": "00000004", "0402": "0000000002"}))

    async with sender_to(host) as sender:
        assert await sender.send(io.BytesIO(DAY)) == Receipt(True, FILE_ID, 4, 2, 2500)
    assert counted == [4]


async def test_a_host_that_rejects_early_is_heard_and_the_rest_stays_here() -> None:
    record = CODEC.encode(presentment(P9999="x" * 900))
    long = written([HEADER], VBS)[:-4] + (len(record).to_bytes(4, "big") + record) * 12_000  # more than sockets buffer

    async def host(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_until(reader, "697")
        writer.write(said("691", {"0005": "D0024100002000", "0138": "00000001"}, "no"))
        writer.write(said("699", {"0005": "D0024100002000"}, "no"))
        await writer.drain()
        await reader.read()

    async with sender_to(host) as sender:
        receipt = await sender.send(io.BytesIO(long))
    assert receipt == Receipt(False, indicator="D0024100002000", reason="no", record=1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "closed the connection without an answer"),
        (b"\xff\xff", "cannot be read: a frame of 65535 bytes"),
        (WIRE.wrap(b"garbage"), "cannot be read"),
    ],
)
async def test_a_host_without_a_word_that_can_be_read_is_silent(answer: bytes, why: str) -> None:
    async def host(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_until(reader, "695")
        writer.write(answer)

    async with sender_to(host) as sender:
        with pytest.raises(HostSilent, match=why):
            await sender.send(io.BytesIO(DAY))


async def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    async def host(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with sender_to(host) as sender:
        with pytest.raises(HostSilent, match=r"no answer within 0\.2 s"):
            await sender.send(io.BytesIO(DAY))


async def test_a_file_without_a_trailer_ends_with_the_connection() -> None:
    ended = asyncio.Event()

    async def host(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()

    async with sender_to(host) as sender:
        with pytest.raises(HostSilent, match="without an answer"):
            await sender.send(io.BytesIO(written([presentment()], FORM)))
    assert ended.is_set()


async def test_what_holds_no_records_is_never_sent() -> None:
    async def host(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""

    async with sender_to(host) as sender:
        with pytest.raises(UnreadableFile):
            await sender.send(io.BytesIO(b"nothing of the kind"))


async def test_nobody_there_is_said() -> None:
    with pytest.raises(HostUnreachable):
        async with ClearingSender("127.0.0.1", 1):
            pass
