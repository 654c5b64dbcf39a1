"""One message from the door to its end, as values: how it came, and how its story ended."""

import time
from dataclasses import dataclass
from datetime import datetime

from switch.connection import Connection
from switch.iso8583 import Malformed, Message


@dataclass(slots=True)  # not frozen: made for every payment
class Arrival:
    """One message at the door."""

    message: Message
    message_id: int
    at: datetime
    received_at: float
    charset: str
    connection: Connection

    @property
    def seconds_left(self) -> float:
        """Of the one deadline that the message has, counted from its receipt."""
        return self.connection.profile.response_deadline_seconds - (time.perf_counter() - self.received_at)


@dataclass(slots=True)  # not frozen: made for every payment
class Told:
    """How a story ended: the reply (None where none is due), and the words for log and metrics."""

    reply: Message | None
    decision: str
    reason: str
    is_repeat: bool = False
    authorization_id: int | None = None


@dataclass(slots=True)  # not frozen: made for every payment
class Exchange:
    """A request and its answer, as they are kept for people. Still in clear: who keeps it masks it."""

    message_id: int
    link: str
    character_set: str
    arrived_at: datetime
    request: Message | Malformed
    answered_at: datetime
    reply: Message | None
