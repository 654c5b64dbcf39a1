"""A directory for a server's Unix socket. The same data directory always gets the same one: addresses stay.

Normally the server's own directory; a short one in the temporary directory where the path would not fit into
a socket address (108 bytes) or could not stand in a DSN.
"""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

from cardline.embedded.account import Account
from cardline.errors import ConfigurationError

_LONGEST_ADDRESS = 107
_SAFE_IN_A_DSN = re.compile(r"[A-Za-z0-9._/-]+")


def socket_directory(directory: Path, socket_name: str, account: Account | None = None) -> Path:
    """`directory` must be absolute. Makes the short directory if it needs one, private to the account."""
    address = str(directory / socket_name)
    if len(os.fsencode(address)) <= _LONGEST_ADDRESS and _SAFE_IN_A_DSN.fullmatch(address):
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"cardline-{os.getuid()}-{digest}"
    owner = os.geteuid() if account is None else account.uid
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        os.chown(short, owner, -1)
    found = short.lstat()
    if short.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
        raise ConfigurationError(f"{short}: is needed for a socket and belongs to somebody else; remove it")
    return short


def release(place: Path, directory: Path) -> None:
    """Takes a short directory away again; the same one comes back with the next start."""
    if place != directory:
        with contextlib.suppress(OSError):  # something is left in it
            place.rmdir()
