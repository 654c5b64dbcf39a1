"""The writer through `Journal.record`: many at once, one alone, all on one account."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bench.ledger.commands import holds
from bench.ledger.running import quiet_collector
from bench.percentiles import milliseconds
from ledger.commands import Authorize
from ledger.journal import Journal
from ledger.verdicts import Verdict

WAITING = 800
"""Commands under way at once: the next batch of 200 is full when the one before it has committed."""


async def throughput(journal: Journal, accounts: Sequence[int], count: int) -> float:
    """Holds per second with `WAITING` callers that each wait for their answer, as the switch does."""
    commands = iter(list(holds(accounts, count)))
    quiet_collector()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(WAITING):
            group.create_task(_caller(journal, commands))
    return count / (time.perf_counter() - began)


async def _caller(journal: Journal, commands: Any) -> None:
    for command in commands:
        outcome = await journal.record(command)
        assert outcome.verdict is Verdict.APPROVED, outcome


async def alone(journal: Journal, accounts: Sequence[int], count: int) -> dict[str, float]:
    """Milliseconds of a lone hold: nothing else is under way."""
    return milliseconds([await _timed(journal, command) for command in list(holds(accounts, count))])


async def _timed(journal: Journal, command: Authorize) -> float:
    began = time.perf_counter()
    await journal.record(command)
    return time.perf_counter() - began
