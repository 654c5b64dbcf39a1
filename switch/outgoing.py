"""Requests that we send and the replies to them, matched by the full key and never by the STAN alone. Pure.

The key is the message class, DE 7, 11, 32 and 33, within one link. Time is an argument, the next timer a return value;
who waits is the caller's to say (any value). A reply nobody waits for is explained: what it differs in, and from which.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from switch.iso8583 import Message

MAX_REMEMBERED = 1000
"""Requests whose time is over, kept to tell a late reply from a foreign one: a few kilobytes, minutes at any rate."""

Waiter = TypeVar("Waiter")


class RequestKey(NamedTuple):
    """What a reply has to repeat. Institutions without the zeros that some fill in."""

    message_class: str
    transmitted: str
    stan: str
    acquirer: str
    forwarder: str

    def differences(self, other: "RequestKey") -> list[str]:
        """The elements that are not the same."""
        return [name for name, ours, theirs in zip(_NAMES, self, other, strict=True) if ours != theirs]

    def __str__(self) -> str:
        named = zip(_NAMES, self, strict=True)
        return " ".join(f"{name.replace(' ', '')}={value}" for name, value in named if value)


_NAMES = ("MTI", "DE 7", "DE 11", "DE 32", "DE 33")


def request_key(message: Message) -> RequestKey:
    """Of a request or of the reply to it: 0810 answers the class 0800, 0312 answers 0302."""
    mti = message.mti
    origin = f"{mti[:2]}{int(mti[2]) & ~1}{int(mti[3]) & ~1}" if mti.isascii() and mti.isdigit() else mti
    institutions = (message.text(number).strip().lstrip("0") for number in (32, 33))
    return RequestKey(origin, message.text(7), message.text(11), *institutions)


class Refusal(Enum):
    """Why a request may not be sent now."""

    TOO_MANY = "too_many"
    KEY_IN_USE = "key_in_use"


@dataclass(frozen=True, slots=True)
class Matched(Generic[Waiter]):
    """A reply to a request that is waiting."""

    waiter: Waiter
    seconds: float


@dataclass(frozen=True, slots=True)
class Late:
    """A reply to a request whose time was over this many seconds ago."""

    key: RequestKey
    seconds: float


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A reply to nothing of ours. nearest is the pending request that is most like it, None where none is pending."""

    key: RequestKey
    nearest: RequestKey | None
    differences: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """For the log: which key element differs from which pending request."""
        if self.nearest is None:
            return f"no request is pending that {self.key} could answer"
        return f"{self.key} differs in {', '.join(self.differences)} from the pending {self.nearest}"


@dataclass(frozen=True, slots=True)
class _Pending(Generic[Waiter]):
    waiter: Waiter
    sent_at: float
    due_at: float


class Outgoing(Generic[Waiter]):
    """The requests of one link that wait for their replies, on whichever connection these come."""

    def __init__(self, max_pending: int) -> None:
        self._max_pending = max_pending
        self._pending: dict[RequestKey, _Pending[Waiter]] = {}
        self._over: OrderedDict[RequestKey, float] = OrderedDict()

    @property
    def pending(self) -> int:
        return len(self._pending)

    def sent(self, message: Message, waiter: Waiter, now: float, timeout_seconds: float) -> Refusal | None:
        """Call before sending; a refused request must not be sent."""
        key = request_key(message)
        if len(self._pending) >= self._max_pending:
            return Refusal.TOO_MANY
        if key in self._pending:
            return Refusal.KEY_IN_USE
        self._over.pop(key, None)
        self._pending[key] = _Pending(waiter, now, now + timeout_seconds)
        return None

    def answered(self, reply: Message, now: float) -> Matched[Waiter] | Late | Unmatched:
        """Whose reply it is. Each request is answered once; a second reply is a late one."""
        key = request_key(reply)
        pending = self._pending.pop(key, None)
        if pending is not None:
            self._remember(key, now)
            return Matched(pending.waiter, now - pending.sent_at)
        if key in self._over:
            return Late(key, now - self._over[key])
        nearest = min(self._pending, key=lambda other: len(key.differences(other)), default=None)
        return Unmatched(key, nearest, tuple(key.differences(nearest)) if nearest is not None else ())

    def withdraw(self, message: Message, now: float) -> None:
        """Nobody waits any more; a reply that still comes is late."""
        key = request_key(message)
        if self._pending.pop(key, None) is not None:
            self._remember(key, now)

    def next_timer(self) -> float | None:
        """When timeout() has to be called, unless something changes before."""
        return min((pending.due_at for pending in self._pending.values()), default=None)

    def timeout(self, now: float) -> list[Waiter]:
        """Who has waited long enough."""
        over = [(key, pending) for key, pending in self._pending.items() if pending.due_at <= now]
        for key, pending in over:
            del self._pending[key]
            self._remember(key, pending.due_at)
        return [pending.waiter for _, pending in over]

    def _remember(self, key: RequestKey, at: float) -> None:
        self._over[key] = at
        while len(self._over) > MAX_REMEMBERED:
            self._over.popitem(last=False)
