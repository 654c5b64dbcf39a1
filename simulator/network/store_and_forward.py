"""Advices that wait for the issuer: sent in order, one at a time, repeated until answered, given up after so many attempts.

Pure. When one may leave is decided in `core`.
"""

import enum
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.messages import ReplyKey, repeated, reply_key
from switch.iso8583 import Message

# 0130/0430 that say nothing about the advice but that the issuer could not take it now.
NOT_TAKEN = frozenset({"91", "96"})


class Fate(enum.Enum):
    """What became of an attempt."""

    TAKEN = "taken"
    KEPT = "kept"
    ABANDONED = "abandoned"


@dataclass(slots=True)
class Stored:
    """One advice with the ticket of the payment it is about."""

    message: Message
    ticket: int | None
    attempts: int = 0

    @property
    def key(self) -> ReplyKey:
        return reply_key(self.message)


class StoreAndForward:
    """The queue of one issuer."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._waiting: deque[Stored] = deque()
        self.abandoned: list[Stored] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting(self) -> Sequence[Stored]:
        return tuple(self._waiting)

    def put(self, message: Message, ticket: int | None, *, attempts: int = 0) -> None:
        """`attempts`: how often it has been sent already."""
        self._waiting.append(Stored(message, ticket, attempts))

    def next(self) -> tuple[Stored, Message]:
        """The oldest and how it is sent now: as it is the first time, as x1 of its MTI afterwards. Call on a filled queue."""
        stored = self._waiting[0]
        stored.attempts += 1
        return stored, stored.message if stored.attempts == 1 else repeated(stored.message)

    def answered(self, key: ReplyKey, code: str) -> tuple[Stored, Fate] | None:
        """The reply to an advice, also a late one. None where it is not stored any more."""
        stored = next((stored for stored in self._waiting if stored.key == key), None)
        if stored is None:
            return None
        if code in NOT_TAKEN:
            return stored, self._tried(stored)
        self._waiting.remove(stored)
        return stored, Fate.TAKEN

    def unanswered(self, key: ReplyKey) -> tuple[Stored, Fate] | None:
        stored = next((stored for stored in self._waiting if stored.key == key), None)
        return None if stored is None else (stored, self._tried(stored))

    def _tried(self, stored: Stored) -> Fate:
        if stored.attempts < self._attempts:
            return Fate.KEPT
        self._waiting.remove(stored)
        self.abandoned.append(stored)
        return Fate.ABANDONED
