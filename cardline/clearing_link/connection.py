"""One connection of a clearing link: bytes to the receiver, records to a spool, answers back. I/O without decisions.

While a file is judged nothing is read, so TCP holds the sender. Whatever ends the connection before a trailer came,
nothing of the file stays.
"""

import asyncio
import contextlib
import enum
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from clearing.errors import ClearingError
from clearing.intake.keeping import Taken
from clearing.intake.naming import shown_name
from clearing.intake.proving import Cause, Refused
from clearing.intake.spool import SealedSpool
from clearing.intake.taking import TakenIn, TurnedAway
from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Framer, Framing
from clearing.ipm.messages import IpmMessage
from clearing.transfer.answers import ErrorCode, Kept, Problem, acknowledgement, rejection
from clearing.transfer.metering import IntakeMeter
from clearing.transfer.receiving import (
    Event,
    FileBegun,
    FileReceived,
    FileRejected,
    Receiver,
    RecordReceived,
    State,
    TransferLimits,
    TransferOver,
)
from switch.framing import FrameReader
from switch.profile import NetworkProfile

READ_BYTES = 64 * 1024
WRITE_SECONDS = 30.0
"""For an answer of a few hundred bytes; a sender that does not take it in this time is gone."""
LINGER_SECONDS = 1.0
"""After the last answer, reading and dropping: closing over unread bytes could take the answer with it."""
_FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ClearingError, TimeoutError)
_CODES = {
    Cause.BROKEN: ErrorCode.NO_MESSAGE,
    Cause.UNPROVED: ErrorCode.NOT_PROVED,
    Cause.TEST: ErrorCode.TEST_FILE,
    Cause.OTHER_CONTENT: ErrorCode.OTHER_CONTENT,
    Cause.BUSY: ErrorCode.NOT_NOW,
}

log = structlog.get_logger("cardline.clearing_link.connection")

Intake = Callable[[SealedSpool], Awaitable[TakenIn | TurnedAway]]
"""Judges a whole file and keeps it."""
Refusals = Callable[[Refused], Awaitable[None]]
"""Puts on record what never came to be judged."""


class FileEnd(enum.StrEnum):
    """What became of a file; a metric's label."""

    KEPT = "kept"
    KNOWN = "known"
    REJECTED = "rejected"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Place:
    """What all connections of a link share. `stopping` is set once, when the process has to go."""

    link: str
    profile: NetworkProfile
    intake: Intake
    refusals: Refusals
    meter: IntakeMeter
    stopping: asyncio.Event


class ClearingConnection:
    """Serve it once; it ends when the sender leaves, is silent, loses its framing, or the process has to go."""

    def __init__(self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._place, self._reader, self._writer = place, reader, writer
        host, port = (writer.get_extra_info("peername") or ("", ""))[:2]
        self._peer = f"{host}:{port}"
        profile = place.profile
        limits = TransferLimits(
            profile.max_file_bytes, profile.max_file_records, profile.max_file_seconds, profile.idle_timeout_seconds
        )
        self._receiver = Receiver(FrameReader(profile.framing), limits, time.monotonic())
        self._framer = Framer(Framing.VBS)
        self._spool: SealedSpool | None = None
        self._file_id = ""
        self._counts: Counter[str] = Counter()

    async def serve(self) -> None:
        """Raises ConnectionError where the sender is gone without a word."""
        try:
            while self._receiver.state is not State.OVER:
                events = await self._events()
                if events is None:
                    await self._record_cut()
                    break
                for event in events:
                    await self._act(event)
                self._tell_counts()
            await self._linger()
        except ConnectionError:
            await self._record_cut()
            raise
        finally:
            if self._spool is not None:
                self._place.meter.clearing_file(self._place.link, FileEnd.CUT)
                log.warning("clearing_file_cut", link=self._place.link, peer=self._peer, bytes=self._spool.size)
            self._drop()

    async def _events(self) -> list[Event] | None:
        """Those of what comes next; None at the stream's end."""
        receiver = self._receiver
        due = receiver.next_timer()
        reading = asyncio.ensure_future(self._reader.read(READ_BYTES))
        stopping = asyncio.ensure_future(self._place.stopping.wait())
        try:
            wait = None if due is None else max(0.0, due - time.monotonic())
            await asyncio.wait({reading, stopping}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                return receiver.give_up("the receiver stops; send the file again")
            if not reading.done():
                return receiver.timeout(time.monotonic())
            data = reading.result()
            return receiver.receive(data, time.monotonic()) if data else None
        finally:
            for waiting in (reading, stopping):
                waiting.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)

    async def _act(self, event: Event) -> None:
        match event:
            case FileBegun(file_id):
                self._drop()
                self._spool, self._file_id = SealedSpool(), file_id
            case RecordReceived(record, mti):
                self._counts[mti] += 1
                await self._write(self._framer.record(record))
            case FileReceived():
                await self._judge(event)
            case FileRejected(problem):
                await self._record(problem)
                await self._reject(problem)
            case TransferOver(why):
                log.info("clearing_connection_over", link=self._place.link, peer=self._peer, why=why)

    async def _write(self, data: bytes) -> None:
        """Where that fails the file is rejected at once; what still comes of it meets no spool."""
        if self._spool is None:
            return
        try:
            self._spool.write(data)
        except OSError as error:
            await self._reject(Problem(ErrorCode.NOT_NOW, f"cannot be spooled: {error.strerror}", self._file_id))

    async def _judge(self, received: FileReceived) -> None:
        await self._write(self._framer.end())
        if self._spool is None:
            return
        try:
            taken = await self._place.intake(self._spool)
        except _FAILURES as error:
            log.warning("clearing_file_not_kept", link=self._place.link, why=type(error).__name__)
            await self._reject(Problem(ErrorCode.NOT_NOW, "cannot be kept at the moment", received.file_id))
            return
        if isinstance(taken, TurnedAway):
            await self._reject(_problem(taken.refused, received.file_id))
            return
        self._drop()
        file, is_new = taken.file, isinstance(taken.outcome, Taken)
        self._tell(FileEnd.KEPT if is_new else FileEnd.KNOWN, file_id=shown_name(file.file_id), messages=file.messages)
        await self._answer(acknowledgement(Kept(file.file_id, file.messages, received.transactions, file.amount)))

    async def _reject(self, problem: Problem) -> None:
        self._drop()
        if problem.code in (ErrorCode.NO_MESSAGE, ErrorCode.FRAMING):
            self._place.meter.malformed(self._place.link)
        self._tell(FileEnd.REJECTED, file_id=shown_name(problem.file_id), code=problem.code.name.lower(), reason=problem.reason)
        await self._answer(rejection(problem))

    async def _record_cut(self) -> None:
        if self._spool is not None:
            await self._record(Problem(ErrorCode.OUT_OF_PLACE, "the connection ended before its trailer came", self._file_id))

    async def _record(self, problem: Problem) -> None:
        """As a file's refusal: not where it is none of the file's, nor where bytes are no records and no file was begun."""
        if problem.code is ErrorCode.NOT_NOW or (problem.code is ErrorCode.FRAMING and self._spool is None):
            return
        why, file_id = problem.reason, shown_name(problem.file_id) or None
        refused = Refused(why, Cause.BROKEN, problem.record, problem.element, problem.tag, why=why, file_id=file_id)
        try:
            await self._place.refusals(refused)
        except _FAILURES as error:
            log.warning("clearing_refusal_not_kept", link=self._place.link, why=type(error).__name__)

    async def _answer(self, messages: Sequence[IpmMessage]) -> None:
        codec, framing = IpmCodec(self._receiver.character_set), self._place.profile.framing
        self._writer.write(b"".join(framing.wrap(codec.encode(message)) for message in messages))
        for message in messages:
            self._place.meter.clearing_records(self._place.link, message.mti, "out", 1)
        async with asyncio.timeout(WRITE_SECONDS):
            await self._writer.drain()

    async def _linger(self) -> None:
        """At our end of it; where the sender has left there is nothing to read."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while await self._reader.read(READ_BYTES):
                    pass

    def _tell(self, end: FileEnd, **about: object) -> None:
        self._place.meter.clearing_file(self._place.link, end)
        log.info("clearing_file", link=self._place.link, peer=self._peer, outcome=end.value, **about)

    def _tell_counts(self) -> None:
        for mti, count in self._counts.items():
            self._place.meter.clearing_records(self._place.link, mti, "in", count)
        self._counts.clear()

    def _drop(self) -> None:
        if self._spool is not None:
            self._spool.close()
            self._spool = None


def _problem(refused: Refused, file_id: str) -> Problem:
    return Problem(_CODES[refused.cause], refused.reason, file_id, refused.record, refused.element, refused.tag)
