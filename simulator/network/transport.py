"""One TCP connection to an issuer: whole payloads in, frames out. Every wait has a limit; what a payload means is not known."""

import asyncio
from collections.abc import AsyncIterator

from simulator.errors import HostSilent, HostUnreachable, reason_of
from switch.framing import FrameReader, Framing

READ_BYTES = 65_536
MOST_PER_TURN = 100
"""Messages of one read that are handed out before everybody else has a turn: a flood may not hold up the timers."""
MOST_UNSENT = 4 * 1024 * 1024
"""Bytes; with more the other side has stopped reading."""

HINT = "are port and profile the right ones?"


class Transport:
    """A connection that is open. `lost` says why it ended, once it has."""

    def __init__(self, name: str, framing: Framing, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.name = name
        self.framing = framing
        self.lost: str | None = None
        self._frames = FrameReader(framing)
        self._reader = reader
        self._writer = writer

    async def payloads(self) -> AsyncIterator[bytes]:
        """Until the connection ends, however it does; `lost` is set then. Run it as a task and cancel that to stop."""
        try:
            while data := await self._reader.read(READ_BYTES):
                for number, payload in enumerate(self._frames.feed(data), 1):
                    yield payload
                    if number % MOST_PER_TURN == 0:
                        await asyncio.sleep(0)
                if self._frames.lost is not None:
                    self._lose(f"{self.name} sends what cannot be cut into messages: {self._frames.lost.reason}; {HINT}")
                    return
            self._lose(f"{self.name} has closed the connection")
        except OSError as error:
            self._lose(f"{self.name} has cut the connection: {reason_of(error)}")
        finally:
            self.close()

    def send(self, frame: bytes) -> None:
        """Hands bytes to the socket. Raises HostSilent where the connection is gone or the host does not read."""
        if self.lost is not None or self._writer.is_closing():
            raise HostSilent(self.lost or f"{self.name} has closed the connection")
        if self._writer.transport.get_write_buffer_size() > MOST_UNSENT:
            self._lose(f"{self.name} does not read what it is sent")
            self._writer.transport.abort()
            raise HostSilent(f"{self.name} does not read what it is sent")
        self._writer.write(frame)

    async def drain(self) -> None:
        """Waits until the socket has taken most of it; the caller limits that. Raises HostSilent on a dead connection."""
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise HostSilent(f"{self.name} has closed the connection") from error

    def close(self) -> None:
        self._lose("closed from this side")
        self._writer.close()

    def _lose(self, why: str) -> None:
        """The first reason is the true one; the others follow from it."""
        self.lost = self.lost or why


async def dialed(host: str, port: int, framing: Framing, timeout_seconds: float) -> Transport:
    """Opens a connection. Raises HostUnreachable with the reason, at the latest after `timeout_seconds`."""
    name = f"{host}:{port}"
    try:
        async with asyncio.timeout(timeout_seconds):
            reader, writer = await asyncio.open_connection(host, port)
    except TimeoutError as error:
        raise HostUnreachable(f"{name} took no connection within {timeout_seconds:g} s") from error
    except OSError as error:
        raise HostUnreachable(f"{name} cannot be reached: {reason_of(error)}") from error
    return Transport(name, framing, reader, writer)
