"""What the processes of a load are told: the job once, then one step after the other. Data only."""

from dataclasses import dataclass
from enum import StrEnum

from simulator.load.deck import Deck
from switch.framing import Framing


class Pace(StrEnum):
    OPEN = "open"
    """At planned times, whatever comes back."""
    CLOSED = "closed"
    """A new message for every reply: with many in flight saturation, with one the latency of a lone message."""


@dataclass(frozen=True, slots=True)
class Job:
    """`connections` are of one process. `number` of `processes`: it plays every so manieth message. `clock` is the UTC time
    at which the monotonic clock read 0, the same for all processes. `limit_seconds`: how long an answer may take."""

    host: str
    port: int
    framing: Framing
    deck: Deck
    origin: int
    clock: float = 0.0
    connections: int = 8
    processes: int = 1
    number: int = 0
    limit_seconds: float = 8.0
    connect_seconds: float = 5.0
    signs_on: bool = False
    """Whether every connection begins with a sign-on (0800/061)."""


@dataclass(frozen=True, slots=True)
class Step:
    """`messages` from the number `first` on, `begins` on the monotonic clock. Open: one every 1 / `rate`. Closed:
    `inflight` per connection, for `seconds` or (0) until all are sent."""

    first: int
    messages: int
    begins: float
    rate: float = 0.0
    pace: Pace = Pace.OPEN
    inflight: int = 1
    seconds: float = 0.0
