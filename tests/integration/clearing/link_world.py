"""A clearing link on a real database: in this process, or in the process of its own that a switch would start."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
from integration.clearing.clearing_world import KEY

from cardline.clearing_link.job import Job
from cardline.clearing_link.process import profiles_of
from cardline.clearing_link.worker import ClearingLinks
from cardline.settings import Settings, load
from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Unframer
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import recognized
from simulator.settlement.sending import WIRE, ClearingSender, Receipt
from switch.framing import FrameReader

LINK = "clearing"
LISTENS = {"profile": "clearing", "listen": "127.0.0.1:0"}
PATIENCE_SECONDS = 30.0


def settings_for(dsn: str, **more: Any) -> Settings:
    """Of a system whose database this is; development keys unless others are given."""
    common = {"postgres_dsn": dsn, "token_key": "00" * 32, "clearing_key": KEY.hex(), "metrics_listen": "127.0.0.1:1"}
    return load(allow_test_keys=True, fallback={**common, "links": {LINK: LISTENS}, **more})


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


class OpenLink:
    """Where it listens, and what its senders do."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def send(self, *files: bytes) -> list[Receipt]:
        """One connection, one file after the other."""
        async with asyncio.timeout(PATIENCE_SECONDS), ClearingSender("127.0.0.1", self.port) as sender:
            return [await sender.send(io.BytesIO(content)) for content in files]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Sending"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        yield Sending(reader, writer)
        writer.close()


class Sending:
    """A connection whose every byte a test chooses."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader(WIRE)

    async def write(self, *records: bytes) -> None:
        self.writer.write(b"".join(map(WIRE.wrap, records)))
        await self.writer.drain()

    async def answers(self, count: int) -> list[IpmMessage]:
        """So many messages; fewer where the link closes before."""
        found: list[IpmMessage] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(found) < count and (data := await self.reader.read(65_536)):
                for record in self._frames.feed(data):
                    message = IpmCodec(CharacterSet.CP500).decode(record)
                    assert isinstance(message, IpmMessage)
                    found.append(message)
        return found


def records_of(content: bytes) -> list[bytes]:
    form = recognized(content, is_whole=True)
    assert not isinstance(form, str)
    return [record for _, record in Unframer(form.framing).feed(content)]


@asynccontextmanager
async def open_link(settings: Settings) -> AsyncIterator[OpenLink]:
    """In this process; at the end it is stopped as by SIGTERM."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    _, profiles = profiles_of(settings)
    links = ClearingLinks(Job(settings, profiles, datetime.now(UTC)), theirs)
    sock = listening()
    running = asyncio.create_task(links.run({LINK: sock}))
    try:
        yield OpenLink(sock.getsockname()[1])
    finally:
        links.stopping.set()
        await asyncio.wait_for(running, PATIENCE_SECONDS)
        for each in (ours, theirs, sock):
            each.close()


async def until_posted(connection: asyncpg.Connection, file_id: str) -> None:
    """Asks until the poster, which tells nobody, is through; fails after a while."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        query = "select is_posted from report.clearing_progress where file_id = $1"
        while not await connection.fetchval(query, file_id):
            await asyncio.sleep(0.05)
