"""Finds a payment's lines in log files, of any size, plain or gzip: they are read as a stream, and what is kept is bounded."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from authorizer.card_numbers import hide_card_numbers
from cardline.errors import ConfigurationError

LONGEST_LINE = 64 * 1024
"""Ours have a few hundred bytes; a longer one is none of ours and is passed over."""
MOST_LINES = 1_000
"""Of all payments that are told at once; each message of one writes one."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Names:
    """By what a line is known to be about a payment."""

    messages: frozenset[int]
    authorizations: frozenset[int] = frozenset()

    def cover(self, line: dict[str, Any]) -> bool:
        return _number(line, "message_id") in self.messages or _number(line, "authorization_id") in self.authorizations


def _number(line: dict[str, Any], key: str) -> int | None:
    """A file of somebody else's may hold anything there."""
    number = line.get(key)
    return number if isinstance(number, int) else None


def find_lines(paths: Sequence[Path], wanted: Sequence[Names]) -> list[dict[str, Any]]:
    """Of all that are wanted, in one reading, in the order of time, at most MOST_LINES; without card numbers.

    Raises ConfigurationError where a file cannot be read.
    """
    numbers = sorted({number for names in wanted for number in names.messages | names.authorizations})
    if not numbers:
        return []
    written = [str(number).encode() for number in numbers]
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            with _opened(path) as stream:
                for raw in _lines(stream):
                    if any(number in raw for number in written) and (line := _ours(raw, wanted)) is not None:
                        found.append(line)
                        if len(found) > 2 * MOST_LINES:
                            found = _earliest(found)
        except (OSError, EOFError, zlib.error) as error:
            raise ConfigurationError(f"--log {path}: {getattr(error, 'strerror', None) or 'is no whole gzip file'}") from None
    return _earliest(found)


def _earliest(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=written_at)[:MOST_LINES]


def written_at(line: dict[str, Any]) -> datetime:
    """In UTC. Raises ValueError or OverflowError where the line says no moment."""
    at = datetime.fromisoformat(line["timestamp"])
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


def _opened(path: Path) -> BinaryIO:
    """Also a pipe, as /dev/stdin is: nothing is read twice."""
    stream = path.open("rb")
    is_packed = stream.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if is_packed else stream


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    is_begun = False
    while raw := stream.readline(LONGEST_LINE):
        is_whole = raw.endswith(b"\n") or len(raw) < LONGEST_LINE
        if is_whole and not is_begun:
            yield raw
        is_begun = not is_whole


def _ours(raw: bytes, wanted: Sequence[Names]) -> dict[str, Any] | None:
    line = _unwrapped(raw)
    if not isinstance(line, dict) or not all(isinstance(line.get(key), str) for key in ("event", "level", "timestamp")):
        return None
    if not any(names.cover(line) for names in wanted):
        return None
    try:
        written_at(line)
    except (ValueError, OverflowError):
        return None
    return {_hidden(key): value if _is_id(key, value) else _hidden(value) for key, value in line.items()}


def _is_id(key: str, value: object) -> bool:
    """Our own numbers, which have as many digits as a card's."""
    return isinstance(value, int) and key.endswith("_id")


def _hidden(value: Any) -> Any:
    """Without card numbers, which other programs' lines may hold."""
    match value:
        case str():
            return hide_card_numbers(value)
        case bool():
            return value
        case int():
            shown = hide_card_numbers(str(value))
            return value if shown == str(value) else shown
        case list():
            return [_hidden(one) for one in value]
        case dict():
            return {_hidden(key): _hidden(one) for key, one in value.items()}
    return value


def _unwrapped(raw: bytes) -> Any:
    """As we wrote it, or as a collector keeps it: behind a prefix (syslog, CRI), or in `log` of another object (Docker)."""
    try:
        line = orjson.loads(raw[max(raw.find(b"{"), 0) :])
        return orjson.loads(line["log"]) if isinstance(line, dict) and isinstance(line.get("log"), str) else line
    except orjson.JSONDecodeError:  # cut short, or not ours
        return None
