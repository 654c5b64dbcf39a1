"""Dates as clearing messages write them, and the day that a record is of which names none. Pure."""

from datetime import date
from functools import lru_cache

_FILE_DATE = slice(3, 9)
"""PDS 0105: type of file 3, then its date."""


def century_of(text: str) -> str:
    """Of a year of two digits, as POSIX reads them: 69 to 99 lie behind us."""
    return "19" if text[:2] >= "69" else "20"


@lru_cache(maxsize=1024)
def day_of(text: str) -> date | None:
    """YYMMDD; None where it is none. Records of a file share a few days."""
    if not (len(text) == 6 and text.isascii() and text.isdecimal()):
        return None
    try:
        return date.fromisoformat(century_of(text) + text)
    except ValueError:
        return None


def day_of_file(file_id: str, received_on: date) -> date:
    """Of records that name no business date: the date in the file's name, at the latest the day it came; else that day."""
    named = day_of(file_id[_FILE_DATE])
    return received_on if named is None else min(named, received_on)
