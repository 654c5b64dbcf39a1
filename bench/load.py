"""What the load generator itself can offer: `python -m bench.load`. Rising rates of a shipped mix against an echo in a process
of its own, on the same cores; beside it, in the same run, how fast a framed echo and pyiso8583 are here.

A rate is offered when at most 1 % of the messages left more than 25 ms late. The echo's answers have no DE 39, so by the rule for
issuers no step holds; that is not what is asked here.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench.frames import CHARACTER_SET, frames, sample
from bench.limit.codec import measure_codec
from bench.limit.running import running
from bench.machine import machine
from bench.target import Target
from simulator.cards import TEST_PREFIX, Card, luhn_digit
from simulator.load.deck import deal
from simulator.load.fleet import Fleet
from simulator.load.job import Job
from simulator.load.mix_file import load_mix
from simulator.load.percentiles import milliseconds
from simulator.load.verdict import StepResult
from switch.framing import Framing

CARDS = 2000
LIMIT_SECONDS = 8.0
SEED = 1


def main() -> int:
    options = _options()
    cards = _cards()
    about = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine().items())
    print(f"Command: `python -m bench.load {' '.join(sys.argv[1:])}`. Machine: {about}.\n")
    codec = measure_codec(sample(cards[0], datetime.now(UTC)), CHARACTER_SET)
    with running({"kind": "echo"}, frames(cards, datetime.now(UTC)), {}) as echo:
        saturated = echo.closed(seconds=options.seconds, connections=32, inflight=16)
        results = list(_offered(options, cards, echo))
    print("| asked/s | sent/s | answered/s | late p50 ms | late p99 ms | p50 ms | p99 ms | generator CPU us | offered |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for step in results:
        print(_row(step))
    most = max((step.sent_per_second for step in results if not step.generator_was_the_limit), default=0.0)
    print(
        f"\nframed echo, 32 connections x 16: {saturated['per_second']:,.0f}/s; offered {_ratio(most, saturated['per_second'])}"
    )
    for name, key in (("encode", "encode_per_second"), ("decode", "decode_per_second")):
        print(f"pyiso8583 {name} alone: {codec[key]:,.0f}/s; offered {_ratio(most, codec[key])}")
    cheapest = min(_cost(step) for step in results)
    share = cheapest * codec["encode_per_second"] / 1e6
    print(f"a message and its reply cost the generator {cheapest:.1f} us of CPU at best, {share:.2f} of one pyiso8583 encoding")
    return 0


def _offered(options: argparse.Namespace, cards: Sequence[Card], echo: Target) -> Iterator[StepResult]:
    job = Job(
        echo.host, echo.port, Framing(), deal(load_mix(options.mix), cards, SEED), origin=0, connections=options.connections,
        limit_seconds=LIMIT_SECONDS,
    )  # fmt: skip
    with Fleet(job, options.processes) as fleet:
        for rate in options.rates:
            played = fleet.play_open(rate, options.seconds, lambda _: None)
            yield StepResult(rate, options.seconds, LIMIT_SECONDS, played)


def _row(step: StepResult) -> str:
    times, late = milliseconds(step.tally.latencies), milliseconds(step.tally.latenesses)
    cells = [f"{step.rate:,.0f}", f"{step.sent_per_second:,.0f}", f"{step.answers_per_second:,.0f}"]
    cells += [f"{figures.get(key, float('nan')):,.2f}" for figures in (late, times) for key in ("p50", "p99")]
    cells += [f"{_cost(step):,.1f}", "no" if step.generator_was_the_limit else "yes"]
    return f"| {' | '.join(cells)} |"


def _cost(step: StepResult) -> float:
    """Microseconds per message."""
    return step.tally.cpu_seconds / max(1, step.tally.sent) * 1e6


def _ratio(most: float, other: float) -> str:
    return f"{most:,.0f}/s, {most / other:.2f} of it"


def _cards() -> list[Card]:
    payloads = (f"{TEST_PREFIX}{number:09d}" for number in range(CARDS))
    return [Card(payload + luhn_digit(payload), "2912", "123", "1234", "978", 10**9) for payload in payloads]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--rates", type=_rates, default=(2_000, 5_000, 10_000, 20_000, 30_000), help="messages/s: 5000,20000")
    parser.add_argument("--seconds", type=float, default=3.0, help="per rate")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--mix", default="everyday")
    return parser.parse_args()


def _rates(text: str) -> tuple[int, ...]:
    return tuple(int(rate) for rate in text.split(","))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
    sys.exit(130)
