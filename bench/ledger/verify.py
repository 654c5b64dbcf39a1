"""`python -m bench.ledger.verify`: how long the whole proof of the books takes, proof by proof.

The books are filled through the real Journal, 200 holds per batch, so every link is the writer's own. With --directory
they are kept there and used again; --more adds to them.
"""

import argparse
import asyncio
import collections
import os
import sys
import time
from pathlib import Path

import asyncpg

from bench.ledger.running import fill, open_accounts, server
from bench.machine import machine
from cardline.logs import configure_for_commands
from cardline.schema import migrate
from ledger.verify import verify_with


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger.verify", description=__doc__)
    parser.add_argument("--holds", type=int, default=500_000, help="two postings each; none when the directory has some")
    parser.add_argument("--more", type=int, default=0, help="holds to add to what the directory has")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2, help="connections that share the proofs")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--directory", type=Path, help="where the server's files stay")
    options = parser.parse_args()
    configure_for_commands()
    is_filled = options.directory is not None and (options.directory / "postgres").exists()
    with server(options.directory) as started:
        holds = options.more if is_filled else options.holds
        if holds:
            seconds = asyncio.run(_fill(started.dsn(), holds, options.accounts))
            print(f"{holds:,} holds recorded in {seconds:.0f} s ({holds / seconds:,.0f}/s)")
        asyncio.run(_settle(started.dsn(user="postgres")))
        print(", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine().items()))
        for _ in range(options.runs):
            _measure(started.dsn(), options.workers, started.process.pid)
    return 0


async def _fill(dsn: str, holds: int, accounts: int) -> float:
    await migrate(dsn)
    return await fill(dsn, await open_accounts(dsn, accounts), holds)


async def _settle(dsn: str) -> None:
    """As autovacuum would have done by itself after a while."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("vacuum analyze")
    await connection.close()


def _measure(dsn: str, workers: int, postmaster: int) -> None:
    times: dict[str, float] = collections.defaultdict(float)

    def done(proof: str, seconds: float) -> None:
        times[proof] += seconds

    stolen, begun, own, servers = os.getloadavg()[0], time.monotonic(), time.process_time(), _ticks(postmaster)
    findings = asyncio.run(verify_with(dsn, workers, on_done=done))
    seconds, own = time.monotonic() - begun, time.process_time() - own
    postings = asyncio.run(_count(dsn))
    print(f"\n{postings:,} postings proved in {seconds:.1f} s by {workers} connections; {len(findings)} findings; "
          f"CPU: verify {own:.1f} s, Postgres {_ticks(postmaster) - servers:.1f} s; load before {stolen:.1f}")  # fmt: skip
    for proof, spent in sorted(times.items(), key=lambda item: -item[1]):
        print(f"  {proof:32} {spent:6.2f}")


def _ticks(postmaster: int) -> float:
    """CPU seconds of the server's ended backends; the proofs' connections are closed by now."""
    fields = Path(f"/proc/{postmaster}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


async def _count(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("select count(*) from ledger.posting"))
    finally:
        await connection.close()


if __name__ == "__main__":
    sys.exit(main())
