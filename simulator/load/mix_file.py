"""Reads a traffic mix from TOML (docs/load.md). Every mistake is found at once and named with file, line and key."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from simulator.errors import MixError
from simulator.load.mix import CONVERSATIONS, Mix, Spending, Spread, Traffic
from simulator.messages import Merchant

_TOP = frozenset({"gap_messages", "amounts", "merchants", "traffic"})
_MERCHANT_LENGTHS = {"mcc": 4, "country": 3, "country_alpha": 3, "category": 1}
_MERCHANT_MOST = {"acceptor_id": 15, "name": 22, "city": 13, "terminal_id": 8}
# A load spends in the card's currency, whatever the merchant's is.
_MERCHANT_KEYS = tuple(key for key in Merchant.__dataclass_fields__ if key != "currency")
_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z_]+)\s*\]?\]")
_KEY = re.compile(r"^\s*([A-Za-z_]+)\s*=")
MOST_GAP = 10_000

Place = tuple[str | int, ...]
"""Where a value stands: table, place in the table's list, key."""


def shipped_mixes() -> tuple[str, ...]:
    """The names that need no path."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in files("simulator.mixes").iterdir()
                        if entry.name.endswith(".toml")))  # fmt: skip


def load_mix(name_or_path: str) -> Mix:
    """A shipped mix by name, or any by the path of its file. Raises MixError with all mistakes."""
    path = Path(name_or_path)
    is_path = path.suffix == ".toml" or path.name != name_or_path
    source = path if is_path else files("simulator.mixes").joinpath(f"{name_or_path}.toml")
    try:
        text = source.read_text("utf-8")
    except FileNotFoundError:
        close = get_close_matches(name_or_path, shipped_mixes(), 1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise MixError(f"mix {name_or_path}: there is no such file; {hint}shipped are {', '.join(shipped_mixes())}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise MixError(f"mix {name_or_path}: cannot be read: {error}") from None
    return parse_mix(path.stem, text, source=str(name_or_path))


def parse_mix(name: str, text: str, *, source: str) -> Mix:
    """Raises MixError: each mistake with its file, line, key and what was expected."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MixError(f"mix {source}: {error}") from None
    reader = _Reader(document)
    mix = reader.mix(name)
    if reader.mistakes:
        lines = _lines(text)
        raise MixError("; ".join(
            f"mix {source}, line {_line_of(lines, place)}: {_spelled(place)}: {said}" for place, said in reader.mistakes
        ))  # fmt: skip
    return mix


class _Reader:
    """Takes what is right out of the document and remembers what is not."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.mistakes: list[tuple[Place, str]] = []

    def mix(self, name: str) -> Mix:
        self._only((), self._document, _TOP)
        least, most = self._gap()
        values: dict[str, Any] = {"spending": self._spending(), "gap_messages": (least, most)}
        if "merchants" in self._document:
            values["merchants"] = [self._merchant(*one) for one in self._tables("merchants")]
        traffic = [self._traffic(*one) for one in self._tables("traffic")]
        if not traffic and not self.mistakes:
            self._wrong(("traffic",), "there has to be at least one [[traffic]]")
        return Mix(name, traffic, **values)

    def _gap(self) -> tuple[int, int]:
        value = self._document.get("gap_messages", [50, 500])
        if isinstance(value, list) and len(value) == 2 and all(_is_whole(one) for one in value):
            least, most = value
            if 1 <= least <= most <= MOST_GAP:
                return least, most
        self._wrong(("gap_messages",), f"has to be two whole numbers, the least and the most, between 1 and {MOST_GAP}")
        return 1, 1

    def _spending(self) -> Spending:
        table = self._document.get("amounts", {})
        if not isinstance(table, Mapping):
            self._wrong(("amounts",), "has to be a table")
            return Spending()
        self._only(("amounts",), table, Spending.__dataclass_fields__)
        values = dict(table)
        spreads = {spread.value: spread for spread in Spread}
        spread = self._chosen(("amounts", "spread"), values.get("spread", Spread.UNIFORM.value), spreads)
        for key in ("least_minor", "most_minor", "median_minor"):
            if key in values and not (_is_whole(values[key]) and 1 <= values[key] < 10**12):
                self._wrong(("amounts", key), "has to be a whole number of minor units, at least 1")
                del values[key]
        if "sigma" in values and not (_is_number(values["sigma"]) and 0 < values["sigma"] <= 5):
            self._wrong(("amounts", "sigma"), "has to be a number over 0 and up to 5")
            del values["sigma"]
        known = {key: values[key] for key in Spending.__dataclass_fields__ if key in values and key != "spread"}
        spending = Spending(spread=spread or Spread.UNIFORM, **known)
        if spending.least_minor > spending.most_minor:
            self._wrong(("amounts", "least_minor"), f"is more than most_minor ({spending.most_minor})")
        return spending

    def _merchant(self, place: Place, table: Mapping[str, Any]) -> Merchant:
        self._only(place, table, frozenset(_MERCHANT_KEYS))
        values: dict[str, Any] = {"terminal_id": None}
        for key in _MERCHANT_KEYS:
            if key not in table:
                if key != "terminal_id":
                    self._wrong((*place, key), "is missing")
                continue
            exact, most = _MERCHANT_LENGTHS.get(key), _MERCHANT_MOST.get(key, 0)
            value = table[key]
            is_text = isinstance(value, str) and value.isascii() and value.isprintable()
            if not is_text or (len(value) != exact if exact else not 1 <= len(value) <= most):
                self._wrong((*place, key), f"has to be {exact or f'1 to {most}'} ASCII characters")
            values[key] = value
            if is_text and key in {"mcc", "country"} and not value.isdigit():
                self._wrong((*place, key), "has to be digits")
        return Merchant(**{key: values.get(key, "") for key in _MERCHANT_KEYS})

    def _traffic(self, place: Place, table: Mapping[str, Any]) -> Traffic:
        self._only(place, table, Traffic.__dataclass_fields__)
        names = {name: name for name in CONVERSATIONS}
        conversation = self._chosen((*place, "conversation"), table.get("conversation"), names)
        share = table.get("share")
        if isinstance(share, int | float) and _is_number(share) and share > 0:
            return Traffic(conversation or "purchase", share)
        self._wrong((*place, "share"), "has to be a number over 0" if "share" in table else "is missing")
        return Traffic(conversation or "purchase", 1.0)

    def _tables(self, key: str) -> Iterator[tuple[Place, Mapping[str, Any]]]:
        found = self._document.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            self._wrong((key,), f"has to be written as [[{key}]]")
            return
        if key in self._document and not found:
            self._wrong((key,), f"there has to be at least one [[{key}]]")
        yield from (((key, number), one) for number, one in enumerate(found, 1))

    def _chosen(self, place: Place, value: object, known: Mapping[str, Any]) -> Any:
        found = known.get(value) if isinstance(value, str) else None
        if found is None:
            self._wrong(place, "is missing" if value is None else f"{value!r} is not one of {', '.join(known)}")
        return found

    def _only(self, place: Place, table: Mapping[str, Any], known: Mapping[str, Any] | frozenset[str]) -> None:
        for key in table:
            if key not in known:
                self._wrong((*place, key), f"no such key; known are {', '.join(sorted(known))}")

    def _wrong(self, place: Place, said: str) -> None:
        self.mistakes.append((place, said))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) != float("inf")


def _spelled(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _lines(text: str) -> dict[Place, int]:
    """The line of every table and key: tomllib does not tell."""
    found: dict[Place, int] = {}
    table: Place = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = (header[1],)
            if line.lstrip().startswith("[["):
                counts[header[1]] = counts.get(header[1], 0) + 1
                table = (header[1], counts[header[1]])
            found.setdefault(table[:1], number)
            found[table] = number
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found


def _line_of(lines: Mapping[Place, int], place: Place) -> int:
    """Of the key itself, else of its table, else the first."""
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), 1)
