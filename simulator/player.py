"""Plays a planned day against a host: cards at the same time, one card's messages in order, every wait with a limit.

What must come back stands in the day; this file only sends, compares and keeps the books of what happened.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simulator.client import NetworkConnection, Reply, Target, connected
from simulator.errors import HostSilent, HostUnreachable
from simulator.expectation import differences
from simulator.messages import ReplyKey, altered, reply_key
from simulator.outcome import DayOutcome, Exchange, answered, described
from simulator.prober import probed
from simulator.script import Aftermath, Day, Probe, Script, Step
from switch.iso8583 import Message

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait and how much to try.

    A network waits about 8 s for an issuer; a day in which 10 requests stay unanswered is not worth playing on.
    """

    connect_seconds: float = 5.0
    reply_seconds: float = 8.0
    in_flight: int = 48
    unanswered: int = 10


def _silent(done: int, total: int) -> None:
    """The progress nobody asked for."""


async def play(day: Day, target: Target, *, limits: Limits | None = None, on_progress: Progress = _silent) -> DayOutcome:
    """Plays the whole day; always returns, with a verdict where the host could not be reached or fell silent."""
    session = _Session(day, target, limits or Limits(), on_progress)
    started = asyncio.get_running_loop().time()
    verdict: str | None = None
    try:
        await session.connect()
        await session.play_all()
        verdict = session.verdict
    except HostUnreachable as error:
        verdict = str(error)
    finally:
        await session.close()
    return DayOutcome(
        seed=day.seed,
        exchanges=tuple(session.exchanges),
        not_sent=day.messages - len(session.exchanges),
        unmatched_replies=session.unmatched_replies,
        unfinished=frozenset(script.pan or "" for script in day.scripts) - session.finished,
        seconds=asyncio.get_running_loop().time() - started,
        verdict=verdict,
        replies=session.first_replies,
    )


class _Session:
    """The state of one day being played."""

    def __init__(self, day: Day, target: Target, limits: Limits, on_progress: Progress) -> None:
        self.exchanges: list[Exchange] = []
        self.unmatched_replies = 0
        self.finished: set[str] = set()
        self._day = day
        self._target = target
        self._limits = limits
        self._on_progress = on_progress
        self._links: list[NetworkConnection] = []
        self.first_replies: dict[ReplyKey, Message] = {}
        self._unanswered = 0
        self._lost: str | None = None

    @property
    def verdict(self) -> str | None:
        if self._lost is not None or self._unanswered < self._limits.unanswered:
            return self._lost
        return f"{self._target} left {self._unanswered} requests unanswered: the day was stopped"

    @property
    def _has_given_up(self) -> bool:
        return self.verdict is not None

    async def connect(self) -> None:
        for _ in range(self._day.connections):
            self._links.append(await connected(self._target, self._limits.connect_seconds))

    async def close(self) -> None:
        for link in self._links:
            await self._leave(link)

    async def play_all(self) -> None:
        await self._play_scripts(self._day.opening)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._play_scripts(self._day.scripts))
            group.create_task(self._play_probes(self._day.probes))
        await self._play_scripts(self._day.closing)

    async def _play_scripts(self, scripts: Iterable[Script]) -> None:
        waiting = deque(scripts)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._limits.in_flight, len(waiting))):
                group.create_task(self._play_waiting(waiting))

    async def _play_waiting(self, waiting: deque[Script]) -> None:
        while waiting and not self._has_given_up:
            await self._play_script(waiting.popleft())

    async def _play_script(self, script: Script) -> None:
        """A disagreement about money ends the script: each later prediction for the card rests on it."""
        for steps in script.rounds:
            if self._has_given_up or not await self._play_round(steps):
                break
        else:
            self.finished.add(script.pan or "")

    async def _play_round(self, steps: tuple[Step, ...]) -> bool:
        """Whether the card's money is still where the model has it."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._sent(step, self._links[step.connection])) for step in steps]
        replies = [task.result() for task in tasks]
        for step, reply in zip(steps, replies, strict=True):
            if isinstance(reply, Reply):
                self.first_replies.setdefault(reply_key(step.message), reply.message)
        verdicts = [self._judge(step, reply) for step, reply in zip(steps, replies, strict=True)]
        return all(verdicts)

    async def _sent(self, step: Step, link: NetworkConnection) -> Reply | str:
        """The reply, or in a word why there is none."""
        try:
            reply = await link.exchange(self._filled(step), self._limits.reply_seconds)
        except HostSilent:
            return "connection closed"
        return reply or "no reply"

    def _filled(self, step: Step) -> Message:
        if step.approval_from is None:
            return step.message
        first = self.first_replies.get(step.approval_from)
        return altered(step.message, {38: first.elements.get(38) if first else None})

    def _judge(self, step: Step, reply: Reply | str) -> bool:
        expected, sent = step.expected, described(step.message)
        if isinstance(reply, str):
            self._unanswered += 1
            return self._note(answered(step.kind, sent, expected, reply))
        first = self.first_replies.get(expected.same_as) if expected.same_as else None
        found = differences(expected, reply.message, first, self._target.character_set)
        return self._note(answered(step.kind, sent, expected, reply.message, found, reply.latency_seconds))

    def _note(self, exchange: Exchange) -> bool:
        self.exchanges.append(exchange)
        self._on_progress(len(self.exchanges), self._day.messages)
        return not any(difference.concerns_money for difference in exchange.differences)

    async def _play_probes(self, probes: Iterable[Probe]) -> None:
        """Malformed frames go over connections of their own, because some of them end one."""
        try:
            for probe in probes:
                if self._has_given_up:
                    return
                await self._play_probe(probe)
        except HostUnreachable as error:
            self._lost = str(error)

    async def _play_probe(self, probe: Probe) -> None:
        """The echo goes over the same connection where that must live on, over a new one where it must be closed."""
        link = await connected(self._target, self._limits.connect_seconds)
        try:
            self._note(await probed(probe, link, self._limits.reply_seconds))
            if probe.aftermath is not Aftermath.CLOSED:
                self._judge(probe.echo, await self._sent(probe.echo, link))
                return
        finally:
            await self._leave(link)
        self._judge(probe.echo, await self._sent(probe.echo, self._links[0]))

    async def _leave(self, link: NetworkConnection) -> None:
        await link.close()
        self.unmatched_replies += link.unmatched_replies
