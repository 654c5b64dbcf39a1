"""What the receiver of a clearing file says of it: 1644/680 where it is kept, 1644/699 where it is rejected. Pure.

Records are notifications and are not answered one by one; the file is, once. Which PDS an acknowledgement carries, the
severity and the error codes are our own convention: no public source has them.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from clearing.ipm.messages import IpmMessage

ACKNOWLEDGEMENT, EXCEPTION, REJECTION = "680", "691", "699"
SEVERITY = "10"
"""Of every error: the whole file is rejected."""
_LONGEST_TEXT = 999


class ErrorCode(enum.Enum):
    """PDS 0005, third part. NOT_NOW alone is no fault of the file: the same may be sent again."""

    NO_MESSAGE = "0001"
    """A record that cannot be read."""
    OUT_OF_PLACE = "0002"
    """A record before a header, or a header within a file."""
    NOT_PROVED = "0003"
    """Numbers, order, count or checksum do not hold."""
    TEST_FILE = "0004"
    """PDS 0122 = T, and this is production."""
    OTHER_CONTENT = "0005"
    """This file id (PDS 0105) was taken in with other records."""
    TOO_LARGE = "0006"
    TOO_SLOW = "0007"
    NOT_NOW = "0008"
    """It could not be kept at the moment."""
    FRAMING = "0009"
    """The bytes cannot be cut into records any more; the connection is closed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file is rejected; `record` counts from 1. The reason names no content."""

    code: ErrorCode
    reason: str
    file_id: str = ""
    record: int | None = None
    element: int | None = None
    tag: str | None = None

    @property
    def indicator(self) -> str:
        """PDS 0005: element or PDS, severity, error code, subfield."""
        where = f"P{self.tag}" if self.tag is not None else f"D{self.element or 0:04d}"
        return f"{where}{SEVERITY}{self.code.value}000"


@dataclass(frozen=True, slots=True)
class Kept:
    """The figures of a file that is kept: of all its messages, of those that are no 1644, and the sum of all DE 4."""

    file_id: str
    messages: int
    transactions: int
    amount: int


def acknowledgement(kept: Kept) -> list[IpmMessage]:
    """The same for the same file, however often it comes."""
    pds = {
        "0300": kept.file_id,
        "0301": f"{kept.amount:016d}",
        "0306": f"{kept.messages:08d}",
        "0402": f"{kept.transactions:010d}",
    }
    return _numbered([(ACKNOWLEDGEMENT, pds, "")])


def rejection(problem: Problem) -> list[IpmMessage]:
    """One 1644/691 for the record at fault where there is one, then the 1644/699 that ends the file."""
    source = {"0280": problem.file_id} if problem.file_id else {}
    pds = {"0005": problem.indicator, **source}
    exceptions = [] if problem.record is None else [(EXCEPTION, {**pds, "0138": f"{problem.record:08d}"}, problem.reason)]
    return _numbered([*exceptions, (REJECTION, pds, problem.reason)])


def _numbered(said: Sequence[tuple[str, dict[str, str], str]]) -> list[IpmMessage]:
    return [
        IpmMessage("1644", {24: code, 71: f"{number:08d}", **({72: _plain(text)} if text else {})}, pds)
        for number, (code, pds, text) in enumerate(said, 1)
    ]


def _plain(text: str) -> str:
    """Characters that every character set of a clearing file has."""
    return text.encode("ascii", "replace").decode("ascii")[:_LONGEST_TEXT]
