"""What goes wrong, as data: rules per direction, phases one after the other, and the TOML file that says so. Pure.

    [[phase]]
    name = "slow and torn"
    seconds = 5.0                 # without it: until the end
    to_server = { delay_seconds = 0.2, jitter_seconds = 0.1 }
    to_client = { split = 1 }

    [[phase]]
    name = "nothing gets through to the client"
    to_client = { is_partitioned = true }

`repeats = true` at the top begins again after the last phase.
"""

import enum
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from simulator.errors import PlanError


class Unit(enum.StrEnum):
    """What is delayed, dropped or corrupted as one: what one read gave, or one frame with two bytes of length in front."""

    READ = "read"
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class Rules:
    """One direction. Shares are from 0 to 1 of the units; 0 and 0.0 are off."""

    unit: Unit = Unit.READ
    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    """At most so much is added to the delay; order is kept."""
    drop: float = 0.0
    corrupt: float = 0.0
    """Share of units in which one bit is turned."""
    split: int = 0
    """Written in pieces of so many bytes; 1: every byte by itself."""
    join: int = 0
    """So many units are written as one, at the latest after `join_seconds`."""
    join_seconds: float = 0.05
    cut: float = 0.0
    """Share of units instead of which the connection is reset, both ways."""
    cut_after_bytes: int = 0
    half_close_after_bytes: int = 0
    """The receiver is told that nothing more comes; the other direction goes on."""
    bytes_per_second: int = 0
    """Read no faster than that: whoever sends has to wait."""
    is_partitioned: bool = False
    """Nothing is read or written; what was sent arrives when it heals."""


CALM = Rules()


@dataclass(frozen=True, slots=True)
class Phase:
    """Both directions for some time; None: until the end."""

    name: str = ""
    to_server: Rules = CALM
    to_client: Rules = CALM
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Phases in order."""

    phases: tuple[Phase, ...] = (Phase(),)
    repeats: bool = False


SHARES = frozenset({"drop", "corrupt", "cut"})
_KEYS: Mapping[str, type] = {field.name: type(field.default) for field in fields(Rules)}


def parse_plan(text: str, name: str) -> FaultPlan:
    """Raises PlanError with file, phase, key and what was expected."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{name}: {error}") from error
    _only(content, {"phase", "repeats"}, name)
    phases, repeats = content.get("phase", []), content.get("repeats", False)
    if not isinstance(phases, list) or not phases or not all(isinstance(phase, dict) for phase in phases):
        raise PlanError(f"{name}: phase: has to be a list of at least one [[phase]]")
    if not isinstance(repeats, bool):
        raise PlanError(f"{name}: repeats: has to be true or false")
    lines = [at for at, line in enumerate(text.splitlines(), 1) if line.replace(" ", "").startswith("[[phase]]")]
    places = [f"{name}:{at}" for at in lines] if len(lines) == len(phases) else [name] * len(phases)
    named = enumerate(zip(places, phases, strict=True), 1)
    plan = FaultPlan(tuple(_phase(phase, f"{place}: phase {number}") for number, (place, phase) in named), repeats)
    if any(phase.seconds is None for phase in (plan.phases if repeats else plan.phases[:-1])):
        raise PlanError(f"{name}: seconds: has to be given for every phase that another one follows")
    return plan


def _phase(content: Mapping[str, object], where: str) -> Phase:
    _only(content, {"name", "seconds", "to_server", "to_client"}, where)
    name, seconds = content.get("name", ""), content.get("seconds")
    if not isinstance(name, str):
        raise PlanError(f"{where}: name: has to be a text")
    if seconds is not None and (not _is_number(seconds) or not 0 < float(str(seconds)) < float("inf")):
        raise PlanError(f"{where}: seconds: has to be a number above 0")
    to_server, to_client = (_rules(content.get(key, {}), f"{where}: {key}") for key in ("to_server", "to_client"))
    return Phase(name, to_server, to_client, None if seconds is None else float(str(seconds)))


def _rules(content: object, where: str) -> Rules:
    if not isinstance(content, dict):
        raise PlanError(f"{where}: has to be a table")
    _only(content, _KEYS.keys(), where)
    values: dict[str, Any] = {key: _value(key, value, f"{where}.{key}") for key, value in content.items()}
    return Rules(**values)


def _value(key: str, value: object, where: str) -> object:
    kind = _KEYS[key]
    if kind is Unit:
        if value not in tuple(Unit):
            raise PlanError(f"{where}: has to be one of {', '.join(Unit)}")
        return Unit(str(value))
    if kind is bool:
        if not isinstance(value, bool):
            raise PlanError(f"{where}: has to be true or false")
        return value
    most = 1.0 if key in SHARES else float(1 << 31)
    if not _is_number(value) or (kind is int and not isinstance(value, int)) or not 0 <= float(str(value)) <= most:
        expected = "a number between 0 and 1" if key in SHARES else f"{'a whole number' if kind is int else 'a number'} from 0 up"
        raise PlanError(f"{where}: has to be {expected}")
    return value if kind is int else float(str(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _only(content: Mapping[str, object], known: Collection[str], where: str) -> None:
    for key in content:
        if key not in known:
            raise PlanError(f"{where}: {key}: there is no such key; expected one of {', '.join(sorted(known))}")
