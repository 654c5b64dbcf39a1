"""What the fixture commands share: profile and address given as text, a new file that replaces none, a header. Thin."""

import os
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cardline.errors import ConfigurationError

if TYPE_CHECKING:
    from cardline.settings import Address
    from simulator.fixtures.form import Header
    from switch.profile import NetworkProfile


def address(option: str, text: str) -> "Address":
    """Raises ConfigurationError naming the option."""
    from cardline.settings import Address

    try:
        return Address.parse(text)
    except ValueError:
        raise ConfigurationError(f"{option}: expected HOST:PORT, not {text!r}") from None


def new_file(path: Path) -> TextIO:
    """For its owner alone, since it holds payments. Raises ConfigurationError where there is one already."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise ConfigurationError(f"--out {path}: exists already") from None
    except OSError as error:
        raise ConfigurationError(f"--out {path}: {error.strerror}") from None


def header(profile: "NetworkProfile", recorded_at: datetime, *, is_clear: bool) -> "Header":
    from simulator.fixtures.form import Header

    return Header(profile.name, profile.character_set, recorded_at, _tool(), is_masked=not is_clear)


def _tool() -> str:
    try:
        return f"cardline {version('cardline')}"
    except PackageNotFoundError:
        return "cardline"
