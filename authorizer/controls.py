"""What a card may be used for: controls by merchant, place, currency, way of entry, channel and time of day, as data.

Values and their reading from people's files and from the ledger's documents; every mistake is named by its key. Whether
a request keeps them is decided in `control_rules`; how much may be spent is in `limits`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from authorizer.countries import ALPHA
from authorizer.hours import Hours, is_covered
from authorizer.request import Channel, Presence

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}", re.ASCII)
"""What controls, limits, groups and programs may be called: it is stored in decisions as it stands."""
Groups = Mapping[str, Collection[str]]
"""MCCs by the name of their group."""
MAX_CONTROLS = 50
MAX_VALUES = 200
"""Per scope and per control: what is read for every payment of the card must stay small."""


class Scope(StrEnum):
    CARD = "card"
    ACCOUNT = "account"
    PROGRAM = "program"
    POLICY = "policy"
    """Of every card: what the policy itself says."""


class Stance(StrEnum):
    ALLOW = "allow"
    """Of all that a scope allows by one feature, the request must match one."""
    DENY = "deny"


class Feature(StrEnum):
    """What of a request is looked at, in the order of the checks."""

    MCC = "mcc"
    MCC_GROUP = "mcc_group"
    MERCHANT = "merchant"
    COUNTRY = "country"
    CURRENCY = "currency"
    ENTRY_MODE = "entry_mode"
    PRESENCE = "presence"
    CHANNEL = "channel"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Control:
    name: str
    stance: Stance
    feature: Feature
    values: frozenset[str] = frozenset()
    hours: Hours | None = None
    """When it holds, for a denial; of a control by time it is what the request is compared with."""
    scope: Scope = Scope.CARD
    version: int = 0
    """Of the row in the ledger that it was read from."""

    def document(self) -> dict[str, Any]:
        """As it is stored; `parse_control` reads it again."""
        said: dict[str, Any] = {"name": self.name, "stance": self.stance.value, "by": self.feature.value}
        if self.values:
            said["values"] = sorted(self.values)
        if (hours := self.hours) is None:
            return said
        return said | {
            "from": f"{hours.start:%H:%M}",
            "to": f"{hours.end:%H:%M}",
            "zone": hours.zone,
            "days": [DAYS[day] for day in sorted(hours.days)],
        }


class ControlError(ValueError):
    """`key` says where in the file, the text what is wrong there."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = frozenset({"from", "to", "zone", "days"})
_ALLOW_KEYS = frozenset({"name", "stance", "by", "values"})
_DENY_KEYS = _ALLOW_KEYS | _HOURS
"""Only a denial may hold at some hours: of an allowance nobody could tell what is to be so at the others."""
_TIME_KEYS = frozenset({"name", "stance", "by"}) | _HOURS


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a control may speak of beside fixed words: the groups of merchants and the currencies that there are."""

    groups: Groups = field(default_factory=dict)
    currencies: Collection[str] = field(default_factory=frozenset)


def parse_controls(said: object, key: str, words: Vocabulary) -> tuple[Control, ...]:
    """A list of controls from a file. Raises ControlError for the first mistake, contradictions among them."""
    if not isinstance(said, list) or not all(isinstance(one, Mapping) for one in said):
        raise ControlError(key, "must be a list of tables")
    if len(said) > MAX_CONTROLS:
        raise ControlError(key, f"more than {MAX_CONTROLS} controls")
    parsed = tuple(parse_control(one, f"{key}[{number}]", words) for number, one in enumerate(said))
    names: set[str] = set()
    for number, control in enumerate(parsed):
        if control.name in names:
            raise ControlError(f"{key}[{number}].name", f"{control.name!r} stands there twice")
        names.add(control.name)
    _refuse_contradictions(parsed, key, words.groups)
    return parsed


def parse_control(said: Mapping[str, Any], key: str, words: Vocabulary | None = None) -> Control:
    """One control. Without `words` names are taken as they are: they were checked when they were stored."""
    name = name_of(said, key)
    stance = _word(said, key, "stance", Stance)
    feature = _word(said, key, "by", Feature)
    known = _TIME_KEYS if feature is Feature.TIME else _DENY_KEYS if stance is Stance.DENY else _ALLOW_KEYS
    for unknown in sorted(said.keys() - known):
        what = f"is not a key of a control that has stance {stance.value} by {feature}"
        raise ControlError(f"{key}.{unknown}", f"{what}; there are {', '.join(sorted(known))}")
    if feature is Feature.TIME:
        return Control(name, stance, feature, hours=_hours(said, key))
    values = said.get("values")
    if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
        raise ControlError(f"{key}.values", "must be a list of texts, and not empty")
    if len(values) > MAX_VALUES:
        raise ControlError(f"{key}.values", f"more than {MAX_VALUES} values")
    if words is not None:
        for value in values:
            check_value(feature, value, f"{key}.values", words)
    return Control(name, stance, feature, frozenset(values), _hours(said, key) if said.keys() & _HOURS else None)


def name_of(said: Mapping[str, Any], key: str) -> str:
    name = said.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ControlError(f"{key}.name", "must be 1 to 40 letters, digits, spaces or _.-")
    return name


def zone_of(said: Mapping[str, Any], key: str) -> str:
    zone = said.get("zone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ControlError(f"{key}.zone", f"{zone!r} is no time zone") from None
    return str(zone)


def _word(said: Mapping[str, Any], key: str, name: str, words: type[StrEnum]) -> Any:
    try:
        return words(str(said.get(name)))
    except ValueError:
        raise ControlError(f"{key}.{name}", f"not one of {', '.join(word.value for word in words)}") from None


def check_value(feature: Feature, value: str, key: str, words: Vocabulary) -> None:
    """Raises ControlError where no request could ever have this value."""
    match feature:
        case Feature.MCC if not re.fullmatch(r"[0-9]{4}", value):
            raise ControlError(key, f"{value!r} is no MCC, which has four digits")
        case Feature.MCC_GROUP if value not in words.groups:
            raise ControlError(key, f"there is no MCC group {value!r}")
        case Feature.COUNTRY if value not in ALPHA:
            raise ControlError(key, f"{value!r} is no country; write three letters")
        case Feature.CURRENCY if value not in words.currencies:
            raise ControlError(key, f"{value!r} is no currency that we keep")
        case Feature.ENTRY_MODE if not re.fullmatch(r"[0-9]{2}", value):
            raise ControlError(key, f"{value!r} is no entry mode, which has two digits")
        case Feature.PRESENCE if value not in {word.value for word in Presence}:
            raise ControlError(key, f"{value!r} is not one of {', '.join(word.value for word in Presence)}")
        case Feature.CHANNEL if value not in {word.value for word in Channel}:
            raise ControlError(key, f"{value!r} is not one of {', '.join(word.value for word in Channel)}")
        case Feature.MERCHANT if not 1 <= len(value) <= 15 or value != value.strip():
            raise ControlError(key, f"{value!r} is no merchant id (DE 42), which has up to 15 characters")


def _hours(said: Mapping[str, Any], key: str) -> Hours:
    days = said.get("days", list(DAYS))
    if not isinstance(days, list) or not days or not all(day in DAYS for day in days):
        raise ControlError(f"{key}.days", f"must be a list of {', '.join(DAYS)}")
    start, end = _clock(said, key, "from"), _clock(said, key, "to")
    return Hours(start, end, zone_of(said, key), frozenset(DAYS.index(day) for day in days))


def _clock(said: Mapping[str, Any], key: str, name: str) -> time:
    text = said.get(name)
    if not isinstance(text, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ControlError(f"{key}.{name}", "must be HH:MM")
    return time(int(text[:2]), int(text[3:]))


def _refuse_contradictions(controls: tuple[Control, ...], key: str, groups: Groups) -> None:
    """What is allowed and can never be, because it is denied or because two allowances exclude each other."""
    denials = [one for one in controls if one.stance is Stance.DENY and (one.hours is None or one.feature is Feature.TIME)]
    """Those that hold at all hours: what is denied at some is allowed at others."""
    for number, control in enumerate(controls):
        where = f"{key}[{number}]"
        if control.hours is not None and control.hours.start == control.hours.end != time(0):
            raise ControlError(f"{where}.to", "is the same as from; a whole day is from 00:00 to 00:00")
        if control.stance is Stance.ALLOW:
            _refuse_denied(control, denials, where, groups)
    _refuse_exclusive(controls, key, groups)


def _refuse_denied(control: Control, denials: list[Control], where: str, groups: Groups) -> None:
    for other in denials:
        both = control.values & other.values if other.feature is control.feature else frozenset()
        if control.feature is Feature.MCC and other.feature is Feature.MCC_GROUP:
            both = control.values & codes_of(other, groups)
        if both:
            raise ControlError(f"{where}.values", f"{min(both)!r} is also denied, by {other.name!r}")
    if control.feature is Feature.MCC_GROUP:
        denied = frozenset[str]().union(*(codes_of(other, groups) for other in denials))
        for group in sorted(control.values):
            if frozenset(groups[group]) <= denied:
                raise ControlError(f"{where}.values", f"every merchant of {group!r} is also denied")
    never = [other.hours for other in denials if other.hours is not None]
    if control.hours is not None and never and is_covered(control.hours, never):
        raise ControlError(f"{where}.from", "all of these hours are also denied")


def _refuse_exclusive(controls: tuple[Control, ...], key: str, groups: Groups) -> None:
    """A payment must have one of the codes and be of one of the groups that are allowed."""
    allowed = [control for control in controls if control.stance is Stance.ALLOW]
    codes = frozenset[str]().union(*(one.values for one in allowed if one.feature is Feature.MCC))
    grouped = [one for one in allowed if one.feature is Feature.MCC_GROUP]
    if codes and grouped and codes.isdisjoint(code for one in grouped for code in codes_of(one, groups)):
        raise ControlError(f"{key}[{controls.index(grouped[0])}].values", "none of the codes that are allowed is in these groups")


def codes_of(control: Control, groups: Groups) -> frozenset[str]:
    """The merchant codes that it names, itself or by group."""
    if control.feature is Feature.MCC:
        return control.values
    named = control.values if control.feature is Feature.MCC_GROUP else ()
    return frozenset(code for group in named for code in groups.get(group, ()))
