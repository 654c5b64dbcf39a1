"""Key files on the disk: read whole, written whole and at once. What is in them: `authorizer.sealed_keys`."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from authorizer.errors import KeyFileError
from authorizer.keyring import KeyRing
from authorizer.sealed_keys import KeyFile, seal, unseal


def read_key_file(path: Path, master_key: bytes) -> KeyFile:
    """Raises KeyFileError, one line that starts with the file."""
    try:
        return unseal(path.read_bytes(), master_key)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None
    except KeyFileError as error:
        raise KeyFileError(f"{path}: {error}") from None


def create_key_file(path: Path, ring: KeyRing, master_key: bytes) -> KeyFile:
    """Never over an existing file: it may hold the only copy of a key. Raises KeyFileError."""
    return _write(path, KeyFile(ring, 1), master_key, put=os.link)


def rewrap_key_file(path: Path, master_key: bytes, new_master_key: bytes) -> KeyFile:
    """The same keys under another master key, as the next version. Raises KeyFileError; then the old file stands."""
    old = read_key_file(path, master_key)
    return _write(path, KeyFile(old.ring, old.version + 1), new_master_key, put=os.replace)


def _write(path: Path, file: KeyFile, master_key: bytes, *, put: Callable[[Path, Path], None]) -> KeyFile:
    """Beside it first, read back, then put there: a crash leaves the old file or the new one, never half of one.

    `put` is a rename, or a link where nothing may be there yet.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(seal(file, master_key))
            stream.flush()
            os.fsync(stream.fileno())
        read_key_file(draft, master_key)
        put(draft, path)
        _sync_directory(path.parent)
    except FileExistsError:
        raise KeyFileError(f"{path}: exists already") from None
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return file


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
