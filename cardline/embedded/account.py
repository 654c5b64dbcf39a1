"""The user that Postgres runs as when we are root, whom it refuses.

A cluster that exists keeps its owner. A new one gets an account of its own, made on first use.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAME = "cardline-postgres"
_FALLBACK = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int


def account_for(directory: Path) -> Account | None:
    """None: run as ourselves, which is right for everybody but root."""
    if os.geteuid() != 0:
        return None
    if directory.exists() and (owner := directory.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _existing(NAME) or _made(NAME) or _existing(_FALLBACK)


def _existing(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _made(name: str) -> Account | None:
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", name]
    try:
        subprocess.run(command, check=False, capture_output=True, timeout=30)  # noqa: S603  constant words
    except (OSError, subprocess.TimeoutExpired):
        return None  # no shadow tools on this system
    return _existing(name)  # perhaps made by somebody else in the same moment
