"""Plays scenarios against a host, several at a time, and always comes back with a verdict for every step.

A scenario ends at its first step that does not hold, because what follows rests on it. A host that cannot be reached, or
that leaves several scenarios without an answer, is not asked any further.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from simulator.client import Target
from simulator.stage.books import Books, opened
from simulator.stage.casting import Cast, IssuerTools
from simulator.stage.connections import Limits
from simulator.stage.language import Scenario, Step
from simulator.stage.networked import NetworkedPerformance
from simulator.stage.performance import Performance, Stage
from simulator.stage.results import RunResult, ScenarioResult, StepResult, Verdict

OnResult = Callable[[ScenarioResult], None]
SILENT_SCENARIOS = 3
"""So many without an answer are enough to give a host up."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is played where. Without `books_dsn` nothing but replies is judged, without `tools` the issuer's people do nothing."""

    target: Target
    scenarios: Mapping[str, Scenario]
    cast: Cast
    seed: int
    books_dsn: str | None = None
    tools: IssuerTools | None = None
    is_audited: bool = True
    limits: Limits = field(default_factory=Limits)


class _Host:
    """What is known of the host so far: whether it is worth asking again."""

    def __init__(self) -> None:
        self._silent = 0
        self.given_up: str | None = None

    def note(self, performance: Performance) -> None:
        if performance.unreachable is not None:
            self.given_up = performance.unreachable
        elif performance.is_silent:
            self._silent += 1
            if self._silent >= SILENT_SCENARIOS:
                self.given_up = f"the host has left {self._silent} scenarios without an answer"


async def play_all(run: Run, on_result: OnResult = lambda _: None) -> RunResult:
    """Plays everything; `on_result` gets each result in the scenarios' order, as soon as it and all before it are there.

    Raises BooksUnreadable where the books cannot be reached at all.
    """
    loop = asyncio.get_running_loop()
    started, results = loop.time(), []
    host, turns = _Host(), asyncio.Semaphore(run.limits.at_once)
    async with AsyncExitStack() as stack:
        books = await stack.enter_async_context(opened(run.books_dsn)) if run.books_dsn else None
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for task in [group.create_task(_played_one(run, name, books, host, turns)) for name in run.scenarios]:
            results.append(await task)
            on_result(results[-1])
    return RunResult(run.seed, tuple(results), run.books_dsn is not None, loop.time() - started)


async def _played_one(run: Run, name: str, books: Books | None, host: _Host, turns: asyncio.Semaphore) -> ScenarioResult:
    scenario = run.scenarios[name]
    if scenario.needs_issuer and run.tools is None:
        return ScenarioResult(name, scenario.title, skipped="needs the issuer's own tools, and this host is not ours")
    if name in run.cast.missing:
        return ScenarioResult(name, scenario.title, skipped=run.cast.missing[name])
    async with turns:
        if host.given_up is not None:
            return _not_played(name, scenario, host.given_up)
        rng = random.Random(f"{run.seed}/{name}")  # noqa: S311 - the same seed must play the same scenario
        now = datetime.now(UTC).replace(microsecond=0)
        stage = Stage(run.target, rng, now, books, run.tools, run.is_audited, run.limits)
        kind = Performance if scenario.network is None else NetworkedPerformance
        performance = kind(scenario, run.cast.actors[name], stage)
        result = await performance.play(name)
        host.note(performance)
        return result


def _not_played(name: str, scenario: Scenario, why: str) -> ScenarioResult:
    steps = [StepResult(_named(step, at), Verdict.NOT_PLAYED, note=why) for at, step in enumerate(scenario.steps)]
    return ScenarioResult(name, scenario.title, tuple(steps))


def _named(step: Step, at: int) -> str:
    return step.name or f"step {at + 1}"
