"""Subfields of the form two digits of name, two digits of length, value: SE 33, 42 and 66 of DE 48, and DE 120 of AVS."""

from collections.abc import Mapping


def read_subfields(text: str) -> Mapping[str, str] | None:
    """By name, the first of each; None where the text is not of that form. Trailing spaces are none."""
    found: dict[str, str] = {}
    position, end = 0, len(text.rstrip(" "))
    while position < end:
        name, size = text[position : position + 2], text[position + 2 : position + 4]
        if not ((name + size).isascii() and (name + size).isdigit()) or len(size) != 2 or position + 4 + int(size) > len(text):
            return None
        position += 4 + int(size)
        found.setdefault(name, text[position - int(size) : position])
    return found
