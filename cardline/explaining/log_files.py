"""Finds a payment's lines in log files, of any size, plain or gzip: they are read as a stream, and what is kept is bounded."""

import gzip
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from cardline.errors import ConfigurationError

LONGEST_LINE = 64 * 1024
"""Ours have a few hundred bytes; a longer one is none of ours and is passed over."""
MOST_LINES = 200
"""Of one payment; each message of it writes one."""
_GZIP = b"\x1f\x8b"


def find_lines(
    paths: Sequence[Path], *, message_ids: Collection[int], authorization_ids: Collection[int]
) -> list[dict[str, Any]]:
    """In the order of time, at most MOST_LINES. Raises ConfigurationError where a file cannot be read."""
    wanted = sorted({*message_ids, *authorization_ids})
    if not wanted:
        return []
    any_of_them = re.compile(rb"(?<!\d)(?:" + b"|".join(b"%d" % one for one in wanted) + rb")(?!\d)")
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            with _opened(path) as stream:
                for raw in _lines(stream):
                    if any_of_them.search(raw) and (line := _ours(raw, message_ids, authorization_ids)) is not None:
                        found.append(line)
                        if len(found) > 2 * MOST_LINES:
                            found = _earliest(found)
        except (OSError, EOFError, zlib.error) as error:
            raise ConfigurationError(f"--log {path}: {getattr(error, 'strerror', None) or 'is no whole gzip file'}") from None
    return _earliest(found)


def _earliest(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda line: str(line["timestamp"]))[:MOST_LINES]


def _opened(path: Path) -> BinaryIO:
    stream = path.open("rb")
    head = stream.read(len(_GZIP))
    stream.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=stream)) if head == _GZIP else stream


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    is_begun = False
    while raw := stream.readline(LONGEST_LINE):
        is_whole = raw.endswith(b"\n") or len(raw) < LONGEST_LINE
        if is_whole and not is_begun:
            yield raw
        is_begun = not is_whole


def _ours(raw: bytes, message_ids: Collection[int], authorization_ids: Collection[int]) -> dict[str, Any] | None:
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:  # cut short, or not ours
        return None
    if not isinstance(line, dict) or not all(isinstance(line.get(key), str) for key in ("event", "level", "timestamp")):
        return None
    is_ours = line.get("message_id") in message_ids or line.get("authorization_id") in authorization_ids
    return line if is_ours else None
