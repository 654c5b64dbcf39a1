"""What has been sent and waits for its reply, until when; and what has timed out but may still be answered late. Pure.

Replies are matched by MTI, DE 7, 11, 32 and 33, on whichever connection they come.
"""

import enum
import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.messages import ReplyKey, reply_key
from switch.iso8583 import Message


class Purpose(enum.Enum):
    """What a reply means depends on what was sent."""

    REQUEST = "request"
    ADVICE = "advice"
    SIGN_ON = "sign-on"
    SIGN_OFF = "sign-off"
    ECHO = "echo"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Open:
    """One message that waits for its reply."""

    purpose: Purpose
    message: Message
    link: int
    sent_at: datetime
    until: datetime
    ticket: int | None = None

    @property
    def key(self) -> ReplyKey:
        return reply_key(self.message)

    def seconds(self, now: datetime) -> float:
        return (now - self.sent_at).total_seconds()


class OpenRequests:
    """The same key may be open more than once: a repeat is sent with the key of its original, oldest is answered first."""

    def __init__(self, late_seconds: float) -> None:
        self._late_for = timedelta(seconds=late_seconds)
        self._open: dict[ReplyKey, deque[Open]] = defaultdict(deque)
        self._late: dict[ReplyKey, Open] = {}
        self._due: list[tuple[datetime, int, Open]] = []
        self._added = 0
        self._counts: Counter[Purpose] = Counter()

    def add(self, found: Open) -> None:
        self._counts[found.purpose] += 1
        self._open[found.key].append(found)
        self._added += 1
        heapq.heappush(self._due, (found.until, self._added, found))

    def answered(self, key: ReplyKey) -> Open | None:
        """The oldest that this reply answers; it is no longer open."""
        waiting = self._open.get(key)
        return self._taken(waiting[0]) if waiting else None

    def answered_late(self, key: ReplyKey) -> Open | None:
        """What timed out and is answered now, once."""
        return self._late.pop(key, None)

    def next_timer(self) -> datetime | None:
        self._forget_answered()
        return self._due[0][0] if self._due else None

    def overdue(self, now: datetime) -> Iterator[Open]:
        """Each that has waited long enough; it may be answered late from here on."""
        self._late = {key: late for key, late in self._late.items() if late.until + self._late_for > now}
        while (due := self.next_timer()) is not None and due <= now:
            yield self._given_up(heapq.heappop(self._due)[2])

    def lost(self, link: int) -> Iterator[Open]:
        """Each that was sent over a connection that is gone."""
        for found in [found for waiting in self._open.values() for found in waiting if found.link == link]:
            yield self._given_up(found)

    def is_waiting_for(self, purpose: Purpose) -> bool:
        return self._counts[purpose] > 0

    def _given_up(self, found: Open) -> Open:
        self._late[found.key] = found
        return self._taken(found)

    def _taken(self, found: Open) -> Open:
        waiting = self._open[found.key]
        waiting.remove(found)
        self._counts[found.purpose] -= 1
        if not waiting:
            del self._open[found.key]
        return found

    def _forget_answered(self) -> None:
        while self._due and not any(found is self._due[0][2] for found in self._open.get(self._due[0][2].key, ())):
            heapq.heappop(self._due)
