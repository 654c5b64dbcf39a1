"""`python -m bench.ledger.verifier`: the writer alone and with the background verifier beside it, in turns, in one run."""

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator

from bench.ledger.commands import holds
from bench.ledger.running import SilentMeter, journal, ledger, record
from cardline.logs import configure_for_commands
from ledger.verifier import Verifier

BATCH = 200


class Timed(SilentMeter):
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
    asyncio.run(_measure(options.holds, options.turns))
    return 0


async def _measure(count: int, turns: int) -> None:
    meter, verified = Timed(), Verified()
    medians: dict[str, list[float]] = {"alone": [], "beside the verifier": []}
    async with ledger(1000) as (dsn, accounts), journal(dsn, meter=meter, max_batch=BATCH) as writer:
        await record(writer, holds(accounts, count))
        for _ in range(turns):
            for name, values in medians.items():
                meter.seconds.clear()
                begun = time.monotonic()
                async with _verifying(dsn, verified) if name != "alone" else contextlib.nullcontext():
                    await record(writer, holds(accounts, count))
                seconds = time.monotonic() - begun
                values.append(statistics.median(meter.seconds))
                slow = statistics.quantiles(meter.seconds, n=20)[-1]
                print(f"{name:20} {count / seconds:8,.0f}/s  batch p50 {values[-1] * 1000:.1f} ms, p95 {slow * 1000:.1f} ms")
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
