"""By how much a presentment may exceed what was authorized before somebody has to look at it: a table of rules by MCC and
entry mode. Pure. It posts in full either way.

The first rule that fits counts; the last one has to fit everything. That is checked when the table is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clearing.records import ClearingRecord, EntryMode
from ledger.money import ASSETS

MOST_PERCENT = 100
_KEYS = ("name", "version", "converted_percent", "margin_percent", "rule")
_COLUMNS = ("mcc", "entry", "percent", "token", "most")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """`percent` on top of what was authorized; of a `token` amount at the most, up to `most` of the currency instead.

    `mccs`: ranges, both ends included. Empty columns fit all. Amounts in minor units by asset.
    """

    name: str
    percent: int = 0
    mccs: tuple[tuple[int, int], ...] = ()
    entries: frozenset[EntryMode] = frozenset()
    token: Mapping[str, int] = field(default_factory=dict)
    most: Mapping[str, int] = field(default_factory=dict)

    def fits(self, mcc: str | None, entry: EntryMode) -> bool:
        number = int(mcc) if mcc and mcc.isascii() and mcc.isdigit() else -1
        is_of_mcc = not self.mccs or any(first <= number <= last for first, last in self.mccs)
        return is_of_mcc and (not self.entries or entry in self.entries)


@dataclass(slots=True)  # not frozen: made for every record of a file
class Allowed:
    """The most that may be presented in all, and the rule that says so, for people."""

    minor: int
    rule: str


@dataclass(frozen=True, slots=True)
class Tolerances:
    """The table. `margin_percent`: by how much settlement may differ from billing for a payment abroad."""

    name: str
    version: int
    rules: tuple[Tolerance, ...]
    converted_percent: int = 0
    margin_percent: int = 0
    _chosen: dict[tuple[str | None, EntryMode], tuple[Tolerance, str]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """The rule for merchants and entry modes met so far, and what it is called; a file has a few of them."""

    def allowed(self, authorized: int, asset: str, record: ClearingRecord, *, is_converted: bool) -> Allowed:
        """In minor units of `asset`, in which `authorized` is."""
        rule, name = self._chosen.get((record.mcc, record.entry)) or self._choose(record.mcc, record.entry)
        percent = max(rule.percent, self.converted_percent if is_converted else 0)
        minor = authorized + authorized * percent // 100
        if 0 < authorized <= rule.token.get(asset, 0):
            minor = max(minor, rule.most[asset])
        return Allowed(minor, name)

    def _choose(self, mcc: str | None, entry: EntryMode) -> tuple[Tolerance, str]:
        rule = next(rule for rule in self.rules if rule.fits(mcc, entry))
        self._chosen[mcc, entry] = rule, f"{rule.name} of {self.name}/{self.version}"
        return self._chosen[mcc, entry]


NONE = Tolerances("none", 1, (Tolerance("general"),))
"""Nothing beyond what was authorized."""


class TolerancesError(ValueError):
    """A table that cannot be used: every mistake, each with its key."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


def parse_tolerances(document: Mapping[str, Any]) -> Tolerances:
    """The table from its TOML document. Raises TolerancesError."""
    mistakes = [f"{key}: is no key of this table" for key in document if key not in _KEYS]
    name, version = document.get("name"), document.get("version")
    if not isinstance(name, str) or not name:
        mistakes.append("name: must be text")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        mistakes.append("version: must be a whole number from 1")
    found = document.get("rule", {})
    if not isinstance(found, Mapping) or not found:
        raise TolerancesError(*mistakes, "rule: there must be at least one")
    rules = tuple(_rule(key, values, mistakes) for key, values in found.items())
    converted, margin = (_percent(key, document.get(key, 0), mistakes) for key in ("converted_percent", "margin_percent"))
    if rules[-1].mccs or rules[-1].entries:
        mistakes.append(f"rule.{rules[-1].name}: the last one must fit everything, without mcc and entry")
    mistakes += [f"rule.{rule.name}: fits everything, so no rule below it is asked" for rule in rules[:-1] if _is_general(rule)]
    if mistakes:
        raise TolerancesError(*mistakes)
    return Tolerances(str(name), int(version or 1), rules, converted, margin)


def _is_general(rule: Tolerance) -> bool:
    return not rule.mccs and not rule.entries


def _rule(name: str, values: object, mistakes: list[str]) -> Tolerance:
    if not isinstance(values, Mapping):
        mistakes.append(f"rule.{name}: must be a table")
        return Tolerance(name)
    path = f"rule.{name}"
    mistakes += [f"{path}.{key}: is no key of a rule" for key in values if key not in _COLUMNS]
    if "percent" not in values:
        mistakes.append(f"{path}.percent: is missing")
    if ("token" in values) != ("most" in values):
        mistakes.append(f"{path}: token and most go together")
    most = _amounts(f"{path}.most", values.get("most", {}), mistakes)
    return Tolerance(
        name, _percent(f"{path}.percent", values.get("percent", 0), mistakes),
        _ranges(f"{path}.mcc", values["mcc"], mistakes) if "mcc" in values else (),
        _entries(f"{path}.entry", values["entry"], mistakes) if "entry" in values else frozenset(),
        _amounts(f"{path}.token", dict.fromkeys(most, values.get("token", "")), mistakes), most,
    )  # fmt: skip


def _percent(path: str, value: object, mistakes: list[str]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_PERCENT:
        return value
    mistakes.append(f"{path}: must be a whole number from 0 to {MOST_PERCENT}")
    return 0


def _ranges(path: str, value: object, mistakes: list[str]) -> tuple[tuple[int, int], ...]:
    """`"5542"` and `"3501-3999"`."""
    given = value if isinstance(value, list) and value else [None]
    found: list[tuple[int, int]] = []
    for each in given:
        first, _, last = str(each).partition("-")
        last = last or first
        if all(part.isascii() and part.isdigit() and len(part) == 4 for part in (first, last)) and first <= last:
            found.append((int(first), int(last)))
        else:
            mistakes.append(f"{path}: must be codes of four digits or ranges of two, as text")
    return tuple(found)


def _entries(path: str, value: object, mistakes: list[str]) -> frozenset[EntryMode]:
    known = {mode.value: mode for mode in EntryMode}
    if isinstance(value, list) and value and all(isinstance(each, str) and each in known for each in value):
        return frozenset(known[each] for each in value)
    mistakes.append(f"{path}: must be one or more of {', '.join(known)}")
    return frozenset()


def _amounts(path: str, value: object, mistakes: list[str]) -> dict[str, int]:
    """Major units as text, by currency."""
    found: dict[str, int] = {}
    for code, text in value.items() if isinstance(value, Mapping) else (("", ""),):
        try:
            found[code] = ASSETS[code].parse(text)
        except (KeyError, TypeError, ValueError):
            mistakes.append(f'{path}: must be amounts like {{ EUR = "1.00" }} of currencies that are kept here')
            break
    return found
