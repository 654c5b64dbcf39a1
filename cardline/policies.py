"""Policies of the authorizer and groups of merchants, read from TOML. Every mistake is named by its file and key.

A policy file has `name` and `version`, and may have `[expiry]` (`grace_hours`), `[pin]` (`tries`), `[chip]`
(`counter_window`), `[ecommerce]` (`cvc2`, `three_d_secure`), `[rules]` (a rule's name = false turns it off) and a
`[[control]]` for each control of every card (`authorizer/controls.py`). What stands nowhere is as in `Policy`; how long
holds stand is in configs/hold_validity.toml.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from authorizer.control_rules import RULE_NAMES
from authorizer.controls import NAME, Control, ControlError, Scope, Vocabulary, parse_controls
from authorizer.decide import CREDIT_RULES, RULES, Policy
from authorizer.three_d_secure import BY_WORD
from authorizer.velocity_rules import RULE_NAMES as LIMIT_RULES
from cardline.errors import ConfigurationError
from cardline.explaining.rule_order import LEDGER_RULES
from ledger.money import BY_NUMERIC

RULES_KNOWN = frozenset({rule.__name__ for rule in (*RULES, *CREDIT_RULES)} | set(RULE_NAMES.values()) | LIMIT_RULES)
_FIGURES = {
    ("expiry", "grace_hours"): (0, 48, "a whole number of hours"),
    ("pin", "tries"): (1, 15, "a whole number"),
    ("chip", "counter_window"): (1, 65_535, "a whole number"),
}
"""What may be set, from and to: `[section] key`."""
_SECTIONS = frozenset({"name", "version", "ecommerce", "rules", "control"} | {section for section, _ in _FIGURES})


def load_policy(name: str) -> Policy:
    """By the name of a shipped policy or the path of a file. Raises ConfigurationError with every mistake."""
    where, text = _read(name)
    policy = parse_policy(text, where, mcc_groups())
    if name.endswith(".toml") and policy.name in _shipped():  # decisions are stored with this name
        raise ConfigurationError(f"{where}: name: {policy.name} is the name of a policy of cardline's own; give yours another")
    return policy


def parse_policy(text: str, where: str, groups: Mapping[str, frozenset[str]]) -> Policy:
    said = _parsed(text, where)
    there_are = ", ".join(sorted(_SECTIONS))
    unknown = sorted(said.keys() - _SECTIONS)
    mistakes = [f"{where}: {key}: is not a key of a policy; there are {there_are}" for key in unknown]
    name, version = said.get("name"), said.get("version")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        mistakes.append(f"{where}: name: must be 1 to 40 letters, digits, spaces or _.-")
    if type(version) is not int or version < 1:
        mistakes.append(f"{where}: version: must be a whole number from 1 on")
    figures = _figures(said, where, mistakes)
    demands = _demands(said, where, mistakes)
    off = _off(said, where, mistakes)
    controls = _controls(said, where, mistakes, groups)
    if mistakes:
        raise ConfigurationError(*mistakes)
    known = Policy(name=str(name), version=int(str(version)), off=off, mcc_groups=groups, controls=controls)
    return replace(known, **figures, **demands)


def mcc_groups() -> dict[str, frozenset[str]]:
    """The groups of configs/mcc_groups.toml."""
    return parse_groups(files("configs").joinpath("mcc_groups.toml").read_text(encoding="utf-8"), "mcc_groups.toml")


def parse_groups(text: str, where: str) -> dict[str, frozenset[str]]:
    """Raises ConfigurationError with every mistake."""
    said = _parsed(text, where)
    listed, groups = _section(said, "groups", where, mistakes := []), {}
    mistakes += [f"{where}: {key}: is not a key of this file; there is groups" for key in sorted(said.keys() - {"groups"})]
    for name, entries in listed.items():
        if not NAME.fullmatch(name):
            mistakes.append(f"{where}: groups.{name}: is no name for a group")
        codes = [_codes(entry) for entry in entries] if isinstance(entries, list) and entries else [None]
        if None in codes:
            mistakes.append(f'{where}: groups.{name}: must be a list of codes ("5411") and rising ranges ("3000-3350")')
        groups[name] = frozenset(code for some in codes if some for code in some)
    if mistakes:
        raise ConfigurationError(*mistakes)
    return groups


def vocabulary(groups: Mapping[str, frozenset[str]]) -> Vocabulary:
    """What controls may name."""
    return Vocabulary(groups=groups, currencies={asset.code for asset in BY_NUMERIC.values()})


def _shipped() -> set[str]:
    names = (entry.name for entry in files("configs").joinpath("policies").iterdir())
    return {name.removesuffix(".toml") for name in names if name.endswith(".toml")}


def _read(name: str) -> tuple[str, str]:
    """A file's name for people, and its text. What has no suffix is the name of a shipped one."""
    path = Path(name)
    try:
        if path.suffix != ".toml":
            return f"policy {name}", files("configs").joinpath("policies", f"{name}.toml").read_text(encoding="utf-8")
        return str(path), path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text"
        there_are = "" if path.suffix else f"; shipped: {', '.join(sorted(_shipped()))}; a file's name ends in .toml"
        raise ConfigurationError(f"policy {name}: {reason}{there_are}") from None


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{where}: {error}") from None


def _section(said: Mapping[str, Any], key: str, where: str, mistakes: list[str]) -> Mapping[str, Any]:
    section = said.get(key, {})
    if isinstance(section, Mapping):
        return section
    mistakes.append(f"{where}: {key}: must be a table")
    return {}


def _figures(said: Mapping[str, Any], where: str, mistakes: list[str]) -> dict[str, Any]:
    """What is said of the fields of `Policy` that are numbers."""
    found: dict[tuple[str, str], int] = {}
    for section in sorted({section for section, _ in _FIGURES}):
        there_are = ", ".join(sorted(key for of, key in _FIGURES if of == section))
        for key, figure in _section(said, section, where, mistakes).items():
            least, most, what = _FIGURES.get((section, key), (0, 0, ""))
            if not what:
                mistakes.append(f"{where}: {section}.{key}: is not a key of it; there are {there_are}")
            elif type(figure) is not int or not least <= figure <= most:
                mistakes.append(f"{where}: {section}.{key}: must be {what} from {least} to {most}")
            else:
                found[section, key] = figure
    names = {("pin", "tries"): "pin_tries", ("chip", "counter_window"): "atc_window"}
    fields: dict[str, Any] = {name: found[key] for key, name in names.items() if key in found}
    grace = found.get(("expiry", "grace_hours"))
    return fields if grace is None else fields | {"expiry_grace": timedelta(hours=grace)}


def _demands(said: Mapping[str, Any], where: str, mistakes: list[str]) -> dict[str, Any]:
    """What is said of the fields of `Policy` that demand something of payments over the net."""
    section = _section(said, "ecommerce", where, mistakes)
    mistakes += [f"{where}: ecommerce.{key}: is not a key of it" for key in sorted(section.keys() - {"cvc2", "three_d_secure"})]
    needs_cvc2, levels = section.get("cvc2", False), section.get("three_d_secure", [])
    if type(needs_cvc2) is not bool:
        mistakes.append(f"{where}: ecommerce.cvc2: must be true or false")
    if not isinstance(levels, list) or not all(isinstance(level, str) and level in BY_WORD for level in levels):
        mistakes.append(f"{where}: ecommerce.three_d_secure: must be a list of {', '.join(BY_WORD)}")
        levels = []
    return {"ecommerce_cvc2": needs_cvc2, "ecommerce_levels": frozenset(BY_WORD[level] for level in levels)}


def _off(said: Mapping[str, Any], where: str, mistakes: list[str]) -> frozenset[str]:
    section = _section(said, "rules", where, mistakes)
    for name, is_on in section.items():
        if name in LEDGER_RULES:
            mistakes.append(f"{where}: rules.{name}: is the ledger's and always asked; [pin] and [chip] say how strictly")
        elif name not in RULES_KNOWN:
            mistakes.append(f"{where}: rules.{name}: there is no such rule; there are {', '.join(sorted(RULES_KNOWN))}")
        elif type(is_on) is not bool:
            mistakes.append(f"{where}: rules.{name}: must be true or false")
    return frozenset(name for name, is_on in section.items() if is_on is False)


def _controls(
    said: Mapping[str, Any], where: str, mistakes: list[str], groups: Mapping[str, frozenset[str]]
) -> tuple[Control, ...]:
    try:
        parsed = parse_controls(said.get("control", []), "control", vocabulary(groups))
    except ControlError as error:
        mistakes.append(f"{where}: {error}")
        return ()
    version = said.get("version")
    return tuple(replace(one, scope=Scope.POLICY, version=version if type(version) is int else 0) for one in parsed)


def _codes(entry: object) -> list[str] | None:
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{4}))?", entry) if isinstance(entry, str) else None
    if match is None or (match[2] and match[2] <= match[1]):
        return None
    return [f"{code:04d}" for code in range(int(match[1]), int(match[2] or match[1]) + 1)]
