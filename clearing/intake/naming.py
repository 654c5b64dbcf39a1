"""Under what name a clearing file, or a bank's, is told and kept. Pure."""

import re

from authorizer.card_numbers import hide_card_numbers, is_card_number

_FILE_ID = re.compile(r"(?<![0-9])([0-9]{3}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{16})(?![0-9])")
"""PDS 0105: type, date, sender, number. Files are named after it."""
_SENDER_AT = 9


def shown_name(name: str) -> str:
    """A file's name without card numbers, which whoever made it may have put there (G8), and without control characters."""
    name = name if name.isprintable() else name.encode("unicode_escape").decode("ascii")
    pieces = enumerate(_FILE_ID.split(name))
    return "".join(hide_card_numbers(piece) if place % 2 == 0 else _shown_id(piece) for place, piece in pieces)


def _shown_id(file_id: str) -> str:
    """As it is, but for a sender and number that are a card's: senders are filled up with zeros in front, which no card's is."""
    return file_id[:_SENDER_AT] + hide_card_numbers(file_id[_SENDER_AT:]) if is_card_number(file_id[_SENDER_AT:]) else file_id
