"""What housekeeping does about faults of its own; what it does about the books is tested with the ledger."""

import asyncio
from unittest.mock import Mock

import pytest

from cardline.metrics import Metrics
from cardline.running import housekeeping
from cardline.running.housekeeping import Warnings, ask_redis, keep_house


def test_a_chore_with_a_bug_keeps_the_others_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "INTERVAL_SECONDS", 0.0)
    done: list[str] = []

    async def story() -> None:
        twice = asyncio.Event()

        async def broken() -> None:
            raise ZeroDivisionError

        async def last() -> None:
            done.append("last")
            if len(done) == 2:
                twice.set()

        pool = Mock()  # none of the chores about the books can be done, either
        house = asyncio.create_task(keep_house(pool, Metrics(), Warnings(), broken, last))
        await asyncio.wait_for(twice.wait(), 10)
        house.cancel()

    asyncio.run(story())


def test_a_background_task_that_dies_is_told() -> None:
    warnings = Warnings()

    async def dies() -> None:
        raise KeyError("5413330000000021")

    async def story() -> None:
        task = warnings.watch(asyncio.create_task(dies(), name="verifier"))
        await asyncio.wait([task])
        await asyncio.sleep(0)

    asyncio.run(story())
    assert warnings.lines() == ["verifier: has ended (KeyError); restart this process"]


def test_a_background_task_that_is_cancelled_has_not_died() -> None:
    warnings = Warnings()

    async def waits() -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        task = warnings.watch(asyncio.create_task(waits(), name="verifier"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)

    asyncio.run(story())
    assert warnings.lines() == []


@pytest.mark.parametrize(("seconds", "said"), [(None, 1), (0.001, 0)])
def test_a_redis_that_does_not_answer_is_a_warning(seconds: float | None, said: int) -> None:
    warnings, store = Warnings(), Mock()

    async def round_trip_seconds() -> float | None:
        return seconds

    store.round_trip_seconds = round_trip_seconds
    asyncio.run(ask_redis(store, Metrics(), warnings))
    assert len(warnings.lines()) == said
