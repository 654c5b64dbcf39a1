"""One connection that brings clearing files, as a state machine without I/O: bytes and the time in, events out.

Time is an argument, the next timer a return value. It gathers and bounds; what is in a file is not judged here. After
FileReceived the caller answers before it looks at the next event, so a sender may begin its next file at once.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from clearing.ipm.characters import CharacterSet
from clearing.transfer.answers import ErrorCode, Problem
from clearing.transfer.records import ADMINISTRATIVE, Kind, Sort, sorted_out

_LENGTH_BYTES = 4
"""What each record takes in the file beside itself."""


class Lost(Protocol):
    """Why a stream cannot be cut into records any more."""

    @property
    def reason(self) -> str: ...


class Cutter(Protocol):
    """Cuts the bytes of one connection into records (`switch.framing.FrameReader`)."""

    @property
    def lost(self) -> Lost | None: ...

    def feed(self, data: bytes) -> Sequence[bytes]: ...


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """Bounds of a file and of a silence (0: none)."""

    file_bytes: int
    file_records: int
    file_seconds: float
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class FileBegun:
    """A header has come: what belongs to this file follows."""

    file_id: str


@dataclass(frozen=True, slots=True, repr=False)
class RecordReceived:
    """A record of the open file, its header and trailer among them."""

    record: bytes
    mti: str

    def __repr__(self) -> str:
        return f"RecordReceived({self.mti}, {len(self.record)} bytes)"


@dataclass(frozen=True, slots=True)
class FileReceived:
    """Its trailer has come. `transactions`: how many of the records are no 1644."""

    file_id: str
    transactions: int


@dataclass(frozen=True, slots=True)
class FileRejected:
    """Nothing more will come of the open file, if there is one; the sender has to hear it. What is left of it is skipped."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class TransferOver:
    """The connection has to be closed; nothing is read of it any more."""

    why: str


Event = FileBegun | RecordReceived | FileReceived | FileRejected | TransferOver


class State(enum.Enum):
    """WAITING for a header, GATHERING a file, SKIPPING what is left of a rejected one, OVER."""

    WAITING = enum.auto()
    GATHERING = enum.auto()
    SKIPPING = enum.auto()
    OVER = enum.auto()


class _Act(enum.Enum):
    BEGIN = enum.auto()
    TAKE = enum.auto()
    END = enum.auto()
    REJECT = enum.auto()
    SKIP = enum.auto()


# Two laws: only a header opens a file, and a trailer always leaves none open. OVER reads nothing.
_NEXT: dict[tuple[State, Kind], tuple[_Act, State]] = {
    (State.WAITING, Kind.HEADER): (_Act.BEGIN, State.GATHERING),
    (State.WAITING, Kind.DETAIL): (_Act.REJECT, State.SKIPPING),
    (State.WAITING, Kind.GARBAGE): (_Act.REJECT, State.SKIPPING),
    (State.WAITING, Kind.TRAILER): (_Act.REJECT, State.WAITING),
    (State.GATHERING, Kind.HEADER): (_Act.REJECT, State.SKIPPING),
    (State.GATHERING, Kind.DETAIL): (_Act.TAKE, State.GATHERING),
    (State.GATHERING, Kind.GARBAGE): (_Act.REJECT, State.SKIPPING),
    (State.GATHERING, Kind.TRAILER): (_Act.END, State.WAITING),
    (State.SKIPPING, Kind.HEADER): (_Act.BEGIN, State.GATHERING),
    (State.SKIPPING, Kind.DETAIL): (_Act.SKIP, State.SKIPPING),
    (State.SKIPPING, Kind.GARBAGE): (_Act.SKIP, State.SKIPPING),
    (State.SKIPPING, Kind.TRAILER): (_Act.SKIP, State.WAITING),
}


class Receiver:
    """The receiving side of one connection."""

    def __init__(self, cutter: Cutter, limits: TransferLimits, now: float) -> None:
        self.state = State.WAITING
        self.character_set: CharacterSet = CharacterSet.CP500
        """Of the last header: what is answered is written in it."""
        self._cutter, self._limits = cutter, limits
        self._heard_at = self._begun_at = now
        self._file_id = ""
        self._bytes = self._records = self._transactions = 0

    def receive(self, data: bytes, now: float) -> list[Event]:
        """What the bytes complete, in order."""
        if self.state is State.OVER:
            return []
        self._heard_at = now
        events: list[Event] = []
        for record in self._cutter.feed(data):
            if record:  # an empty frame keeps a line alive
                events += self._taken(record, now)
        if self._cutter.lost is not None:
            events += self._end(ErrorCode.FRAMING, self._cutter.lost.reason)
        return events

    def next_timer(self) -> float | None:
        """When timeout() has to be called, unless something arrives before."""
        due = [self._heard_at + self._limits.idle_seconds] if self._limits.idle_seconds else []
        if self.state in (State.GATHERING, State.SKIPPING):
            due.append(self._begun_at + self._limits.file_seconds)
        return min(due, default=None) if self.state is not State.OVER else None

    def timeout(self, now: float) -> list[Event]:
        """What the passing of time brings about; nothing when it is too early."""
        due = self.next_timer()
        if due is None or now < due:
            return []
        if self.state is State.WAITING:
            self.state = State.OVER
            return [TransferOver("silent for too long")]
        return self._end(ErrorCode.TOO_SLOW, "the file was not whole in the time it may take")

    def give_up(self, reason: str) -> list[Event]:
        """We go: an open file is rejected, to be sent again."""
        return self._end(ErrorCode.NOT_NOW, reason) if self.state is not State.OVER else []

    def _taken(self, record: bytes, now: float) -> list[Event]:
        sort = sorted_out(record, self.character_set if self.state is State.GATHERING else None)
        if sort.kind is Kind.DETAIL and self.state is State.GATHERING and (problem := self._over_limit(record)):
            self.state = State.SKIPPING
            return [FileRejected(problem)]
        before = self.state
        act, self.state = _NEXT[self.state, sort.kind]
        match act:
            case _Act.BEGIN:
                return self._begin(record, sort, now)
            case _Act.TAKE:
                return [self._count(record, sort)]
            case _Act.END:
                return [self._count(record, sort), FileReceived(self._file_id, self._transactions)]
            case _Act.REJECT:
                return [FileRejected(self._out_of_place(sort, before, now))]
            case _Act.SKIP:
                return []

    def _begin(self, record: bytes, sort: Sort, now: float) -> list[Event]:
        assert sort.character_set is not None, "a header was read"
        self.character_set, self._file_id, self._begun_at = sort.character_set, sort.file_id, now
        self._bytes = self._records = self._transactions = 0
        return [FileBegun(self._file_id), self._count(record, sort)]

    def _count(self, record: bytes, sort: Sort) -> RecordReceived:
        self._bytes += len(record) + _LENGTH_BYTES
        self._records += 1
        self._transactions += sort.mti != ADMINISTRATIVE
        return RecordReceived(record, sort.mti)

    def _over_limit(self, record: bytes) -> Problem | None:
        for has, most, what in (
            (self._records + 1, self._limits.file_records, "records"),
            (self._bytes + len(record) + _LENGTH_BYTES, self._limits.file_bytes, "bytes"),
        ):
            if has > most:
                return Problem(ErrorCode.TOO_LARGE, f"more than the {most} {what} that a file may have here", self._file_id)
        return None

    def _out_of_place(self, sort: Sort, before: State, now: float) -> Problem:
        if before is State.WAITING:
            self._begun_at, self._file_id, self._records = now, "", 0
            self.character_set = sort.character_set or self.character_set
        place = self._records + 1
        if sort.kind is Kind.GARBAGE:
            return Problem(ErrorCode.NO_MESSAGE, sort.reason, self._file_id, place, sort.element, sort.tag)
        reason = "a second header" if sort.kind is Kind.HEADER else "comes before any header"
        return Problem(ErrorCode.OUT_OF_PLACE, reason, self._file_id, place, 24)

    def _end(self, code: ErrorCode, reason: str) -> list[Event]:
        was, self.state = self.state, State.OVER
        if was is State.GATHERING or code is ErrorCode.FRAMING:
            return [FileRejected(Problem(code, reason, self._file_id if was is State.GATHERING else "")), TransferOver(reason)]
        return [TransferOver(reason)]
