"""Sends clearing files over a link, record by record as they lie in the file, and waits for what the host says of each.

Nothing is judged or mended on the way: a flawed file arrives as flawed as it is. A host that rejects a file early is
heard at once, and the rest of the file stays here.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self

from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Unframer
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import HEAD_BYTES, FileForm, recognized
from simulator.errors import HostSilent, HostUnreachable, UnreadableFile, reason_of
from switch.framing import FrameReader, Framing

WIRE = Framing(max_frame=9216)
"""Two bytes of length in front, as the shipped profile has it."""
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 600.0
"""From the last record to the answer: the host reads the whole file again before it says that it has it."""
_READ_BYTES = 64 * 1024
_ACKNOWLEDGED, _FLAWED, _REJECTED = "680", "691", "699"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the host says of a file. Figures where it acknowledged, else PDS 0005 and the reason, and which record it was."""

    is_acknowledged: bool
    file_id: str = ""
    messages: int = 0
    transactions: int = 0
    amount: int = 0
    indicator: str = ""
    reason: str = ""
    record: int | None = None


class ClearingSender:
    """Use as a context: one connection, on which files go one after the other."""

    def __init__(self, host: str, port: int, wire: Framing = WIRE, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._host, self._port, self._wire, self._answer_seconds = host, port, wire, answer_seconds
        self._frames = FrameReader(wire)
        self._heard: list[bytes] = []

    async def __aenter__(self) -> Self:
        """Raises HostUnreachable."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        except OSError as error:
            raise HostUnreachable(f"{self._host}:{self._port}: {reason_of(error)}") from error
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._writer.close()

    async def send(self, stream: BinaryIO) -> Receipt:
        """Raises UnreadableFile where the bytes hold no records, HostSilent where no answer comes."""
        head = stream.read(HEAD_BYTES)
        form = recognized(head, is_whole=len(head) < HEAD_BYTES)
        if isinstance(form, str):
            raise UnreadableFile(form)
        answering = asyncio.ensure_future(self._receipt(IpmCodec(form.character_set)))
        try:
            sending = asyncio.ensure_future(self._push(stream, head, form))
            await asyncio.wait({sending, answering}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                await sending
            else:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            async with asyncio.timeout(self._answer_seconds):
                return await answering
        except TimeoutError:
            raise HostSilent(f"no answer within {self._answer_seconds:g} s") from None
        except (ConnectionError, OSError) as error:
            raise HostSilent(f"the connection was lost: {reason_of(error)}") from error
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def _push(self, stream: BinaryIO, head: bytes, form: FileForm) -> None:
        last = b""
        for records in _pieces(stream, head, form):
            last = records[-1]
            self._writer.write(b"".join(map(self._wire.wrap, records)))
            await self._writer.drain()
        message = IpmCodec(form.character_set).decode(last)
        if message.elements.get(24) != "695" and self._writer.can_write_eof():
            self._writer.write_eof()  # without a trailer no answer would ever come

    async def _receipt(self, codec: IpmCodec) -> Receipt:
        """Up to the message that ends the answer."""
        record: int | None = None
        while True:
            while not self._heard:
                data = await self._reader.read(_READ_BYTES)
                if not data:
                    raise HostSilent("the host closed the connection without an answer")
                self._heard += self._frames.feed(data)
                if self._frames.lost is not None:
                    raise HostSilent(f"the host's answer cannot be read: {self._frames.lost.reason}")
            message = codec.decode(self._heard.pop(0))
            if not isinstance(message, IpmMessage):
                raise HostSilent("the host's answer cannot be read")
            match message.function_code:
                case code if code == _FLAWED:
                    record = int(message.pds.get("0138", "0"))
                case code if code == _REJECTED:
                    pds = message.pds
                    return Receipt(
                        False, pds.get("0280", ""), indicator=pds.get("0005", ""), reason=message.text(72), record=record
                    )
                case code if code == _ACKNOWLEDGED:
                    return _acknowledged(message.pds)


def _acknowledged(pds: dict[str, str]) -> Receipt:
    messages, transactions, amount = [int(pds.get(tag, "0")) for tag in ("0306", "0402", "0301")]
    return Receipt(True, pds.get("0300", ""), messages, transactions, amount)


def _pieces(stream: BinaryIO, head: bytes, form: FileForm) -> Iterator[list[bytes]]:
    """The file's records, as many at a time as a piece of it holds."""
    unframer, piece = Unframer(form.framing), head
    while piece:
        if records := [record for _, record in unframer.feed(piece)]:
            yield records
        if unframer.flaw is not None:
            raise UnreadableFile(f"byte {unframer.flaw.offset}: {unframer.flaw.reason}")
        piece = stream.read(_READ_BYTES)
