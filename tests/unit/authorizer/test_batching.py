import asyncio

import pytest

from authorizer.batching import Batcher


class _Line:
    """Handles batches only when told to, and remembers them."""

    def __init__(self, *, max_batch: int = 200, max_waiting: int = 1000) -> None:
        self.batches: list[list[int]] = []
        self.failed: list[tuple[list[int], BaseException]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.batcher: Batcher[int] = Batcher(
            self._handle, lambda batch, error: self.failed.append((batch, error)),
            max_batch=max_batch, max_waiting=max_waiting,
        )  # fmt: skip

    async def _handle(self, batch: list[int]) -> None:
        self.batches.append(batch)
        await self.gate.wait()
        if -1 in batch:
            raise RuntimeError

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)


async def test_a_lone_item_goes_at_the_next_turn_of_the_loop() -> None:
    line = _Line()
    line.batcher.put(1)
    await asyncio.sleep(0)
    assert line.batches == [[1]]


async def test_what_comes_while_a_batch_is_away_goes_together() -> None:
    line = _Line()
    line.gate.clear()
    line.batcher.put(1)
    await line.settle()
    for item in range(2, 50):
        line.batcher.put(item)
    line.gate.set()
    await line.settle()
    assert line.batches == [[1], list(range(2, 50))]


async def test_a_batch_has_a_largest_size_and_keeps_the_order() -> None:
    line = _Line(max_batch=3)
    for item in range(7):
        line.batcher.put(item)
    await line.settle()
    assert line.batches == [[0, 1, 2], [3, 4, 5], [6]]


async def test_beyond_the_limit_an_item_is_not_taken() -> None:
    line = _Line(max_waiting=2)
    assert [line.batcher.put(item) for item in range(3)] == [True, True, False]
    await line.settle()
    assert line.batcher.put(3)
    await line.settle()
    assert line.batches == [[0, 1], [3]]


async def test_a_failed_batch_does_not_stop_the_next() -> None:
    line = _Line(max_batch=1)
    for item in (1, -1, 2):
        line.batcher.put(item)
    await line.settle()
    assert line.batches == [[1], [-1], [2]]
    assert [(batch, type(error)) for batch, error in line.failed] == [([-1], RuntimeError)]


@pytest.mark.parametrize("waiting", [0, 2])
async def test_close_fails_what_is_away_and_what_waits(waiting: int) -> None:
    line = _Line(max_batch=1)
    line.gate.clear()
    for item in range(1 + waiting):
        line.batcher.put(item)
    await line.settle()
    await line.batcher.close()
    assert sorted(item for batch, _ in line.failed for item in batch) == list(range(1 + waiting))
    assert len(line.batcher) == 0
