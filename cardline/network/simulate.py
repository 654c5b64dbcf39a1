"""`cardline simulate`: plays scenarios against the running `up`, or against any host that is named.

The story only: the scenarios are read, cards found, everything played by `simulator.stage`, the results printed. Raises
ConfigurationError for what cannot be played.
"""

import asyncio
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cardline import desk
from cardline.data_directory import DataDirectory
from cardline.endpoints import Endpoints
from cardline.errors import ConfigurationError, HostAway
from cardline.network.scenario_cards import PeoplesTools, seeded_cast
from cardline.network.simulate_tables import as_document, scenario_lines, summary
from cardline.reach import reach
from cardline.settings import Address
from simulator.client import Target, connected
from simulator.errors import HostUnreachable
from simulator.stage.casting import cast_from_file
from simulator.stage.connections import Limits
from simulator.stage.files import names, scenario
from simulator.stage.language import Scenario
from simulator.stage.player import Run, play_all
from simulator.stage.results import ScenarioResult
from switch.profile import load_profile

_SEED_RANGE = 1_000_000
_OWN_PROFILE = "mastercard"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for. `host` None: the running `up`; `cards` None: an issuer of ours, whose cards are seeded."""

    names: Sequence[str]
    host: str | None = None
    profile: str = _OWN_PROFILE
    cards: Path | None = None
    books: str | None = None
    seed: int | None = None
    is_audited: bool = True
    reply_seconds: float = 8.0
    as_json: bool = False


def listed(out: Console) -> int:
    """Every scenario of the package with what it shows."""
    for name in names():
        found = scenario(name)
        out.print(f"[bold]{name}[/]  {found.title}\n    {found.shows}")
    return 0


def simulate(wanted: Wanted, config: Path | None, data_dir: Path, out: Console) -> int:
    """0 only if everything that was played held."""
    scenarios = {name: scenario(name) for name in wanted.names}
    return asyncio.run(_simulated(wanted, scenarios, config, data_dir, out))


async def _simulated(
    wanted: Wanted, scenarios: Mapping[str, Scenario], config: Path | None, data_dir: Path, out: Console
) -> int:  # fmt: skip
    seed = secrets.randbelow(_SEED_RANGE) if wanted.seed is None else wanted.seed
    if wanted.cards is not None:
        run = _foreign(wanted, wanted.cards, scenarios, seed)
    else:
        run = await _own(wanted, scenarios, seed, config, data_dir)
    if not wanted.as_json:
        out.print(f"seed {seed}: the same again with --seed {seed}; host {run.target}")

    def show(result: ScenarioResult) -> None:
        if not wanted.as_json:
            out.print(*scenario_lines(result, is_audited=wanted.is_audited), sep="\n")

    outcome = await play_all(run, show)
    if wanted.as_json:
        desk.print_json(as_document(outcome))
    else:
        out.print(summary(outcome))
    return 0 if outcome.ok else 1


async def _own(wanted: Wanted, scenarios: Mapping[str, Scenario], seed: int, config: Path | None, data_dir: Path) -> Run:
    """Our own issuer: cards are seeded, the books are read, its people's tools are at hand."""
    try:
        settings = reach(config, data_dir, require=("token_key", "keys"))
    except ConfigurationError as error:
        raise ConfigurationError(f"without --cards it must be an issuer of ours: {error}") from None
    address = wanted.host or _found(DataDirectory(data_dir).running(), wanted.profile)
    if address is None:
        raise ConfigurationError("--host: name the switch; only the links of a running `cardline up` are found by themselves")
    target = _target(address, wanted.profile)
    await check_reachable(target)
    if wanted.host is not None:
        print(f"without --cards {target} is taken for an issuer of ours, and its cards are seeded", file=sys.stderr)
    print("cards and accounts with money are made in its books for the scenarios, and stay there", file=sys.stderr)
    cast = await seeded_cast(settings, scenarios)
    books = wanted.books or settings.postgres_dsn
    limits = Limits(reply_seconds=wanted.reply_seconds)
    tools = PeoplesTools(settings)
    return Run(target, scenarios, cast, seed, books, tools, wanted.is_audited, limits)


async def check_reachable(target: Target) -> None:
    """Cards are seeded for a host that is there. Raises HostAway."""
    try:
        await (await connected(target, Limits().connect_seconds)).close()
    except HostUnreachable as error:
        raise HostAway(f"{error}; nothing was played and no card seeded") from None


def _found(running: Endpoints | None, profile: str) -> str | None:
    if running is None:
        return None
    return {_OWN_PROFILE: running.iso8583, f"{_OWN_PROFILE}-ascii": running.iso8583_ascii}.get(profile)


def _foreign(wanted: Wanted, cards: Path, scenarios: Mapping[str, Scenario], seed: int) -> Run:
    """Any host: its cards by file, books only by a DSN that is given."""
    if wanted.host is None:
        raise ConfigurationError("--cards needs --host: whose cards they are")
    try:
        text = cards.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--cards {cards}: {getattr(error, 'strerror', None) or 'is no text'}") from None
    cast = cast_from_file(text, str(cards), scenarios)
    limits = Limits(reply_seconds=wanted.reply_seconds)
    target = _target(wanted.host, wanted.profile)
    return Run(target, scenarios, cast, seed, wanted.books, None, wanted.is_audited, limits)


def _target(address: str, profile_name: str) -> Target:
    try:
        found = Address.parse(address)
    except ValueError as error:
        raise ConfigurationError(f"--host {address}: {error}") from None
    profile = load_profile(profile_name)
    return Target(found.host, found.port, profile.character_set, profile.framing)
