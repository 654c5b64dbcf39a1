"""The log file of an embedded server: bounded, private, and quoted when the server does not start."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

_LONGEST_BYTES = 100_000_000
_QUOTED_BYTES = 4_000
_QUOTED_LINES = 3


def opened_log(path: Path) -> BinaryIO:
    """For appending, so that `bound` may cut the file under a running server."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bound(path)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def bound(path: Path) -> str | None:
    """Sets aside what a file that has grown too long holds, replacing what was set aside before, and empties it.

    A line written between the two steps is lost. Where there is no room to set it aside it is emptied all the same: a log that
    fills the disk stops payments, and lost lines do not. Returns what went wrong; never raises OSError.
    """
    try:
        if not path.exists() or path.stat().st_size <= _LONGEST_BYTES:
            return None
        trouble = _set_aside(path)
        os.truncate(path, 0)
    except OSError as error:
        return f"{path} has grown too long and cannot be emptied: {error.strerror}"
    return trouble


def _set_aside(path: Path) -> str | None:
    aside = path.with_name(f"{path.name}.1")
    try:
        shutil.copyfile(path, aside)
        aside.chmod(0o600)
    except OSError as error:
        with contextlib.suppress(OSError):  # what was copied of it takes the room that is missing
            aside.unlink()
        return f"{path} had grown too long and was emptied; its lines could not be kept in {aside}: {error.strerror}"
    return None


def last_lines(path: Path) -> str:
    """What the server last said, on one line: its complaint where it is one of our programs; and where to read more."""
    try:
        text = path.read_bytes()[-_QUOTED_BYTES:].decode(errors="replace")
    except OSError:
        return "it said nothing"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    complaints = [line.removeprefix("cardline: ") for line in lines if line.startswith("cardline: ")]
    return (complaints[-1] if complaints else " | ".join(lines[-_QUOTED_LINES:]) or "it said nothing") + f" (all of it: {path})"
