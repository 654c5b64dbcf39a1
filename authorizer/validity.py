"""How long a hold stands: a table of rules by authorization class, MCC, card presence and initiator. Pure.

A rule that leaves a column out holds for all of it. Of the rules that fit, the narrowest wins; rules of which none is
narrower than the other may not overlap, so there is always one narrowest. That is checked when the table is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple


class HoldClass(StrEnum):
    """What is authorized (DE 61 SF7, DE 48.61 SF5, DE 60)."""

    UNDEFINED = "undefined"
    FINAL = "final"
    PREAUTHORIZATION = "preauthorization"
    REFUND = "refund"
    COMPLETION = "completion"
    """The final amount of what was authorized before (fuel, charging)."""


class Presence(StrEnum):
    PRESENT = "present"
    NOT_PRESENT = "not_present"


class Initiator(StrEnum):
    CARDHOLDER = "cardholder"
    MERCHANT = "merchant"


NETWORK_DAYS = {HoldClass.PREAUTHORIZATION: 30, HoldClass.REFUND: 5}
OTHER_NETWORK_DAYS = 7
"""The network's own validity (calendar days): a presentment may come until then, so 30 for a pre-authorization, else 7."""
MAX_DAYS = 30
REMEMBERED = 10_000
"""Occasions whose lifetime is kept: far more than merchants have categories."""


class Occasion(NamedTuple):
    """What the lifetime of a hold depends on."""

    hold_class: HoldClass
    mcc: str
    presence: Presence
    initiator: Initiator


@dataclass(frozen=True, slots=True)
class ValidityRule:
    """`mccs`: ranges, both ends included. Empty: all of that column."""

    name: str
    lifetime: timedelta
    classes: frozenset[str] = frozenset()
    mccs: tuple[tuple[int, int], ...] = ()
    presences: frozenset[str] = frozenset()
    initiators: frozenset[str] = frozenset()

    def fits(self, occasion: Occasion) -> bool:
        return (
            (not self.classes or occasion.hold_class in self.classes)
            and (not self.presences or occasion.presence in self.presences)
            and (not self.initiators or occasion.initiator in self.initiators)
            and (not self.mccs or any(first <= _number(occasion.mcc) <= last for first, last in self.mccs))
        )

    def is_within(self, other: "ValidityRule") -> bool:
        """Whatever fits this fits the other."""
        words = zip(self._words(), other._words(), strict=True)
        return all(not theirs or (mine and mine <= theirs) for mine, theirs in words) and (
            not other.mccs or (bool(self.mccs) and all(_covered(span, other.mccs) for span in self.mccs))
        )

    def overlaps(self, other: "ValidityRule") -> bool:
        """Something fits both."""
        words = zip(self._words(), other._words(), strict=True)
        return all(not mine or not theirs or mine & theirs for mine, theirs in words) and (
            not self.mccs or not other.mccs or any(a <= last and first <= b for a, b in self.mccs for first, last in other.mccs)
        )

    def _words(self) -> tuple[frozenset[str], ...]:
        return self.classes, self.presences, self.initiators


@dataclass(frozen=True, slots=True)
class HoldValidity:
    """The table, with the version that a decision is stored with. `rules`: the narrowest first."""

    name: str
    version: int
    rules: tuple[ValidityRule, ...]
    _known: dict[Occasion, timedelta] = field(default_factory=dict, compare=False, repr=False)

    def lifetime(self, occasion: Occasion) -> timedelta:
        known = self._known.get(occasion)
        if known is None:
            known = next(rule.lifetime for rule in self.rules if rule.fits(occasion))
            if len(self._known) < REMEMBERED:
                self._known[occasion] = known
        return known


class ValidityError(ValueError):
    """A table that contradicts itself, the network or its own form: every mistake, each with its key."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


def parse_validity(document: Mapping[str, Any]) -> HoldValidity:
    """The table from its TOML document. Raises ValidityError."""
    mistakes: list[str] = [f"{key}: is no key of this table" for key in document if key not in ("name", "version", "rule")]
    name, version = document.get("name"), document.get("version")
    if not isinstance(name, str) or not name:
        mistakes.append("name: must be text")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        mistakes.append("version: must be a whole number from 1")
    found = document.get("rule", {})
    if not isinstance(found, Mapping) or not found:
        raise ValidityError(*mistakes, "rule: there must be at least one")
    rules = [rule for key, values in found.items() if (rule := _rule(key, values, mistakes)) is not None]
    if mistakes:
        raise ValidityError(*mistakes)
    if contradictions := _contradictions(rules):
        raise ValidityError(*contradictions)
    # A rule within another one comes before it: it is within at least as many.
    narrowest_first = sorted(rules, key=lambda rule: -sum(rule.is_within(other) for other in rules))
    return HoldValidity(str(name), int(version or 1), tuple(narrowest_first))


_CHOICES: Mapping[str, tuple[str, frozenset[str]]] = {
    "classes": ("classes", frozenset(HoldClass)),
    "presence": ("presences", frozenset(Presence)),
    "initiator": ("initiators", frozenset(Initiator)),
}
_UNITS = ("minutes", "hours", "days")


def _rule(name: str, values: object, mistakes: list[str]) -> ValidityRule | None:
    if not isinstance(values, Mapping):
        mistakes.append(f"rule.{name}: must be a table")
        return None
    before = len(mistakes)
    columns: dict[str, Any] = {}
    for key, value in values.items():
        if key in _CHOICES:
            column, choices = _CHOICES[key]
            columns[column] = _words(f"rule.{name}.{key}", value, choices, mistakes)
        elif key == "mcc":
            columns["mccs"] = _ranges(f"rule.{name}.mcc", value, mistakes)
        elif key not in _UNITS:
            mistakes.append(f"rule.{name}.{key}: is no key of a rule")
    lifetime = _lifetime(f"rule.{name}", values, mistakes)
    if len(mistakes) > before:
        return None
    rule = ValidityRule(name, lifetime, **columns)
    if (most := _most(rule)) < lifetime:
        mistakes.append(f"rule.{name}: stands longer than the network's {most.days} days")
    return rule


def _most(rule: ValidityRule) -> timedelta:
    classes = rule.classes or frozenset(HoldClass) - NETWORK_DAYS.keys()
    return timedelta(days=min(NETWORK_DAYS.get(HoldClass(each), OTHER_NETWORK_DAYS) for each in classes))


def _words(path: str, value: object, choices: frozenset[str], mistakes: list[str]) -> frozenset[str]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given:
        mistakes.append(f"{path}: must be one or more of {', '.join(sorted(choices))}")
        return frozenset()
    mistakes.extend(f"{path}: {each!r} is not one of {', '.join(sorted(choices))}" for each in given if each not in choices)
    return frozenset(each for each in given if each in choices)


def _ranges(path: str, value: object, mistakes: list[str]) -> tuple[tuple[int, int], ...]:
    """`"5542"` and `"3501-3999"`."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given:
        mistakes.append(f"{path}: must be one or more codes or ranges, as text")
        return ()
    found: list[tuple[int, int]] = []
    for each in given:
        first, _, last = str(each).partition("-")
        last = last or first
        if not all(part.isascii() and part.isdigit() and len(part) == 4 for part in (first, last)) or first > last:
            mistakes.append(f"{path}: {each!r} is neither a code of four digits nor a range of two")
        else:
            found.append((int(first), int(last)))
    return tuple(found)


def _lifetime(path: str, values: Mapping[str, Any], mistakes: list[str]) -> timedelta:
    given = [unit for unit in _UNITS if unit in values]
    if len(given) != 1:
        mistakes.append(f"{path}: needs one of {', '.join(_UNITS)}")
        return timedelta()
    (unit,), number = given, values[given[0]]
    most = timedelta(days=MAX_DAYS) // timedelta(**{unit: 1})
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= most:
        mistakes.append(f"{path}.{unit}: must be a whole number from 1 to {most}")
        return timedelta()
    return timedelta(**{unit: number})


def _contradictions(rules: list[ValidityRule]) -> list[str]:
    found = [] if any(not (r.mccs or any(r._words())) for r in rules) else ["rule: one must fit everything, without a column"]
    for number, rule in enumerate(rules):
        for other in rules[number + 1 :]:
            if rule.is_within(other) and other.is_within(rule):
                found.append(f"rule.{other.name}: fits the same as rule.{rule.name}")
            elif rule.overlaps(other) and not rule.is_within(other) and not other.is_within(rule):
                found.append(f"rule.{other.name}: overlaps with rule.{rule.name}, and neither is an exception to the other")
    return found


def _covered(span: tuple[int, int], ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= span[0] and span[1] <= last for first, last in ranges)


def _number(mcc: str) -> int:
    return int(mcc) if mcc.isascii() and mcc.isdigit() else -1
