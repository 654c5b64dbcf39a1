"""`python -m bench.ledger`: the writer, several times, beside the floor of the same server; medians at the end.

Everything runs in one temporary Postgres with durable commits. Writer and floor take turns, because a shared machine
changes from minute to minute: the ratio compares neighbours. Ends by itself.
"""

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import uvloop

from bench.ledger.floor import floor_rate
from bench.ledger.running import journal, ledger, open_accounts
from bench.ledger.writer import alone, throughput
from bench.machine import machine
from cardline.logs import configure_for_commands

HOT_FIRST = 2 * 10**15


def main() -> int:
    options = _options()
    configure_for_commands()
    report = {"machine": machine(), "command": "python -m bench.ledger " + " ".join(sys.argv[1:])}
    report |= uvloop.run(_measure(options))
    print(_markdown(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


async def _measure(options: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, list[float]] = {"floor": [], "spread": [], "hot": []}
    async with ledger(options.accounts) as (dsn, accounts):
        hot = await open_accounts(dsn, 1, HOT_FIRST)
        async with journal(dsn) as writer:
            await alone(writer, accounts, options.lone)
            lone = await alone(writer, accounts, options.lone)  # before the disk has anything else to write
            await throughput(writer, accounts, options.holds // 2)
            for _ in range(options.turns):
                figures["floor"].append(await floor_rate(dsn, options.accounts, options.holds))
                figures["spread"].append(await throughput(writer, accounts, options.holds))
                figures["hot"].append(await throughput(writer, hot, options.holds))
    return {"per_second": {name: median(values) for name, values in figures.items()}, "alone": lone, "runs": figures}


def _markdown(report: dict[str, Any]) -> str:
    rates, lone = report["per_second"], report["alone"]
    rows = (
        ("floor: one statement, one commit per 200", f"{rates['floor']:,.0f}/s", ""),
        ("holds, spread over the accounts", f"{rates['spread']:,.0f}/s", f"{rates['spread'] / rates['floor']:.2f} of the floor"),
        ("holds, all on one account", f"{rates['hot']:,.0f}/s", f"{rates['hot'] / rates['spread']:.2f} of the spread"),
        ("a lone hold", f"p50 {lone['p50']:.2f} ms, p99 {lone['p99']:.2f} ms", ""),
    )
    lines = [f"{report['machine']}", f"`{report['command']}`", "", "| what | figure | ratio |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--holds", type=int, default=20_000, help="per turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--lone", type=int, default=1_000)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
