"""What a network reports, and the frames it wants sent. Data; `Event` is one class with a closed set of kinds."""

import enum
from dataclasses import dataclass
from datetime import datetime

from switch.iso8583 import Message


class EventKind(enum.StrEnum):
    """What has happened. `request` and `message` of the event are given in brackets."""

    SENT = "sent"
    """A request, an advice or an 0800 has left [the message]."""
    ANSWERED = "answered"
    """The issuer's reply came in time; the acquirer gets it [request, reply]."""
    TIMED_OUT = "timed out"
    """No reply in time, or the connection was lost; `detail` says which [request]."""
    BAD_REPLY = "bad reply"
    """A reply in time that cannot be used; `detail` says why [request, what could be read of the reply]."""
    STOOD_IN = "stood in"
    """The network answered the acquirer itself; `detail` says why [request, the acquirer's reply]."""
    LATE_REPLY = "late reply"
    """The reply came after the time-out [request, reply]."""
    ACKNOWLEDGED = "acknowledged"
    """A 0180 or 0190 has left [request, acknowledgement]."""
    ADVICE_STORED = "advice stored"
    ADVICE_SENT = "advice sent"
    """`detail` is the number of the attempt [advice as sent]."""
    ADVICE_ANSWERED = "advice answered"
    ADVICE_UNANSWERED = "advice unanswered"
    ADVICE_ABANDONED = "advice abandoned"
    DRAINED = "drained"
    """Nothing is stored any more."""
    SIGNED_ON = "signed on"
    SIGNED_OFF = "signed off"
    SIGN_ON_REFUSED = "sign-on refused"
    ECHO_ANSWERED = "echo answered"
    ECHO_MISSED = "echo missed"
    ISSUER_ASKED = "issuer asked"
    """A request of the issuer's [its request, the network's answer]."""
    UNMATCHED = "unmatched"
    """A message that belongs to nothing [message]."""
    UNREADABLE = "unreadable"
    """Bytes that are no message; `detail` says where reading failed."""
    LINK_UP = "link up"
    LINK_LOST = "link lost"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `ticket` is what `submit` returned; advices carry the ticket of the payment they are about."""

    kind: EventKind
    at: datetime
    ticket: int | None = None
    link: int | None = None
    request: Message | None = None
    message: Message | None = None
    detail: str = ""
    seconds: float | None = None
    """From sending to reply."""

    @property
    def code(self) -> str:
        """DE 39 of the message, "" without one."""
        return self.message.text(39) if self.message else ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload to be framed and sent on that link."""

    link: int
    payload: bytes
    message: Message
