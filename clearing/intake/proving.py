"""Reads a clearing file to its end and says whether it may be taken in. Memory is flat; nothing is kept."""

import enum
import hashlib
from dataclasses import dataclass, replace
from typing import BinaryIO

from authorizer.card_numbers import hide_card_numbers
from clearing.intake.naming import shown_name
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


class Cause(enum.Enum):
    """What kind of thing keeps a file out; BUSY alone is no fault of the file."""

    BROKEN = enum.auto()
    """A record that cannot be read, or bytes that are no records."""
    UNPROVED = enum.auto()
    """It does not keep to its own header and trailer."""
    TEST = enum.auto()
    """A test file, where only those of production are taken."""
    OTHER_CONTENT = enum.auto()
    """Another file is kept under this id."""
    BUSY = enum.auto()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file is not taken: `reason` in one line with file, record, element and byte, `why` without them. No content.

    `record` counts from 1, `byte` from the file's start; `file_id` is the header's as it may be shown,
    where one was read.
    """

    reason: str
    cause: Cause = Cause.UNPROVED
    record: int | None = None
    element: int | None = None
    tag: str | None = None
    byte: int | None = None
    why: str = ""
    file_id: str | None = None
    sha256: bytes | None = None


def proved(stream: BinaryIO, name: str) -> ProvedFile | Refused:
    """Raises OSError where the stream cannot be read."""
    counted = _Counted(stream)
    reader = IpmReader(counted)  # type: ignore[arg-type]  # it only reads
    proof = FileProof()
    for record in reader:
        if isinstance(record, Flaw):
            bad = record.message
            where = (bad.element, bad.tag) if bad else (None, None)
            said = record.sentence(name)
            return _refused(Refused(said, Cause.BROKEN, record.number, *where, record.offset, record.reason), proof, counted)
        if wrong := _shown(proof.add(record.message)):
            said = _sentence(name, wrong, f"record {record.number}, ", f", byte {record.offset}")
            place = (record.number, wrong.element, wrong.tag, record.offset)
            return _refused(Refused(said, Cause.UNPROVED, *place, wrong.reason), proof, counted)
    if wrong := proof.finish():
        said = _sentence(name, wrong)
        return _refused(Refused(said, Cause.UNPROVED, None, wrong.element, wrong.tag, None, wrong.reason), proof, counted)
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


def _shown(wrong: ProofFlaw | None) -> ProofFlaw | None:
    """A figure of the trailer is whatever the sender wrote, a card number too."""
    return replace(wrong, reason=hide_card_numbers(wrong.reason)) if wrong else None


def _refused(refused: Refused, proof: FileProof, counted: "_Counted") -> Refused:
    """The rest of the file is read for its hash, so that the same file is known when it comes again."""
    while counted.read(PIECE_BYTES):
        pass
    return replace(refused, file_id=shown_name(proof.file_id) or None, sha256=counted.digest())


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
