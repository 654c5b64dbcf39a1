"""Decides what becomes of the bytes of one direction of one connection: seed and bytes in, actions out. Pure.

For each unit the same number of draws is made whatever the rules are, so that switching one fault on moves no other.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from simulator.faults.plan import Rules, Unit
from switch.framing import FrameReader, Framing


class Direction(Enum):
    """Seen from whoever dialled the proxy."""

    TO_SERVER = "to server"
    TO_CLIENT = "to client"


@dataclass(frozen=True, slots=True)
class Write:
    """One write of its own, so many seconds after the bytes came."""

    data: bytes
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is reset, both ways."""

    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HalfClose:
    """The receiver is told that nothing more comes; whatever does is thrown away."""

    delay_seconds: float = 0.0


Action = Write | Cut | HalfClose


class Chooser:
    """One direction of the `connection`th connection."""

    def __init__(self, seed: int, connection: int, direction: Direction) -> None:
        self.counts: Counter[str] = Counter()
        self._rng = random.Random(f"{seed}/{connection}/{direction.value}")  # noqa: S311 - the same seed plays the same faults
        self._joined: list[bytes] = []
        self._framing = Framing(max_frame=65_535)
        self._frames = FrameReader(self._framing)
        self._passed = 0
        self._is_over = False

    @property
    def is_holding(self) -> bool:
        """Units wait to be joined with later ones: call `flush` after `join_seconds` without any."""
        return bool(self._joined)

    def choose(self, data: bytes, rules: Rules) -> list[Action]:
        """What to do with what one read gave, in order. After a cut or a half-close: nothing any more."""
        return [action for unit in self._units(data, rules) for action in self._unit(unit, rules)]

    def flush(self, rules: Rules) -> list[Action]:
        """What waits to be joined leaves as it is. What is left of a frame at the end of the stream is lost with it."""
        joined, self._joined = b"".join(self._joined), []
        return self._written(joined, 0.0, rules) if joined and not self._is_over else []

    def _units(self, data: bytes, rules: Rules) -> Iterator[bytes]:
        if rules.unit is Unit.READ:
            yield data
        else:
            yield from (self._framing.wrap(payload) for payload in self._frames.feed(data))

    def _unit(self, unit: bytes, rules: Rules) -> list[Action]:
        delay = rules.delay_seconds + self._rng.random() * rules.jitter_seconds
        is_cut, is_dropped, is_corrupt = (self._rng.random() < share for share in (rules.cut, rules.drop, rules.corrupt))
        bit = self._rng.randrange(8 * len(unit))
        if self._is_over:
            return []
        self.counts["units"] += 1
        if is_cut:
            return [*self.flush(rules), self._cut(delay)]
        if is_dropped:
            self.counts["dropped"] += 1
            return []
        if is_corrupt:
            self.counts["corrupted"] += 1
            unit = _turned(unit, bit)
        self._joined.append(unit)
        if len(self._joined) < rules.join:
            return []
        joined, self._joined = b"".join(self._joined), []
        return self._written(joined, delay, rules)

    def _written(self, data: bytes, delay: float, rules: Rules) -> list[Action]:
        limits = [limit for limit in (rules.cut_after_bytes, rules.half_close_after_bytes) if limit]
        room = min(limits, default=None)
        passing = data if room is None else data[: max(0, room - self._passed)]
        self._passed += len(passing)
        size = rules.split or len(passing) or 1
        actions: list[Action] = [Write(passing[at : at + size], delay) for at in range(0, len(passing), size)]
        self.counts["bytes"] += len(passing)
        if room is not None and self._passed >= room:
            actions.append(self._cut(delay) if room == rules.cut_after_bytes else self._half_closed(delay))
        return actions

    def _cut(self, delay: float) -> Cut:
        self._is_over = True
        self.counts["cut"] += 1
        return Cut(delay)

    def _half_closed(self, delay: float) -> HalfClose:
        self._is_over = True
        self.counts["half-closed"] += 1
        return HalfClose(delay)


def _turned(unit: bytes, bit: int) -> bytes:
    """One bit of it the other way round."""
    changed = bytearray(unit)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
