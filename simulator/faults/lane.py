"""One direction of one connection through the proxy: reads as fast as the rules allow, writes each piece at its time. I/O.

What is read waits in a bounded queue, so that a delay costs time and no throughput, and a slow receiver slows the sender.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field, replace

from simulator.faults.chooser import Action, Chooser, Cut, Direction, HalfClose, Write
from simulator.faults.plan import Phase, Rules

READ_BYTES = 65_536
# Reads that wait for their time, per direction: with 64 KiB each that is 1 MiB.
MOST_WAITING = 16
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Conditions:
    """What goes wrong now, for every connection alike."""

    def __init__(self) -> None:
        self.phase = Phase()
        self._changed = asyncio.Event()

    def change(self, phase: Phase) -> None:
        self.phase = phase
        self._changed.set()
        self._changed = asyncio.Event()

    def rules(self, direction: Direction) -> Rules:
        return self.phase.to_server if direction is Direction.TO_SERVER else self.phase.to_client

    def partition(self, direction: Direction, *, is_partitioned: bool) -> None:
        changed = replace(self.rules(direction), is_partitioned=is_partitioned)
        is_to_server = direction is Direction.TO_SERVER
        self.change(replace(self.phase, to_server=changed) if is_to_server else replace(self.phase, to_client=changed))

    async def passage(self, direction: Direction) -> None:
        """Waits for the end of a partition; who is told to end is cancelled here."""
        while self.rules(direction).is_partitioned:
            await self._changed.wait()


class Pair:
    """The two sockets of one connection."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self.is_over = asyncio.Event()
        self._writers = writers

    def reset(self) -> None:
        """RST to both sides: what is not delivered yet is lost."""
        for writer in self._writers:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()
        self.is_over.set()

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


@dataclass(frozen=True, slots=True)
class Lane:
    """From `reader` to `writer`."""

    direction: Direction
    chooser: Chooser
    conditions: Conditions
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pair: Pair
    waiting: "asyncio.Queue[tuple[float, list[Action]] | None]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    async def run(self) -> None:
        """Until the sender has ended and all is written, or the connection is reset."""
        reading = asyncio.get_running_loop().create_task(self._read())
        try:
            await self._write()
        except OSError:
            self.pair.reset()
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _read(self) -> None:
        try:
            while data := await self._next():
                if self.conditions.rules(self.direction).is_partitioned:
                    self.chooser.counts["held"] += 1
                await self.conditions.passage(self.direction)
                rules = self.conditions.rules(self.direction)
                await self._put(self.chooser.choose(data, rules))
                if rules.bytes_per_second:
                    await asyncio.sleep(len(data) / rules.bytes_per_second)
            await self._put(self.chooser.flush(self.conditions.rules(self.direction)))
            await self.waiting.put(None)
        except OSError:
            self.pair.reset()

    async def _next(self) -> bytes:
        """What one read gives, b"" at the end; units that wait to be joined leave when nothing comes in time."""
        while True:
            await self.conditions.passage(self.direction)
            rules = self.conditions.rules(self.direction)
            most = min(READ_BYTES, rules.bytes_per_second or READ_BYTES)
            try:
                async with asyncio.timeout(rules.join_seconds if self.chooser.is_holding else None):
                    return await self.reader.read(most)
            except TimeoutError:
                await self._put(self.chooser.flush(rules))

    async def _put(self, actions: list[Action]) -> None:
        if actions:
            await self.waiting.put((asyncio.get_running_loop().time(), actions))

    async def _write(self) -> None:
        while (found := await self.waiting.get()) is not None:
            arrived, actions = found
            for action in actions:
                await self._at(arrived + action.delay_seconds)
                if not await self._done(action):
                    return
        self._end()

    async def _at(self, due: float) -> None:
        if (seconds := due - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(seconds)
        await self.conditions.passage(self.direction)

    async def _done(self, action: Action) -> bool:
        """Whether there may be more."""
        match action:
            case Write(data):
                self.writer.write(data)
                await self.writer.drain()
                await asyncio.sleep(0)  # a piece is a piece: the loop hands each to the socket by itself
            case HalfClose():
                self._end()
            case Cut():
                self.pair.reset()
                return False
        return True

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self.writer.write_eof()
