"""One generator in this process against a stub host."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from answering import approve

from simulator.cards import Card
from simulator.client import Target
from simulator.load import generator
from simulator.load.deck import deal
from simulator.load.generator import Generator
from simulator.load.job import Job, Pace, Step
from simulator.load.mix_file import load_mix
from simulator.load.tally import Tally
from simulator.load.verdict import StepResult

CARD = Card("5413330000000019", "2912", "123", "1234", "978", 10_000)


class Nobody:
    """Listens to nothing."""

    def reported(self, tally: Tally) -> bool:
        return False

    def is_stopped(self) -> bool:
        return False


async def played(target: Target, *steps: Step) -> list[Tally]:
    """Each begins when it is its turn."""
    job = Job(target.host, target.port, target.framing, deal(load_mix("purchases"), [CARD], 1), 0, connections=2)
    job_generator = Generator(job, Nobody())
    try:
        return [await asyncio.to_thread(job_generator.play, replace(step, begins=time.perf_counter() + 0.01)) for step in steps]
    finally:
        job_generator.close()


async def test_a_rate_beyond_the_generator_ends_in_time_and_is_said(
    stub_issuer: Callable[..., Awaitable[Target]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "CATCH_UP_SECONDS", 0.0)
    (tally,) = await played(await stub_issuer(approve), Step(0, 50_000, 0.0, rate=1_000_000))
    assert tally.sent < tally.planned == 50_000
    assert tally.answered == tally.sent
    assert f"{50_000 - tally.sent} of 50000 messages were not sent" in StepResult(1_000_000, 0.05, 8.0, tally).reasons


async def test_a_closed_loop_sends_as_answers_come(stub_issuer: Callable[..., Awaitable[Target]]) -> None:
    first = Step(0, 40, 0.0, pace=Pace.CLOSED, inflight=3)
    (tally,) = await played(await stub_issuer(approve), first)
    assert (tally.sent, tally.answered, tally.codes) == (40, 40, {"00": 40})


async def test_numbers_go_on_from_step_to_step(stub_issuer: Callable[..., Awaitable[Target]]) -> None:
    stans = set()

    def answer(message):  # type: ignore[no-untyped-def]
        stans.add(message.text(11))
        return approve(message)

    steps = (Step(0, 10, 0.0, rate=100), Step(10, 10, 0.0, rate=100))
    assert [tally.answered for tally in await played(await stub_issuer(answer), *steps)] == [10, 10]
    assert stans == {f"{number:06d}" for number in range(1, 21)}
