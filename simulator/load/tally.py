"""What happened to the messages of one step: counts and times, added up over reports and processes. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import orjson


@dataclass(slots=True)
class Tally:
    """`latencies` and `latenesses` count rounded microseconds. A latency runs from the planned moment of sending; of a message
    that was not answered in its limit it is the limit. A lateness is how long after its moment a message left."""

    planned: int = 0
    sent: int = 0
    unsent: int = 0
    """Not handed over, because the host took nothing more from the connection or the run was ended."""
    answered: int = 0
    sent_by_end: int = 0
    """By the end of the time in which messages were planned."""
    answered_by_end: int = 0
    unanswered: int = 0
    late: int = 0
    """Answers to messages that had been given up."""
    unmatched: int = 0
    """Replies that answer nothing we sent."""
    malformed: int = 0
    """Frames that are no message with DE 7 and DE 11."""
    unexpected: int = 0
    """Answers with another DE 39 than the kind of message lets expect."""
    lost_connections: int = 0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    """From the first planned moment to the end of sending."""
    codes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    latencies: Counter[int] = field(default_factory=Counter)
    latenesses: Counter[int] = field(default_factory=Counter)

    @property
    def in_flight(self) -> int:
        return self.sent - self.answered - self.unanswered

    def add(self, other: "Tally") -> None:
        """Processes run side by side, so the time is the longest one's."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, one.name, max(mine, theirs) if one.name == "seconds" else mine + theirs)

    def to_line(self) -> bytes:
        document = {one.name: getattr(self, one.name) for one in fields(self)}
        return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)


def from_document(document: Mapping[str, Any]) -> Tally:
    """The reverse of `to_line`, already parsed; keys that no tally has are left."""
    values = {one.name: document[one.name] for one in fields(Tally)}
    for name in ("codes", "kinds", "faults"):
        values[name] = Counter(values[name])
    for name in ("latencies", "latenesses"):
        values[name] = Counter({int(key): times for key, times in values[name].items()})
    return Tally(**values)
