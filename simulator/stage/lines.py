"""Where in a TOML text a key stands, because tomllib does not say. Pure; good enough for pointing, not a parser."""

import re

Place = tuple[int | str, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\"' -]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([\w-]+|\"[^\"]*\"|'[^']*')\s*=")


def line_of(text: str, place: Place) -> int:
    """The line (from 1) of the key at `place`, else of the nearest table around it."""
    lines = _lines(text)
    for length in range(len(place), 0, -1):
        if (line := lines.get(place[:length])) is not None:
            return line
    return 1


def _lines(text: str) -> dict[Place, int]:
    lines: dict[Place, int] = {}
    counts: dict[str, int] = {}
    table: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            parts = [part.strip().strip("\"'") for part in header[2].split(".")]
            if header[1] == "[[":
                counts[parts[0]] = counts.get(parts[0], -1) + 1
            first: Place = (parts[0], counts[parts[0]]) if parts[0] in counts else (parts[0],)
            table = (*first, *parts[1:])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, key[1].strip("\"'")), number)
    return lines
