"""Dates as clearing messages write them, and the days that records of a file may be of. Pure."""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

BEHIND, AHEAD = timedelta(days=366), timedelta(days=10)
"""Behind a file's date: room for one that is sent again much later. Ahead of it: the longest row of days without business."""
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


class FileDays(NamedTuple):
    """`own`: of records that name no business date. Those that do lie from `first` to `last`."""

    own: date
    first: date
    last: date


def days_of_file(file_id: str, received_on: date) -> FileDays:
    """The file's own day is the date in its name, at the latest the day it came; else that day.

    A business date is the day on which the network processed the record, however late it was presented, so it lies near that
    of its file: what does not is a misread digit, and deadlines would run from it.
    """
    named = day_of(file_id[_FILE_DATE]) or received_on
    own, latest = sorted((named, received_on))
    return FileDays(own, own - BEHIND, latest + AHEAD)
