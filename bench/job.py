"""What a load generator is told to send. Data only."""

from dataclasses import dataclass
from enum import StrEnum

from bench.frames import Frames


class Pace(StrEnum):
    OPEN = "open"
    """At a fixed rate, whatever comes back."""
    CLOSED = "closed"
    """A new message for every reply: with many in flight saturation, with one the latency of a lone message."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to send. `messages` 0: until `seconds` are over. `first`: the number of the first message."""

    host: str
    port: int
    frames: Frames
    pace: Pace
    first: int
    seconds: float = 0.0
    messages: int = 0
    rate: float = 0.0
    connections: int = 8
    inflight: int = 1
    patience_seconds: float = 15.0
