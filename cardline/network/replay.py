"""`cardline replay`: plays the network's side of fixtures against a host and shows where its replies differ."""

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardline.desk import DATA_DIR, AsJson, Config, DataDir

if TYPE_CHECKING:
    from simulator.client import Target
    from simulator.fixtures.form import Fixture, Rules
    from simulator.fixtures.playing import Limits, Outcome, Pace, Played
    from switch.profile import NetworkProfile

MOST_BYTES = 512 * 1024 * 1024


def register(app: typer.Typer) -> None:
    app.command("replay")(_replay)


def _replay(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Fixtures, played one after the other.")],
    host: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Another host than the running `up`.")] = None,
    profile: Annotated[str | None, typer.Option(help="Network profile by name or path; the fixture's if not given.")] = None,
    speed: Annotated[str, typer.Option(help="1 as recorded, 10 ten times as fast, max as fast as the replies allow.")] = "1",
    fresh: Annotated[bool, typer.Option("--fresh", help="New STAN, DE 7, RRN and DE 63: a new session, not a repeat.")] = False,
    seed: Annotated[int | None, typer.Option(help="Of the fresh keys; printed when chosen freely.")] = None,
    ignore: Annotated[str, typer.Option(help="More that is not compared, such as 54,48.71.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Compare everything, also what the fixture leaves out.")] = False,
    reply_seconds: Annotated[float, typer.Option(min=0.05, max=600, help="How long each reply may take.")] = 10.0,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,  # noqa: ARG001  every command takes it
) -> int:
    """Play fixtures against cardline or another host; exit code 0 only if no reply differs from the recorded one."""
    from simulator.fixtures.playing import Limits

    fixtures = [_read(file) for file in files]
    pace = _pace(speed)
    targets = [_target(fixture, host, profile, data_dir) for fixture in fixtures]
    chosen = random.SystemRandom().randrange(10**9) if seed is None else seed
    if fresh and seed is None:
        print(f"cardline: fresh keys, seed {chosen}", file=sys.stderr)
    plays = _Plays(pace, Limits(reply_seconds=reply_seconds), _ignored(ignore), strict, random.Random(chosen) if fresh else None)  # noqa: S311
    outcomes = [plays.outcome(fixture, target) for fixture, target in zip(fixtures, targets, strict=True)]
    if as_json:
        print(json.dumps([_document(outcome) for outcome in outcomes], indent=2, ensure_ascii=False))
    else:
        _print(outcomes)
    return 0 if all(outcome.is_equal for outcome in outcomes) else 1


class _Plays:
    """How all of the fixtures are played."""

    def __init__(self, pace: "Pace", limits: "Limits", ignored: "Rules", is_strict: bool, rng: random.Random | None) -> None:
        self._pace, self._limits, self._ignored, self._is_strict, self._rng = pace, limits, ignored, is_strict, rng

    def outcome(self, fixture: "Fixture", target: "Target") -> "Outcome":
        """Raises FixtureError where the fixture cannot be written in the host's alphabet."""
        from simulator.errors import FixtureError
        from simulator.fixtures.playing import Play, played
        from simulator.fixtures.renewal import Renewal
        from simulator.fixtures.values import ValueFault

        renewal = None
        if self._rng is not None:
            recorded_at, encoding = fixture.header.recorded_at, target.character_set
            renewal = Renewal(self._rng, recorded_at=recorded_at, plays_at=datetime.now(UTC), character_set=encoding)
        play = Play(target, self._pace, self._limits, renewal, self._ignored, self._is_strict)
        try:
            return asyncio.run(played(fixture, play))
        except ValueFault as fault:
            raise FixtureError(f"{fixture.name}: fields.{fault.key}: {fault.expected}") from None


def _read(file: Path) -> "Fixture":
    """Raises ConfigurationError or FixtureError."""
    from cardline.errors import ConfigurationError
    from simulator.errors import FixtureError
    from simulator.fixtures.form import read_fixture

    try:
        if file.stat().st_size > MOST_BYTES:
            raise ConfigurationError(f"{file}: more than {MOST_BYTES // 1024 // 1024} MiB")
        return read_fixture(str(file), file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise FixtureError(f"{file}:1: expected JSON lines in UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None


def _pace(speed: str) -> "Pace":
    from cardline.errors import ConfigurationError
    from simulator.fixtures.playing import Pace

    if speed == "max":
        return Pace(None)
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not 0.001 <= factor <= 1e6:
        raise ConfigurationError(f"--speed: expected max or a number from 0.001 to 1000000, not {speed!r}")
    return Pace(factor)


def _ignored(paths: str) -> "Rules":
    from simulator.fixtures.form import Rule

    return {path.strip(): Rule.ANY for path in paths.split(",") if path.strip()}


def _target(fixture: "Fixture", host: str | None, profile: str | None, data_dir: Path) -> "Target":
    """Where and how to play it. Raises ConfigurationError."""
    from cardline.network.fixture_files import address
    from cardline.reach import running_link
    from simulator.client import Target

    network = _profile(fixture, profile)
    found = address("--host", host if host is not None else running_link(data_dir, network.character_set))
    return Target(found.host, found.port, network.character_set, network.framing)


def _profile(fixture: "Fixture", given: str | None) -> "NetworkProfile":
    from cardline.errors import ConfigurationError as Mistake
    from switch.errors import ConfigurationError
    from switch.profile import load_profile

    if given is not None:
        return load_profile(given)
    name = fixture.header.profile
    try:
        found = load_profile(name)
    except ConfigurationError:
        raise Mistake(f"{fixture.name}: was recorded with profile {name}, which is not here: give --profile") from None
    return replace(found, character_set=fixture.header.encoding)


def _print(outcomes: "Sequence[Outcome]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from authorizer.card_numbers import hide_card_numbers

    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    for outcome in outcomes:
        table = Table("message", "line", "value", "recorded", "now", title=Text(outcome.name), title_justify="left")
        for played in outcome.played:
            for row in _rows(played):
                table.add_row(*(Text(hide_card_numbers(cell)) for cell in row))
        if table.row_count:
            console.print(table)
        if surplus := _surplus(outcome):
            console.print(Text(f"hint: the host echoes more than was recorded; --ignore {','.join(surplus)} lets that pass"))
        for note in outcome.notes:
            console.print(Text(f"note: {note}"))
        console.print(Text(f"{outcome.name}: {_summary(outcome)}"))


def _surplus(outcome: "Outcome") -> list[str]:
    """What came and was never recorded, in the order of the elements; nothing where it is a single one."""
    from simulator.fixtures.comparison import ABSENT

    differences = [each for played in outcome.played for each in played.differences]
    found = {each.path.partition("#")[0] for each in differences if each.expected == ABSENT}
    return sorted(found, key=lambda path: (int(path.partition(".")[0]), path)) if len(found) > 1 else []


def _rows(played: "Played") -> list[tuple[str, str, str, str, str]]:
    """One per difference; none where there is nothing to say."""
    if played.verdict.is_fine:
        return []
    name, line = f"{played.number}: {played.mti}", str(played.line)
    rows = [(name, line, each.name, each.expected, each.got) for each in played.differences]
    return rows or [(name, line, played.verdict.value, "", played.why or "")]


def _summary(outcome: "Outcome") -> str:
    from collections import Counter

    from simulator.fixtures.playing import Verdict

    counts = Counter(played.verdict for played in outcome.played)
    said = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    return (
        f"{len(outcome.played)} messages of the network: {', '.join(said)}"
        if said
        else "there is no message of the network in it"
    )


def _document(outcome: "Outcome") -> dict[str, object]:
    messages = [
        asdict(played) | {"verdict": played.verdict.name.lower(), "differences": [asdict(each) for each in played.differences]}
        for played in outcome.played
    ]
    return {"fixture": outcome.name, "ok": outcome.is_equal, "messages": messages, "notes": list(outcome.notes)}
