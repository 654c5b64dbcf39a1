"""What has been sent and is not answered yet; whose answer each reply is. Pure: times are arguments."""

from collections import deque

from simulator.load.deck import Slot
from simulator.load.percentiles import rounded
from simulator.load.reply_layout import ReplyReader, is_management_request
from simulator.load.tally import Tally

GIVEN_UP_KEPT = 100_000
NO_CODE = "none"
"""Shown where an answer has no DE 39."""

Sent = tuple[float, Slot]
"""The planned moment, and what it was."""


class InFlight:
    """Keeps the messages of one process. A repeat has its original's key, so several may wait under one; the first answer
    then is the first one's."""

    def __init__(self, limit_seconds: float, character_set: str) -> None:
        self.has_answers = False
        self._limit_seconds, self._character_set = limit_seconds, character_set
        self._replies = ReplyReader()
        self._waiting: dict[bytes, Sent] = {}
        self._behind: dict[bytes, deque[Sent]] = {}
        self._given_up: dict[bytes, None] = {}
        self._spelled: dict[bytes, str] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def sent(self, key: bytes, planned: float, slot: Slot) -> None:
        if key in self._waiting:
            self._behind.setdefault(key, deque()).append((planned, slot))
        else:
            self._waiting[key] = (planned, slot)

    def received(self, payloads: list[bytes], now: float, tally: Tally) -> list[bytes]:
        """Counts each as an answer, late, unmatched or malformed; gives back the host's own network management requests."""
        requests: list[bytes] = []
        read, waiting, spelled = self._replies.read, self._waiting, self._spelled
        latencies, codes = tally.latencies, tally.codes
        for payload in payloads:
            found = read(payload)
            if found is None:
                tally.malformed += 1
                continue
            key, code = found
            sent = waiting.pop(key, None)
            if sent is None:
                if is_management_request(payload):
                    requests.append(payload)
                else:
                    self._not_waiting(key, tally)
                continue
            if self._behind:
                self._move_up(key)
            planned, slot = sent
            latencies[rounded(now - planned)] += 1
            codes[spelled.get(code) or self._spell(code)] += 1
            tally.unexpected += code not in slot.expected
            tally.answered += 1
            self.has_answers = True
        return requests

    def give_up(self, now: float, tally: Tally) -> None:
        """Counts what has outlived its limit as unanswered, with the limit as its latency."""
        outlived = []
        for key, (planned, _) in self._waiting.items():  # in the order of sending
            if planned + self._limit_seconds > now:
                break
            outlived.append(key)
        for key in outlived:
            del self._waiting[key]
            self._move_up(key)
            self._given_up[key] = None
        tally.unanswered += len(outlived)
        if outlived:
            tally.latencies[rounded(self._limit_seconds)] += len(outlived)
        while len(self._given_up) > GIVEN_UP_KEPT:
            del self._given_up[next(iter(self._given_up))]

    def _not_waiting(self, key: bytes, tally: Tally) -> None:
        if key in self._given_up:
            del self._given_up[key]
            tally.late += 1
        else:
            tally.unmatched += 1

    def _move_up(self, key: bytes) -> None:
        if behind := self._behind.get(key):
            self._waiting[key] = behind.popleft()
            if not behind:
                del self._behind[key]

    def _spell(self, code: bytes) -> str:
        """DE 39 as text; what is no text is shown as bytes."""
        text = code.decode(self._character_set, errors="replace") if code else NO_CODE
        spelled = text if text.isascii() and text.isalnum() else code.hex()
        if len(self._spelled) < 1_000:
            self._spelled[code] = spelled
        return spelled
