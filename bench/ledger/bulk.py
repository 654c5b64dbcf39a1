"""`python -m bench.ledger.bulk`: presentments of many authorizations, recorded as a clearing file would be."""

import argparse
import asyncio
import sys
import time
from statistics import median

import asyncpg
import uvloop

from bench.ledger.commands import captures
from bench.ledger.running import fill, journal, ledger, record
from bench.machine import machine
from cardline.logs import configure_for_commands

BATCH = 1000
"""Nobody waits for the answer to a single presentment."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger.bulk", description=__doc__)
    parser.add_argument("--captures", type=int, default=200_000, help="in all, in equal turns")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=4)
    options = parser.parse_args()
    configure_for_commands()
    print(machine())
    rates = uvloop.run(_measure(options))
    print(f"median {median(rates):,.0f} captures/s of {', '.join(f'{rate:,.0f}' for rate in rates)}")
    return 0


async def _measure(options: argparse.Namespace) -> list[float]:
    async with ledger(options.accounts) as (dsn, accounts):
        seconds = await fill(dsn, accounts, options.captures)
        print(f"{options.captures:,} holds recorded at {options.captures / seconds:,.0f}/s")
        connection = await asyncpg.connect(dsn)
        chains = [
            (r[0], r[1])
            for r in await connection.fetch("select account_id, chain_id from ledger.hold order by md5(chain_id::text)")
        ]
        await connection.execute("vacuum analyze")
        await connection.close()
        size = len(chains) // options.turns
        rates = []
        async with journal(dsn, max_batch=BATCH) as writer:
            for turn in range(options.turns):
                began = time.perf_counter()
                await record(writer, captures(chains[turn * size : (turn + 1) * size]))
                rates.append(size / (time.perf_counter() - began))
                await asyncio.sleep(0)
        return rates


if __name__ == "__main__":
    sys.exit(main())
