"""What watching costs a switch at saturation, on against off: `python -m bench.watching.saturation`.

One switch is driven in short turns, neighbours are compared, medians shown: the machine changes from minute to minute.
Watched: as it always is. Blind: no metrics, no canonical line. Scraped: watched, and scrapers ask without a pause.
"""

import argparse
import contextlib
import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bench.end_to_end.running import Running, running
from bench.frames import frames
from bench.machine import machine
from bench.target import Target
from bench.watching.blinking import BLIND, SEEING
from bench.watching.scraping import Scrapers, scrapers
from cardline.data_directory import DataDirectory
from cardline.logs import configure_for_commands
from cardline.running.listening import METRICS, address_of, bind_all, close_all
from cardline.running.switch_process import SwitchPlan, SwitchProcess
from cardline.settings import Address

MODES = ("watched", "blind", "scraped")
LINK = "mastercard"
DRAIN_SECONDS = 10.0
Turn = dict[str, dict[str, Any]]


def main() -> None:
    options = _options()
    configure_for_commands()
    with running(options.cards) as system, _switch(system) as (target, pid, metrics_port):
        target.warm_up(options.connections, options.cards)
        load = {"connections": options.connections, "inflight": options.inflight, "seconds": options.seconds}
        plays = {
            "saturation": lambda: target.closed(**load),
            f"open loop {options.rate}/s": lambda: target.open(
                rate=options.rate, seconds=options.seconds, connections=options.connections
            ),
        }
        print(f"{' '.join(f'{key}: {value}.' for key, value in machine().items())} {options.turns} turns\n")
        with target.kept(options.connections), scrapers(metrics_port, options.scrapers) as asking:
            for name, play in plays.items():
                turns = [_turn(number, play, pid, asking) for number in range(options.turns)]
                print(_table(name, turns), flush=True)


def _turn(number: int, play: Any, pid: int, asking: Scrapers) -> Turn:
    """Every mode once, each first in its turn."""
    turn: Turn = {}
    for mode in (MODES[(number + place) % len(MODES)] for place in range(len(MODES))):
        os.kill(pid, BLIND if mode == "blind" else SEEING)
        if mode == "scraped":
            asking.begin()
        figures = turn[mode] = play()
        figures["pages"] = asking.end() if mode == "scraped" else 0
        print(f"{datetime.now(UTC):%H:%M:%S} {mode}: {figures['per_second']:,.0f}/s", file=sys.stderr, flush=True)
    return turn


@contextlib.contextmanager
def _switch(system: Running) -> Iterator[tuple[Target, int, int]]:
    """A second switch on the same stores, which can be made blind: where it is driven, its pid and its port of metrics."""
    sockets = bind_all({name: Address("127.0.0.1", 0) for name in (LINK, METRICS)})
    links = f'{{"{LINK}":{{"profile":"{LINK}","listen":"127.0.0.1:0"}}}}'
    environment = {
        "CARDLINE_POSTGRES_DSN": system.endpoints.postgres_dsn,
        "CARDLINE_REDIS_URL": system.endpoints.redis_url,
        "CARDLINE_TOKEN_KEY": DataDirectory(system.data_dir).token_key(),
        "CARDLINE_LINKS": links,
    }
    directory = system.data_dir / "bench"
    directory.mkdir()
    plan = SwitchPlan((sys.executable, "-m", "bench.watching.blinking"), environment, DRAIN_SECONDS)
    switch = SwitchProcess(directory, plan, sockets)
    try:
        switch.start()
        pid, address = switch.process.pid, address_of(sockets[LINK])
        deck = frames(system.cards, datetime.now(UTC))
        yield Target(address.host, address.port, deck, {"switch": pid}), pid, address_of(sockets[METRICS]).port
    finally:
        switch.stop()
        close_all(sockets)


def _table(name: str, turns: Sequence[Turn]) -> str:
    """Medians; "of watched" is that of the ratios within each turn."""
    columns = ("messages/s", "of watched", "switch CPU us", "of watched", "p50 ms", "p99 ms", "approved", "pages")
    lines = [f"| {name} | {' | '.join(columns)} |", "|" + " --- |" * (len(columns) + 1)]
    for mode in MODES:
        told = [turn[mode] for turn in turns]
        cells = (
            f"{statistics.median(map(_rate, told)):,.0f}",
            f"{statistics.median(_rate(turn[mode]) / _rate(turn['watched']) for turn in turns):.3f}",
            f"{statistics.median(map(_cpu, told)):,.0f}",
            f"{statistics.median(_cpu(turn[mode]) / _cpu(turn['watched']) for turn in turns):.3f}",
            *(f"{statistics.median(each['milliseconds'][part] for each in told):,.1f}" for part in ("p50", "p99")),
            f"{sum(each['approved'] for each in told) / max(1, sum(each['sent'] for each in told)):.1%}",
            f"{sum(each['pages'] for each in told):,}",
        )
        lines.append(f"| {mode} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _rate(figures: dict[str, Any]) -> float:
    return float(figures["per_second"])


def _cpu(figures: dict[str, Any]) -> float:
    return float(figures["cpu_microseconds"]["switch"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.watching.saturation", description=__doc__)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each mode in each turn")
    parser.add_argument("--rate", type=int, default=500, help="of the open loop, messages/s")
    parser.add_argument("--scrapers", type=int, default=2)
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--inflight", type=int, default=25, help="per connection, at saturation")
    return parser.parse_args()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
