"""`cardline load`: finds host and cards, plays the steps, shows them while they run and says at the end whether they held.

What a load is and what holding means stands in simulator/load; here are options, the running `up` and the output.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from cardline.data_directory import DataDirectory
from cardline.errors import ConfigurationError, HostAway
from cardline.network.load_view import LiveView, results_table
from cardline.network.seed import seed
from cardline.reach import reach
from cardline.settings import Address
from ledger.money import ASSETS
from simulator.cards import Card
from simulator.currencies import by_alpha
from simulator.errors import HostUnreachable
from simulator.load.card_file import read_cards
from simulator.load.channel import Channel
from simulator.load.composing import first_number
from simulator.load.deck import Spelling, deal
from simulator.load.fleet import Fleet, Interrupted
from simulator.load.job import Job
from simulator.load.mix import Mix
from simulator.load.mix_file import load_mix
from simulator.load.plot import FORMATS, plot, require_matplotlib
from simulator.load.verdict import StepResult
from switch.profile import NetworkProfile, load_profile

LEAST_SEEDED, MOST_SEEDED = 50, 2_000
"""As many cards as messages a second, between these: then a card is used about once a second."""
CONNECT_SECONDS = 5.0
SEEDED_BALANCE_MINOR = 10**9
"""Ten million euros: what is measured is the approval, not an empty account."""
SEEDED_CURRENCY = "EUR"
MOST_CONNECTIONS = 900
"""Of one process: select() knows 1,024 descriptors."""
INTERRUPTED = 130
_LINKS = {"mastercard": "iso8583", "mastercard-ascii": "iso8583_ascii"}


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """The options as they were given."""

    rates: Sequence[float]
    seconds: float
    mix: str
    profile: str
    connections: int
    processes: int
    limit_seconds: float
    cards: Path | None = None
    host: str | None = None
    seed: int | None = None
    plot: Path | None = None
    as_json: bool = False


def load_command(plan: LoadPlan, data_dir: Path, config: Path | None) -> int:
    """Exit code 0 when every step held (simulator/load/verdict.py has the rule), 1 when not, 130 when it was interrupted."""
    _check(plan)
    mix, profile = load_mix(plan.mix), load_profile(plan.profile)
    host = Address.parse(plan.host) if plan.host else _running_host(plan.profile, data_dir)
    if plan.cards is None:
        _check_reachable(host, profile)
        if plan.host:
            print(f"without --cards {host} is taken for an issuer of ours, and its cards are seeded", file=sys.stderr)
    cards = read_cards(plan.cards) if plan.cards else _own_cards(max(plan.rates), data_dir, config)
    run = _Run(plan, mix, profile, host, cards)
    run.play()
    return run.conclude()


def parse_rates(rate: float | None, steps: str | None) -> tuple[float, ...]:
    """One of the two options. Raises ConfigurationError."""
    if (rate is None) == (steps is None):
        raise ConfigurationError("give either --rate or --steps")
    if rate is not None:
        return (rate,)
    assert steps is not None
    try:
        rates = tuple(float(each) for each in steps.split(","))
    except ValueError:
        rates = ()
    if not rates or not all(0 < each <= 1_000_000 for each in rates):
        raise ConfigurationError(f"--steps {steps}: has to be rates over 0 with commas between them, like 100,200,400")
    return rates


class _Run:
    def __init__(self, plan: LoadPlan, mix: Mix, profile: NetworkProfile, host: Address, cards: Sequence[Card]) -> None:
        self._plan, self._mix, self._host, self._cards = plan, mix, host, cards
        self._seed = secrets.randbelow(10**9) if plan.seed is None else plan.seed
        self._results: list[StepResult] = []
        self._fault = ""
        self._was_interrupted = False
        spelling = Spelling(profile.character_set, profile.framing)
        self._job = Job(
            host.host, host.port, profile.framing, deal(mix, cards, self._seed, spelling),
            origin=first_number(datetime.now(UTC)), connections=plan.connections, limit_seconds=plan.limit_seconds,
            signs_on=profile.require_sign_on,
        )  # fmt: skip

    def play(self) -> None:
        plan = self._plan
        errors = Console(stderr=True, highlight=False)
        if not plan.as_json:
            errors.print(
                f"{self._mix.name} with {len(self._cards)} cards against {self._host} ({plan.profile}), "
                f"{plan.connections} connections, {_processes(plan.processes)}, seed {self._seed}",
                soft_wrap=True,
            )
        try:
            with Fleet(self._job, plan.processes) as fleet, LiveView(errors, plan.rates, plan.seconds) as view:
                for rate in plan.rates:
                    self._play_step(fleet, view, rate)
        except HostUnreachable as error:
            self._fault = str(error)
        except KeyboardInterrupt:
            self._was_interrupted = True

    def _play_step(self, fleet: Fleet, view: LiveView, rate: float) -> None:
        seconds, limit = self._plan.seconds, self._plan.limit_seconds
        view.begins(rate)
        try:
            played = fleet.play_open(rate, seconds, view.reported)
        except Interrupted as ended:
            self._results.append(StepResult(rate, seconds, limit, ended.played, was_interrupted=True))
            raise
        is_full = os.getloadavg()[0] > (os.cpu_count() or 1)
        self._results.append(StepResult(rate, seconds, limit, played, machine_was_full=is_full))

    def conclude(self) -> int:
        plan, verdict = self._plan, self._verdict()
        is_held = not self._fault and bool(self._results) and all(step.is_held for step in self._results)
        if plan.as_json:
            print(json.dumps(self._document(is_held=is_held, verdict=verdict)))
        else:
            if self._results:
                out = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
                out.print(results_table(self._results))
            print(verdict, file=sys.stdout if is_held else sys.stderr)
        if plan.plot and self._results:
            plot(self._results, plan.plot, f"{self._mix.name} against {self._host}")
        return INTERRUPTED if self._was_interrupted else int(not is_held)

    def _verdict(self) -> str:
        if self._fault:
            return f"not held: {self._fault}"
        broken = [f"{step.rate:g}/s: {reason}" for step in self._results for reason in step.reasons]
        remarks = [f"{step.rate:g}/s: {step.remark}" for step in self._results if step.remark]
        if broken:
            return "not held: " + "\n          ".join(broken + remarks)
        held = "held as a rate, with answers that the mix does not expect" if remarks else "held"
        return "\n      ".join([held if self._results else "nothing was played", *remarks])

    def _document(self, *, is_held: bool, verdict: str) -> dict[str, Any]:
        plan = self._plan
        return {
            "held": is_held, "verdict": verdict, "host": str(self._host), "profile": plan.profile, "mix": self._mix.name,
            "seed": self._seed, "cards": len(self._cards), "connections": plan.connections, "processes": plan.processes,
            "limit_seconds": plan.limit_seconds, "steps": [step.document() for step in self._results],
        }  # fmt: skip


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _check(plan: LoadPlan) -> None:
    mistakes = []
    if plan.connections > MOST_CONNECTIONS * plan.processes:
        mistakes.append(f"--connections {plan.connections}: at most {MOST_CONNECTIONS} per process")
    if plan.connections < plan.processes:
        mistakes.append(f"--processes {plan.processes}: more than --connections {plan.connections}")
    if plan.plot and plan.plot.suffix not in FORMATS:
        mistakes.append(f"--plot {plan.plot}: has to end in {' or '.join(FORMATS)}")
    elif plan.plot and not (plan.plot.parent.is_dir() and os.access(plan.plot.parent, os.W_OK)):
        mistakes.append(f"--plot {plan.plot}: nothing can be written there")
    if mistakes:
        raise ConfigurationError(*mistakes)
    if plan.plot:
        require_matplotlib()


def _running_host(profile: str, data_dir: Path) -> Address:
    directory = DataDirectory(data_dir)
    running = directory.running()
    if running is None:
        raise ConfigurationError(f"no `cardline up` is running in {directory.path}: start one, give its --data-dir, or --host")
    address = getattr(running, _LINKS[profile]) if profile in _LINKS else None
    if address is None:
        raise ConfigurationError(f"--profile {profile}: the running `up` has no such link: give its address as --host")
    return Address.parse(address)


def _check_reachable(host: Address, profile: NetworkProfile) -> None:
    """Cards are seeded for a host that is there. Raises HostAway."""
    try:
        channel = Channel(host.host, host.port, profile.framing, CONNECT_SECONDS)
    except HostUnreachable as error:
        raise HostAway(f"not held: {error}; no card was seeded") from None
    channel.close()


def _own_cards(rate: float, data_dir: Path, config: Path | None) -> list[Card]:
    settings = reach(config, data_dir, require=("token_key", "keys"))
    asset, numeric = ASSETS[SEEDED_CURRENCY], by_alpha(SEEDED_CURRENCY).numeric
    count = max(LEAST_SEEDED, min(MOST_SEEDED, int(rate)))
    each = asset.format(SEEDED_BALANCE_MINOR)
    print(f"{count} cards with {each} each are made in its books, and stay there; --cards takes others", file=sys.stderr)
    seeded = asyncio.run(seed(settings, cards=count, asset=asset, balance_minor=SEEDED_BALANCE_MINOR, actor="load"))
    return [Card(card.pan, card.expiry, card.cvc2, card.pin, numeric, card.available_minor) for card in seeded]
