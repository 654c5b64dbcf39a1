"""Writes a clearing file to a stream, record by record."""

from collections.abc import Iterable
from types import TracebackType
from typing import BinaryIO, Self

from clearing.ipm.codec import IpmCodec
from clearing.ipm.framing import Framer
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm


class IpmWriter:
    """A context manager that writes end mark and fill when it is left in order; the stream stays open."""

    def __init__(self, stream: BinaryIO, form: FileForm) -> None:
        self._stream = stream
        self._codec = IpmCodec(form.character_set)
        self._framer = Framer(form.framing)

    def write(self, message: IpmMessage) -> None:
        """Raises EncodeError for a message that cannot be written; nothing of it is."""
        self._stream.write(self._framer.record(self._codec.encode(message)))

    def write_all(self, messages: Iterable[IpmMessage]) -> None:
        for message in messages:
            self.write(message)

    def close(self) -> None:
        """Ends the file; nothing may be written afterwards."""
        self._stream.write(self._framer.end())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
