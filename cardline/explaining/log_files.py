"""Finds a payment's lines in log files, of any size, plain or gzip: they are read as a stream, and what is kept is bounded."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

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
        return line.get("message_id") in self.messages or line.get("authorization_id") in self.authorizations


def find_lines(paths: Sequence[Path], wanted: Sequence[Names]) -> list[dict[str, Any]]:
    """Of all that are wanted, in one reading, in the order of time, at most MOST_LINES.

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
    return sorted(found, key=lambda line: str(line["timestamp"]))[:MOST_LINES]


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
    return line if any(names.cover(line) for names in wanted) else None


def _unwrapped(raw: bytes) -> Any:
    """As we wrote it, or as a collector keeps it: behind a prefix (syslog, CRI), or in `log` of another object (Docker)."""
    try:
        line = orjson.loads(raw[max(raw.find(b"{"), 0) :])
        return orjson.loads(line["log"]) if isinstance(line, dict) and isinstance(line.get("log"), str) else line
    except orjson.JSONDecodeError:  # cut short, or not ours
        return None
