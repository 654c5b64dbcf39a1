"""One PostgreSQL cluster in a directory of its own, driven through the wheel's own programs.

It has a superuser `postgres`, an owner `cardline` with a database `cardline`, and listens on a Unix socket only, which
is private to the user. Durability is never traded: fsync, full_page_writes and synchronous_commit stay on.
The caller makes sure that nobody else drives the same directory.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from cardline.embedded.account import Account, account_for
from cardline.embedded.log import last_lines, opened_log
from cardline.embedded.process import spawn, stop, wait_until
from cardline.embedded.programs import major_version, postgres_programs
from cardline.embedded.socket_directory import release, socket_directory
from cardline.errors import ConfigurationError, PartFailed

MAJOR_VERSION = 18
OWNER = DATABASE = "cardline"
START_SECONDS = 30.0
"""After a kill -9 of the postmaster with a busy backend the shared memory stays in use for more than 12 s."""
STOP_SECONDS = 30.0
_ORPHAN_SECONDS = 10.0
_RETRY_SECONDS = 0.25
_SOCKET = ".s.PGSQL.5432"
_PRIVATE = 0o700

SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "200",
    "jit": "off",  # planning time for statements that run in a millisecond
    "timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # no DETAIL: it would show row contents
    "log_min_error_statement": "panic",  # no statement text for the same reason
    "createrole_self_grant": "set, inherit",  # the owner makes the roles of the schema and may act as them
}

_SINCE = {"createrole_self_grant": 16}
"""Settings that an older server does not know, nor need: there the maker of a role may grant it to itself."""

_FIRST_STATEMENTS = (
    f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE",
    f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
)


class EmbeddedPostgres:
    """`directory` holds the cluster and is made on the first start; the log stands beside it.

    `programs`: the directory of another server's programs, 15 or newer, instead of the wheel's.
    """

    name = "postgres"

    def __init__(self, directory: Path, *, settings: Mapping[str, str] | None = None, programs: Path | None = None) -> None:
        self._directory = directory.absolute()
        self._log = self._directory.with_name(f"{directory.name}.log")
        self._programs = programs
        self.version = MAJOR_VERSION if programs is None else major_version(programs)
        wanted = {**SETTINGS, **(settings or {})}
        self._settings = {name: value for name, value in wanted.items() if _SINCE.get(name, 0) <= self.version}
        self._account: Account | None = None
        self._place: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "not started"
        return self._process

    @property
    def log(self) -> Path:
        return self._log

    def dsn(self, *, user: str = OWNER, database: str = DATABASE) -> str:
        """The same after every start. Known once started."""
        assert self._place is not None, "not started"
        return f"postgresql://{user}@/{database}?host={self._place}&port=5432"

    def start(self, timeout_seconds: float = START_SECONDS) -> None:
        """Makes the cluster if there is none, ends what an earlier postmaster left, starts, waits until it answers.

        Raises ConfigurationError (retrying is no use) or PartFailed (tried again until the time was up).
        """
        self._account = account_for(self._directory)
        programs = self._programs or postgres_programs(self._account)
        self._make_cluster(programs)
        self._place = socket_directory(self._directory, _SOCKET, self._account)
        deadline = time.monotonic() + timeout_seconds
        while not self._try_start(programs, deadline):
            if time.monotonic() >= deadline:
                raise PartFailed(f"Postgres did not start within {timeout_seconds:g} s: {last_lines(self._log)}")
            time.sleep(_RETRY_SECONDS)

    def stop(self) -> None:
        """Fast shutdown: running statements are cancelled, everything committed is kept."""
        if self._process is not None:
            stop(self._process, gently=signal.SIGINT, grace_seconds=STOP_SECONDS)
            self._process = None
        self._end_leftovers()
        if self._place is not None:
            release(self._place, self._directory)

    def _make_cluster(self, programs: Path) -> None:
        """Complete or absent: initialised under another name, then renamed."""
        version = self._directory / "PG_VERSION"
        if version.exists():
            if (found := version.read_text().strip()) != str(self.version):
                raise ConfigurationError(f"{self._directory}: is a PostgreSQL {found} cluster, need {self.version}")
            return
        new = self._directory.with_name(f"{self._directory.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=_PRIVATE, parents=True)
        if self._account is not None:
            os.chown(new, self._account.uid, self._account.gid)
        with self._reachable(new) as (path, descriptors):
            options = ["-U", "postgres", "--auth-local=trust", "--auth-host=reject", "--no-locale", "-E", "UTF8"]
            self._run([programs / "initdb", "-D", path, *options, "--no-instructions"], descriptors)
            single: Sequence[str | Path] = [
                programs / "postgres",
                "--single",
                "-D",
                path,
                "-c",
                "log_min_messages=fatal",
                "postgres",
            ]
            self._run(single, descriptors, "\n".join(_FIRST_STATEMENTS))
        with (new / "postgresql.conf").open("a") as file:
            file.write("\ninclude = 'cardline.conf'\n")
        self._write_settings(new)
        new.rename(self._directory)

    def _run(self, command: Sequence[str | Path], descriptors: tuple[int, ...], text: str = "") -> None:
        """One of the programs, to its end, as the account."""
        account = self._account
        run = subprocess.run(  # noqa: S603  our own programs
            [str(word) for word in command],
            input=text, text=True, check=False, capture_output=True, timeout=120, cwd="/", umask=0o077,
            env=_ENVIRONMENT, pass_fds=descriptors, process_group=0,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )  # fmt: skip
        if run.returncode != 0 or "FATAL" in run.stderr or "ERROR" in run.stderr:
            raise PartFailed(f"{Path(command[0]).name} failed: {' '.join(run.stderr.split())[-400:]}")

    def _write_settings(self, directory: Path) -> None:
        path = directory / "cardline.conf"
        path.write_text("".join(f"{name} = '{value}'\n" for name, value in self._settings.items()))
        path.chmod(0o644)  # within a directory that is private

    def _try_start(self, programs: Path, deadline: float) -> bool:
        self._end_leftovers()
        self._write_settings(self._directory)
        with self._reachable(self._directory) as (path, descriptors), opened_log(self._log) as log:
            sockets = path if self._place == self._directory else str(self._place)
            self._process = spawn(
                [
                    programs / "postgres", "-D", path, "-p", "5432", "-c", "listen_addresses=",
                    "-c", f"unix_socket_directories={sockets}", "-c", "unix_socket_permissions=0700",
                ],
                dies_with=signal.SIGINT, output=log, directory=Path("/"), environment=_ENVIRONMENT,
                inherited=descriptors, account=self._account,
            )  # fmt: skip
        process = self._process
        wait_until(
            lambda: process.poll() is not None or self._says_ready(process.pid),
            timeout_seconds=max(1.0, deadline - time.monotonic()),
        )
        if process.poll() is None and self._says_ready(process.pid):
            return True
        stop(process, gently=signal.SIGQUIT, grace_seconds=1.0)
        return False

    def _says_ready(self, pid: int) -> bool:
        """The postmaster keeps its state in the eighth line of its lock file."""
        lines = self._lock_file_lines()
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _lock_file_lines(self) -> list[str]:
        try:
            return (self._directory / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _end_leftovers(self) -> None:
        """Ends every server process of this cluster that an earlier run left behind, postmaster first.

        Backends lead sessions of their own, so no process group reaches them: they are known by their working
        directory, which is the cluster, together with their program.
        """
        lines = self._lock_file_lines()
        for process in self._server_processes():
            if lines and str(process.pid) == lines[0].strip():
                _signal(process, signal.SIGINT)
                wait_until(lambda: not self._server_processes(), timeout_seconds=_ORPHAN_SECONDS)
        for process in self._server_processes():
            _signal(process, signal.SIGKILL)
        are_gone = wait_until(lambda: not self._server_processes(), timeout_seconds=_ORPHAN_SECONDS)
        # Its number may belong to another program by now, for which Postgres would refuse to start. Nobody has this
        # cluster open any more, and the shared memory is still checked by Postgres itself.
        if lines and are_gone:
            (self._directory / "postmaster.pid").unlink(missing_ok=True)

    def _server_processes(self) -> list[psutil.Process]:
        directory = str(self._directory.resolve())
        return [process for process in psutil.process_iter() if _serves(process, directory)]

    @contextlib.contextmanager
    def _reachable(self, directory: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The directory's name for the server, and descriptors to hand over.

        Under root the account may not be allowed to pass through the directories above (mode 0700). It need not: it
        gets the open directory itself. Nobody's permissions are widened.
        """
        if self._account is None:
            yield str(directory), ()
            return
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)


_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""Not ours: PGPORT, PGDATA and their like would reach into the server."""


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)


def _serves(process: psutil.Process, directory: str) -> bool:
    try:
        if process.cwd() != directory or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return Path(process.exe().removesuffix(" (deleted)")).name == "postgres"
    except (psutil.Error, OSError):
        return False
