"""Plays steps of a load over the connections of one process: one thread on select(), whose time limits are finer than a
millisecond, and little work per message, so that what is measured is the other side.

Latency counts from the moment a message was to be sent, not from when it could be (coordinated omission), and ends when
its reply has been read. How late messages leave is counted too: it is what the generator itself adds.
"""

import math
import select
import time
from collections.abc import Sequence
from typing import Protocol

from simulator.load.channel import WAITING_BYTES, Channel
from simulator.load.composing import Composer
from simulator.load.in_flight import InFlight
from simulator.load.job import Job, Pace, Step
from simulator.load.management import ManagementDesk
from simulator.load.percentiles import rounded
from simulator.load.tally import Tally

TURN_MESSAGES = 64
"""Sent at most before replies are looked at again: what is behind its time is caught up in bites."""
LOOK_SECONDS = 0.1
"""Between two looks at what has outlived its limit, and at whoever wants a report."""
CATCH_UP_SECONDS = 2.0
"""After the end of a step, for messages that are behind their time. What has not left then is not sent: a generator that is
asked for more than it can do would otherwise go on for ever."""


class Listener(Protocol):
    """Whoever started the generator."""

    def reported(self, tally: Tally) -> bool:
        """The tally since the last one that was taken; True takes it. Never blocks."""

    def is_stopped(self) -> bool:
        """Whether to end now."""


class Generator:
    """Numbers and connections stay from step to step."""

    def __init__(self, job: Job, listener: Listener) -> None:
        """Opens all connections. Raises HostUnreachable."""
        self._job, self._listener = job, listener
        self._channels = [Channel(job.host, job.port, job.framing, job.connect_seconds) for _ in range(job.connections)]
        self._by_descriptor = {channel.descriptor: channel for channel in self._channels}
        self._desk = ManagementDesk(job.deck.character_set, job.framing, job.limit_seconds)
        for number, channel in enumerate(self._channels if job.signs_on else ()):
            self._desk.sign_on(channel, number * job.processes + job.number)
        self._composer = Composer(job.deck, job.origin, self._second_of)
        self._in_flight = InFlight(job.limit_seconds, job.deck.character_set)
        self._steps: list[Step] = []
        self._tally = Tally()
        self._sent = self._answered = 0
        self._is_going = True
        self._next_look = 0.0

    def play(self, step: Step) -> Tally:
        """What was not reported yet when every message was answered or given up."""
        cpu = time.process_time()
        self._steps.append(step)
        self._sent, self._answered, self._is_going = 0, 0, bool(self._channels)
        mine = range(self._job.number, step.messages, self._job.processes)
        self._tally.planned += len(mine)
        self._until(step.begins)
        if step.pace is Pace.OPEN:
            self._open_loop(step, mine)
        else:
            self._closed_loop(step, mine)
        self._drain()
        self._tally.cpu_seconds += time.process_time() - cpu
        last, self._tally = self._tally, Tally()
        return last

    def close(self) -> None:
        for channel in self._channels:
            channel.close()

    def _open_loop(self, step: Step, mine: Sequence[int]) -> None:
        at, gap, ends = 0, 1.0 / step.rate, step.begins + step.messages / step.rate
        is_over = False
        while self._is_going and (at < len(mine) or not is_over):
            now = time.perf_counter()
            if now > ends + CATCH_UP_SECONDS:
                break
            if now >= ends and not is_over:
                is_over = True
                self._ended(now - step.begins)
            due = math.floor(((now - step.begins) / gap - self._job.number) / self._job.processes) + 1
            bite = mine[at : max(at, min(due, at + TURN_MESSAGES))]
            if bite:
                self._send(step, bite, gap)
                at += len(bite)
            following = step.begins + mine[at] * gap if at < len(mine) else ends
            self._turn(following - time.perf_counter())
        if not is_over:
            self._ended(time.perf_counter() - step.begins)

    def _closed_loop(self, step: Step, mine: Sequence[int]) -> None:
        assert not self._job.deck.follows_up, "what follows up needs planned times"
        ends, at = step.begins + step.seconds if step.seconds else math.inf, 0
        for channel in tuple(self._channels):
            at += self._send_on(channel, step, mine[at : at + step.inflight])
        progress = time.perf_counter()
        while self._is_going and at < len(mine) and (now := time.perf_counter()) < ends:
            for channel, answers in self._turn(min(LOOK_SECONDS, ends - now)):
                at += self._send_on(channel, step, mine[at : at + answers])
                progress = now
            if now - progress > self._job.limit_seconds:
                self._give_in("no reply for too long")
        self._ended(time.perf_counter() - step.begins)

    def _ended(self, seconds: float) -> None:
        """The time in which messages are planned is over."""
        self._tally.seconds = seconds
        self._tally.sent_by_end, self._tally.answered_by_end = self._sent, self._answered

    def _drain(self) -> None:
        ends = time.perf_counter() + self._job.limit_seconds + LOOK_SECONDS
        while self._is_going and self._in_flight and time.perf_counter() < ends:
            self._turn(LOOK_SECONDS)
        if not self._channels:
            self._in_flight.give_up(math.inf, self._tally)

    def _until(self, moment: float) -> None:
        while self._is_going and (left := moment - time.perf_counter()) > 0:
            self._turn(min(left, LOOK_SECONDS))

    def _send(self, step: Step, bite: Sequence[int], gap: float) -> None:
        """Together what goes over one connection."""
        channels, tally, compose = self._channels, self._tally, self._composer.compose
        frames: dict[Channel, list[bytes]] = {}
        moments = []
        for index in bite:
            channel = channels[index // self._job.processes % len(channels)]
            if len(channel.output) > WAITING_BYTES:
                tally.unsent += 1
                continue
            frame, key, slot = compose(step.first + index)
            planned = step.begins + index * gap
            self._in_flight.sent(key, planned, slot)
            tally.kinds[slot.kind] += 1
            frames.setdefault(channel, []).append(frame)
            moments.append(planned)
        tally.sent += len(moments)
        self._sent += len(moments)
        for channel, batch in frames.items():
            self._hand_over(channel, batch)
        now = time.perf_counter()
        for planned in moments:
            tally.latenesses[rounded(now - planned)] += 1

    def _send_on(self, channel: Channel, step: Step, bite: Sequence[int]) -> int:
        """At once, over this connection."""
        frames, now = [], time.perf_counter()
        for index in bite:
            frame, key, slot = self._composer.compose(step.first + index)
            self._in_flight.sent(key, now, slot)
            frames.append(frame)
        self._tally.sent += len(frames)
        self._sent += len(frames)
        self._hand_over(channel, frames)
        return len(frames)

    def _hand_over(self, channel: Channel, frames: list[bytes]) -> None:
        channel.send(b"".join(frames))
        if channel.closed:
            self._next_look = 0.0

    def _turn(self, timeout: float) -> list[tuple[Channel, int]]:
        """Takes what comes within the time limit; the connections that brought replies, with how many."""
        found = self._by_descriptor
        blocked = [descriptor for descriptor, channel in found.items() if channel.output]
        readable, writable, _ = select.select(found, blocked, (), min(max(0.0, timeout), LOOK_SECONDS))
        for descriptor in writable:
            found[descriptor].send()
        brought = [(channel, self._receive(channel)) for channel in map(found.__getitem__, readable)]
        if (now := time.perf_counter()) >= self._next_look:
            self._look(now)
        return [(channel, answers) for channel, answers in brought if not channel.closed]

    def _receive(self, channel: Channel) -> int:
        payloads = channel.receive()
        if channel.closed:
            self._next_look = 0.0
        before = self._tally.answered
        for request in self._in_flight.received(payloads, time.perf_counter(), self._tally):
            if answer := self._desk.answer(request):
                channel.send(answer)
        self._answered += self._tally.answered - before
        return len(payloads)

    def _look(self, now: float) -> None:
        self._next_look = now + LOOK_SECONDS
        if any(channel.closed for channel in self._channels):
            self._forget_closed()
        self._in_flight.give_up(now, self._tally)
        if self._tally.unanswered and not self._in_flight.has_answers:
            self._give_in(f"no answer at all within {self._job.limit_seconds:g} s")
        if self._listener.is_stopped():
            self._is_going = False
        if self._listener.reported(self._tally):
            self._tally = Tally()

    def _forget_closed(self) -> None:
        """What was in flight on them stays unanswered. Without connections there is nothing left to do."""
        for channel in self._channels:
            if channel.closed:
                channel.close()
                self._tally.lost_connections += 1
                self._tally.faults[channel.closed] += 1
        self._channels = [channel for channel in self._channels if not channel.closed]
        self._by_descriptor = {channel.descriptor: channel for channel in self._channels}
        if not self._channels:
            self._is_going = False

    def _give_in(self, reason: str) -> None:
        self._tally.faults[reason] += 1
        self._is_going = False

    def _second_of(self, number: int) -> int:
        """UTC, by the plan of the step that the number belongs to; in a closed loop now."""
        step = self._steps[-1]
        if number < step.first:
            step = next(step for step in reversed(self._steps) if step.first <= number)
        if step.pace is Pace.CLOSED:
            return int(time.perf_counter() + self._job.clock)
        return int(step.begins + (number - step.first) / step.rate + self._job.clock)
