"""Reads a clearing file to its end and says whether it may be taken in. Memory is flat; nothing is kept."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from clearing.ipm.messages import place
from clearing.ipm.proof import FileProof, ProofFlaw
from clearing.ipm.reader import PIECE_BYTES, Flaw, IpmReader
from clearing.ipm.recognition import FileForm


@dataclass(frozen=True, slots=True)
class ProvedFile:
    """A file whose every record is sound and whose header, numbers, count and checksum hold.

    `amount` is the sum of all DE 4; `has_end_mark`: the framing itself says that nothing is missing.
    """

    name: str
    file_id: str
    sha256: bytes
    size: int
    form: FileForm
    messages: int
    amount: int
    is_test: bool
    has_end_mark: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file the first fault lies, as far as it has a place: the record from 1, the byte from the file's start."""

    record: int | None = None
    element: int | None = None
    tag: str | None = None
    byte: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file is not taken: `reason` in one line with file and place, `why` without them. No content.

    `file_id`: of the header, where one was read. `is_passing`: nothing is wrong with the file itself.
    """

    reason: str
    why: str = ""
    place: Place = Place()
    file_id: str | None = None
    sha256: bytes | None = None
    is_passing: bool = False


def proved(stream: BinaryIO, name: str) -> ProvedFile | Refused:
    """Raises OSError where the stream cannot be read."""
    counted = _Counted(stream)
    reader = IpmReader(counted)  # type: ignore[arg-type]  # it only reads
    proof = FileProof()
    for record in reader:
        if isinstance(record, Flaw):
            bad = record.message
            where = Place(record.number, bad.element if bad else None, bad.tag if bad else None, record.offset)
            return _refused(record.sentence(name), record.reason, where, proof, counted)
        if wrong := proof.add(record.message):
            sentence = _sentence(name, wrong, f"record {record.number}, ", f", byte {record.offset}")
            where = Place(record.number, wrong.element, wrong.tag, record.offset)
            return _refused(sentence, wrong.reason, where, proof, counted)
    if wrong := proof.finish():
        return _refused(_sentence(name, wrong), wrong.reason, Place(), proof, counted)
    assert reader.form is not None, "records were read"
    return ProvedFile(
        name=name,
        file_id=proof.file_id,
        sha256=counted.digest(),
        size=counted.size,
        form=reader.form,
        messages=proof.messages,
        amount=proof.amount,
        is_test=proof.is_test,
        has_end_mark=reader.has_end_mark,
    )


def _refused(sentence: str, why: str, where: Place, proof: FileProof, counted: "_Counted") -> Refused:
    """The rest of the file is read for its hash, so that the same file is known when it comes again."""
    while counted.read(PIECE_BYTES):
        pass
    return Refused(sentence, why, where, proof.file_id or None, counted.digest())


class _Counted:
    """A stream that hashes and counts what is read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        self.size += len(data)
        return data

    def digest(self) -> bytes:
        return self._hash.digest()


def _sentence(name: str, wrong: ProofFlaw, where: str = "", offset: str = "") -> str:
    if wrong.tag is not None:
        where += f"PDS {wrong.tag}"
    elif wrong.element is not None:
        where += place(wrong.element, None)
    return f"{name}: {where}{offset}: {wrong.reason}" if where else f"{name}: {wrong.reason}"
