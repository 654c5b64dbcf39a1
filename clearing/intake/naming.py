"""Under what name a clearing file, or a bank's, is told and kept. Pure."""

import re

from authorizer.card_numbers import hide_card_numbers

_FILE_ID = re.compile(r"(?<![0-9])([0-9]{3}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{16})(?![0-9])")
"""PDS 0105: type, date, sender, number. Files are named after it, and it is stored as it is."""


def shown_name(name: str) -> str:
    """A file's name without card numbers, which whoever made it may have put there (G8), and without control characters."""
    name = name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
    return "".join(hide_card_numbers(piece) if place % 2 == 0 else piece for place, piece in enumerate(_FILE_ID.split(name)))
