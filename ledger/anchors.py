"""Seals kept in a file outside the database: one JSON line each, only ever appended, on disk before the round ends.

A seal is committed before it is written here. A crash between the two leaves a seal that the next round appends; a
crash inside a write leaves the beginning of a line, after which the line is written again, whole.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from ledger.findings import Finding
from ledger.seals import Seal, seals_after

_TAIL_BYTES = 65_536
"""More than two lines of 64 streams each."""


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
    return number if isinstance(number, int) else None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- the comparison ---


async def anchored_wrongly(connection: Any, path: Path) -> list[Finding]:
    """Where the file and the seals in the database differ. A seal younger than the last anchored one is no finding."""
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except FileNotFoundError:
        return await _without_a_file(connection, path)
    lines = dict(_numbered(content))
    findings = [Finding("anchors", f"line {number}", "is not the line of a seal") for number, line in lines.items() if number < 0]
    last = max(lines, default=0)
    async for seal in _seals(connection):
        if seal.number > last:
            break
        line = lines.pop(seal.number, None)
        if line is None:
            findings.append(Finding("anchors", f"seal {seal.number}", "was not anchored, though later ones were"))
        elif line != line_of(seal):
            findings.append(Finding("anchors", f"seal {seal.number}", "is not as it was anchored"))
    gone = sorted(number for number in lines if number > 0)
    return findings + [Finding("anchors", f"seal {number}", "was anchored and is not in the database") for number in gone]


async def _without_a_file(connection: Any, path: Path) -> list[Finding]:
    count = await connection.fetchval("select count(*) from ledger.seal")
    return [Finding("anchors", path.name, f"is missing, there are {count} seals")] if count > 1 else []


async def _seals(connection: Any) -> AsyncIterator[Seal]:
    number = 0
    while seals := await seals_after(connection, number):
        for seal in seals:
            yield seal
        number = seals[-1].number


def _numbered(content: bytes) -> Iterator[tuple[int, bytes]]:
    """(number of the seal, line); what is neither a seal's line nor the beginning of one has minus its place in the file."""
    for place, (line, after) in enumerate(pairwise(content.split(b"\n")), start=1):
        number = _number(line)
        if number is not None:
            yield number, line
        elif not after.startswith(line):
            yield -place, line
