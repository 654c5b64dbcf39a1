"""Seals kept in a file outside the database: one JSON line each, only ever appended, on disk before the round ends.

A seal is committed before it is written here. A crash between the two leaves a seal that the next round appends; a
crash inside a write leaves the beginning of a line, after which the line is written again, whole.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from ledger.findings import Finding
from ledger.seals import SEAL_SECONDS, Seal, seals_after

_TAIL_BYTES = 65_536
"""More than two lines of 64 streams each."""
GRACE = timedelta(seconds=2 * SEAL_SECONDS)
"""A seal so old has been written to the file, unless nobody seals any more or somebody took it out."""


def line_of(seal: Seal) -> bytes:
    """The canonical line of a seal, without its end."""
    at = seal.at.astimezone(UTC).isoformat(timespec="microseconds")
    return orjson.dumps({"number": seal.number, "at": at, "hash": seal.hash.hex(), "heads": seal.heads.split("\n")})


async def append_missing(connection: Any, path: Path) -> int:
    """Append every seal that the file does not have yet; returns how many. Raises OSError."""
    count = 0
    while seals := await seals_after(connection, last_number(path)):
        append(path, seals)
        count += len(seals)
    return count


def append(path: Path, seals: Sequence[Seal]) -> None:
    """Returns when they are on disk. Processes that share the file wait for each other and write no seal twice."""
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "rb+", buffering=0) as file:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        tail = _tail(descriptor)
        last = _number_in(tail)
        text = b"".join(line_of(seal) + b"\n" for seal in seals if seal.number > last)
        file.write((b"\n" if tail and not tail.endswith(b"\n") else b"") + text)
        os.fsync(descriptor)
    if is_new:
        _sync_directory(path.parent)


def last_number(path: Path) -> int:
    """The number of the last whole line; 0 when there is none."""
    try:
        with path.open("rb") as file:
            return _number_in(_tail(file.fileno()))
    except FileNotFoundError:
        return 0


def _tail(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))


def _number_in(tail: bytes) -> int:
    for line in reversed(tail.split(b"\n")[:-1]):
        if (number := _number(line)) is not None:
            return number
    return 0


def _number(line: bytes) -> int | None:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    number = document.get("number") if isinstance(document, dict) else None
    return number if isinstance(number, int) and number > 0 else None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- the comparison ---


@dataclass(frozen=True, slots=True)
class Anchored:
    """An anchors file as it was read. `lines`: by number of the seal; what is no seal's line has minus its place in the file."""

    name: str
    is_there: bool
    lines: Mapping[int, bytes]


async def read_anchors(path: Path) -> Anchored:
    """Raises OSError; a file that is not there has no lines."""
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        return Anchored(path.name, False, {})
    lines: dict[int, bytes] = {}
    for place, number, line in _numbered(content):
        # What was written first is what was anchored: in a file that can only be appended to, nobody gets before it.
        if lines.setdefault(number or -place, line) != line:
            lines[-place] = line
    return Anchored(path.name, True, lines)


async def anchored_wrongly(connection: Any, anchored: Anchored) -> list[Finding]:
    """Where the file and the seals in the database differ. Only the very last seals may be missing: made within `GRACE`."""
    lines, count, lacking = dict(anchored.lines), 0, 0
    findings = [
        Finding("anchors", f"line {-number}", "is not the line of a seal, or not its first")
        for number, line in lines.items()
        if number < 0
    ]
    last = max(lines, default=0)
    grace_begins = await connection.fetchval("select now()") - GRACE
    async for seal in _seals(connection):
        count += 1
        line = lines.pop(seal.number, None)
        if line is None and seal.number < last:
            findings.append(Finding("anchors", f"seal {seal.number}", "was not anchored, though later ones were"))
        elif line is None:
            lacking += seal.at < grace_begins
        elif line != line_of(seal):
            findings.append(Finding("anchors", f"seal {seal.number}", "is not as it was anchored"))
    if lacking and anchored.is_there:
        findings.append(
            Finding("anchors", anchored.name, f"{count - lacking} of {count} seals anchored, the last {lacking} are not")
        )
    elif lacking:
        findings.append(Finding("anchors", anchored.name, f"is missing, there are {count} seals"))
    gone = sorted(number for number in lines if number > 0)
    return findings + [Finding("anchors", f"seal {number}", "was anchored and is not in the database") for number in gone]


async def _seals(connection: Any) -> AsyncIterator[Seal]:
    number = 0
    while seals := await seals_after(connection, number):
        for seal in seals:
            yield seal
        number = seals[-1].number


def _numbered(content: bytes) -> Iterator[tuple[int, int | None, bytes]]:
    """(place in the file, number of the seal, line). A line that is the beginning of the next was torn by a crash."""
    for place, (line, after) in enumerate(pairwise(content.split(b"\n")), start=1):
        number = _number(line)
        if number is not None or not after.startswith(line):
            yield place, number, line
