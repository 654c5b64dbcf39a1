"""`python -m bench.ledger.verifier`: the writer alone and with the background verifier beside it, in turns, in one run."""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from bench.ledger.fill import BATCH, Silent, hold, opened, started
from cardline.logs import configure_for_commands
from ledger.journal import Journal
from ledger.migrate import migrate
from ledger.verifier import Verifier


class Timed(Silent):
    """Remembers how long batches took."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def batch_committed(self, size: int, seconds: float) -> None:
        if size == BATCH:
            self.seconds.append(seconds)


class Verified:
    """What the verifier tells."""

    batches = 0
    age = 0.0

    def verified_until(self, age_seconds: float) -> None:
        self.age = age_seconds

    def batches_verified(self, count: int) -> None:
        self.batches += count

    def findings_open(self, count: int) -> None:
        assert count == 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger.verifier", description=__doc__)
    parser.add_argument("--holds", type=int, default=10_000, help="per turn")
    parser.add_argument("--turns", type=int, default=6)
    options = parser.parse_args()
    configure_for_commands()
    with tempfile.TemporaryDirectory(prefix="cardline-bench-") as directory:
        server = started(Path(directory))
        try:
            asyncio.run(_measure(server.dsn(), options.holds, options.turns))
        finally:
            server.stop()
    return 0


async def _measure(dsn: str, holds: int, turns: int) -> None:
    await migrate(dsn)
    meter, verified = Timed(), Verified()
    journal = Journal(dsn, meter, max_batch=BATCH)
    await journal.start()
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2, server_settings={"role": "cardline_writer"}) as pool:
        cards = await opened(pool, journal, 1000)
    await hold(journal, cards, holds)
    medians: dict[str, list[float]] = {"alone": [], "beside the verifier": []}
    for _ in range(turns):
        for name, values in medians.items():
            meter.seconds.clear()
            begun = time.monotonic()
            async with _verifying(dsn, verified) if name != "alone" else contextlib.nullcontext():
                await hold(journal, cards, holds)
            seconds = time.monotonic() - begun
            values.append(statistics.median(meter.seconds))
            slow = statistics.quantiles(meter.seconds, n=20)[-1]
            print(f"{name:20} {holds / seconds:8,.0f}/s  batch p50 {values[-1] * 1000:.1f} ms, p95 {slow * 1000:.1f} ms")
    await journal.close()
    alone, beside = map(statistics.median, medians.values())
    print(f"median batch: {alone * 1000:.1f} ms alone, {beside * 1000:.1f} ms beside the verifier ({beside / alone - 1:+.1%}); "
          f"{verified.batches:,} batches verified meanwhile, the oldest unverified is {verified.age:.0f} s old")  # fmt: skip


@contextlib.asynccontextmanager
async def _verifying(dsn: str, meter: Verified) -> AsyncIterator[None]:
    task = asyncio.create_task(Verifier(dsn, meter).run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
