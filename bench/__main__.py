"""`make bench`: cardline and the floor of this machine, measured side by side, several times; medians at the end.

One system stays up for all runs. Within a run product and floor take turns at saturation, because a shared machine
changes from minute to minute: the ratio compares neighbours. Everything ends by itself.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.end_to_end.measure import measure_memory, measure_rates, target
from bench.end_to_end.running import Running, running
from bench.frames import CHARACTER_SET, frames, sample
from bench.limit.codec import measure_codec
from bench.limit.running import running as comparison
from bench.limit.stores import measure_stores
from bench.machine import machine
from bench.percentiles import medians
from bench.tables import markdown
from bench.target import Target
from cardline.logs import configure_for_commands
from simulator.load.deck import Deck


def main() -> int:
    options = _options()
    configure_for_commands()
    report: dict[str, Any] = {"machine": machine(), "command": _command(), "runs": []}
    with running(options.cards, has_limits=options.limits) as system:
        _say(f"{options.cards} cards seeded")
        prebuilt = frames(system.cards, datetime.now(UTC), chips=options.chips, has_cvc2=options.cvc2)
        product = target(system, prebuilt)
        product.warm_up(options.connections, options.cards)
        for number in range(1, options.runs + 1):
            run = _run(options, system, prebuilt, product)
            report["runs"].append(run)
            _say(f"run {number}: product / floor = {run['ratio']:.2f}")
        if options.messages:
            _say(f"memory over {options.messages:,} messages")
            report["memory"] = measure_memory(
                product, options.messages, connections=options.connections, inflight=options.inflight
            )
    report["median"] = medians(report["runs"])
    print(markdown(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def _run(options: argparse.Namespace, system: Running, prebuilt: Deck, product: Target) -> dict[str, Any]:
    stores = {"postgres_dsn": system.endpoints.postgres_dsn, "redis_url": system.endpoints.redis_url}
    processes = system.endpoints.processes
    watched = {"postgres": processes["postgres"], "valkey": processes["redis"]}
    limit: dict[str, Any] = {"codec": measure_codec(sample(system.cards[0], datetime.now(UTC)), CHARACTER_SET)}
    limit |= asyncio.run(measure_stores(stores["postgres_dsn"], stores["redis_url"], options.cards))
    with comparison({"kind": "echo"}, prebuilt, {}) as echo:
        limit["echo"] = echo.closed(seconds=options.seconds / 2, connections=32, inflight=16)
    _say("parts alone measured")
    with comparison({"kind": "floor", "accounts": options.cards, **stores}, prebuilt, watched) as floor:
        floor.warm_up(options.connections, options.cards)
        limit["floor"], turns = _in_turns(options, floor, product)
    _say("product and floor at saturation measured")
    alone = product.alone(options.lone_messages)
    rates = measure_rates(product, options.rates, seconds=options.seconds, connections=options.connections)
    figures = {"limit": limit, "saturation": turns, "alone": alone, "open_loop": rates}
    return figures | {"ratio": turns["per_second"] / limit["floor"]["saturation"]["per_second"]}


def _in_turns(options: argparse.Namespace, floor: Target, product: Target) -> tuple[dict[str, Any], dict[str, Any]]:
    """The floor's figures and the product's at saturation, each the median of its turns."""
    load = {"connections": options.connections, "inflight": options.inflight, "seconds": options.seconds}
    turns = [(floor.closed(**load), product.closed(**load)) for _ in range(options.turns)]
    floors, products = zip(*turns, strict=True)
    return {"saturation": medians(floors), "alone": floor.alone(options.lone_messages)}, medians(products)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--turns", type=int, default=3, help="product and floor alternate this often per run")
    parser.add_argument("--seconds", type=float, default=5.0, help="of every fixed-time measurement")
    parser.add_argument("--rates", type=_rates, default=(200, 500, 1000, 2000), help="open loop, messages/s: 200,500")
    parser.add_argument("--cards", type=int, default=2000)
    parser.add_argument("--cvc2", action="store_true", help="every message carries a CVC2")
    parser.add_argument("--limits", action="store_true", help="every payment counts in two limits of its account")
    parser.add_argument("--chips", type=int, default=0, help="every message carries a cryptogram; so many are made per card")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--inflight", type=int, default=50, help="per connection, at saturation")
    parser.add_argument("--lone-messages", type=int, default=2000)
    parser.add_argument("--messages", type=int, default=200_000, help="for the memory; 1000000 for the full proof, 0 for none")
    parser.add_argument("--json", type=Path, help="all runs go there")
    return parser.parse_args()


def _rates(text: str) -> tuple[int, ...]:
    return tuple(int(rate) for rate in text.split(","))


def _command() -> str:
    return " ".join(("python -m bench", *sys.argv[1:]))


def _say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
