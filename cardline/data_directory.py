"""The directory of one `up`: who holds it, the secrets it keeps, and where the running system is.

DIR/up.lock (held while `up` runs, names the holder), DIR/token.key and pan.key (0600, made once), DIR/endpoints.json,
DIR/anchors.jsonl (seals over the books), and the directories of the embedded servers.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import orjson

from cardline import endpoints
from cardline.embedded.process import Identity, PidFile, replace_file
from cardline.endpoints import Endpoints
from cardline.errors import ConfigurationError

SWITCH_LOG = "switch.log"
TOKEN_KEY = "token.key"  # noqa: S105  a file's name
DEFAULT = Path(".cardline")
_KEY_BYTES = 32


class DataDirectory:
    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Makes the directory and holds it. The kernel lets go when we die, however that happens.

        Raises ConfigurationError when another `up` has it.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigurationError(f"--data-dir {self.path}: {error.strerror}") from None
        with os.fdopen(descriptor, "r+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigurationError(f"--data-dir {self.path}: is held by {self._holder()}") from None
            self._sign(lock.fileno())
            yield

    def running(self) -> Endpoints | None:
        """The endpoints of a living `up`; None when there is none or it is not ready."""
        found = endpoints.read(self.path)
        holder = PidFile(self._lock).read()
        if found is None or holder is None or holder.pid != found.pid or not holder.is_alive:
            return None
        return found

    def logs_of(self, postgres_dsn: str) -> list[Path]:
        """The switch's logs, the older first, if the living `up` here is the one with this database."""
        running = self.running()
        if running is None or running.postgres_dsn != postgres_dsn:
            return []
        log = self.path / SWITCH_LOG
        return [path for path in (log.with_name(f"{log.name}.1"), log) if path.exists()]

    def token_key(self) -> str:
        """Hexadecimal; the same for the life of the directory: tokens are made under it. Made when there is none."""
        return self._key(TOKEN_KEY)

    def pan_key(self) -> str:
        """Likewise: card numbers are sealed under it, where a link takes file updates."""
        return self._key("pan.key")

    def _key(self, name: str) -> str:
        path = self.path / name
        if not path.exists():
            replace_file(path, secrets.token_hex(_KEY_BYTES).encode() + b"\n")
        return path.read_text(encoding="ascii").strip()

    @property
    def anchor_file(self) -> Path:
        """Where the switch keeps the seals over the books, outside the database."""
        return self.path / "anchors.jsonl"

    @property
    def _lock(self) -> Path:
        return self.path / "up.lock"

    def _sign(self, descriptor: int) -> None:
        """In place: the file is the lock, so it is never replaced."""
        identity = Identity.of(os.getpid())
        assert identity is not None
        content = orjson.dumps({"pid": identity.pid, "started": identity.started, "boot": identity.boot})
        os.pwrite(descriptor, content, 0)
        os.ftruncate(descriptor, len(content))

    def _holder(self) -> str:
        holder = PidFile(self._lock).read()
        return "another `cardline up`" + (f" (pid {holder.pid})" if holder and holder.is_alive else "")
