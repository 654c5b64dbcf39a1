"""Starting and ending child processes, and recognising those of an earlier run.

A process is recognised by pid and start time together, never by its name: numbers are used again, names are shared.
Every child leads its own process group, so that Ctrl-C reaches only the parent, and it dies with the thread that
started it.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import orjson
import psutil

from cardline.embedded.account import Account

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Identity:
    """One process of one boot: `started` in clock ticks since boot (proc(5), stat field 22)."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """None when there is no such process, or only its zombie."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()
        if fields[0] in {"Z", "X"}:
            return None
        return cls(pid, int(fields[19]), _BOOT_ID.read_text().strip())

    @property
    def is_alive(self) -> bool:
        return Identity.of(self.pid) == self


@dataclass(frozen=True, slots=True)
class PidFile:
    """Remembers a child across runs of the parent. A copy of it, in another directory, remembers nothing: whoever starts a copied
    directory must not end the children of the original.
    """

    path: Path

    def write(self, pid: int) -> None:
        if identity := Identity.of(pid):
            replace_file(self.path, orjson.dumps(asdict(identity) | {"place": self._place}))

    def read(self) -> Identity | None:
        """None when there is no file, or one that was cut short by a crash or copied from elsewhere."""
        try:
            found = dict(orjson.loads(self.path.read_bytes()))
            is_here = found.pop("place", self._place) == self._place
            return Identity(**found) if is_here else None
        except (OSError, TypeError, ValueError):
            return None

    @property
    def _place(self) -> int:
        """The directory's number on its disk: a directory that is moved keeps it, a copy has its own."""
        return self.path.parent.stat().st_ino

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def end_orphan(self, gently: signal.Signals, grace_seconds: float) -> bool:
        """Ends the process group of the recorded child if that very process still lives. True when there was one."""
        identity = self.read()
        is_orphan = identity is not None and identity.is_alive
        if identity is not None and is_orphan:
            end_group(identity, gently=gently, grace_seconds=grace_seconds)
        self.remove()
        return is_orphan


def spawn(
    argv: Sequence[str | Path],
    *,
    dies_with: signal.Signals,
    output: IO[bytes] | int | None = None,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    inherited: Collection[int] = (),
    account: Account | None = None,
) -> "subprocess.Popen[bytes]":
    """Starts a child in its own process group; it gets `dies_with` when the calling thread ends.

    Raises OSError when the program cannot be started.
    """
    as_account: dict[str, Any] = {}
    if account is not None:
        as_account = {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.Popen(  # noqa: S603  argv is ours
        [str(word) for word in argv],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        cwd=directory,
        env=None if environment is None else dict(environment),
        pass_fds=tuple(inherited),
        process_group=0,
        umask=0o077,
        # The parent has no other threads that hold locks here, and prctl must run after the change of user,
        # which clears the setting; so it cannot be asked for from outside the child.
        preexec_fn=_tied_to_parent(dies_with),  # noqa: PLW1509
        **as_account,
    )


def stop(process: "subprocess.Popen[bytes]", *, gently: signal.Signals, grace_seconds: float) -> int:
    """Asks the child to end, and kills its group when it does not in time. Reaps it and returns its exit status."""
    process.send_signal(gently)
    try:
        return process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        return process.wait()


def end_group(identity: Identity, *, gently: signal.Signals, grace_seconds: float) -> None:
    """The same for a process that is not our child. Its zombie counts as ended: whoever is its parent may be slow."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, gently)
    if not wait_until(lambda: not identity.is_alive, timeout_seconds=grace_seconds):
        kill_group(identity.pid)
        wait_until(lambda: not identity.is_alive, timeout_seconds=grace_seconds)


def kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def deaths(children: Collection["subprocess.Popen[bytes]"]) -> Iterator[list[int]]:
    """Descriptors that become readable when a child ends; also when it has ended already, reaped or not."""
    with contextlib.ExitStack() as stack:
        descriptors = []
        for child in children:
            try:
                descriptor = os.pidfd_open(child.pid)
            except ProcessLookupError:
                descriptor = os.open(os.devnull, os.O_RDONLY)  # always readable
            except OSError:  # a sandbox that does not know the call; whoever waits also looks now and then
                continue
            stack.callback(os.close, descriptor)
            descriptors.append(descriptor)
        yield descriptors


def adopt_grandchildren() -> None:
    """Children of our dead children become ours, so that none stays a zombie where there is no init (containers)."""
    _prctl()(_PR_SET_CHILD_SUBREAPER, 1)


def reap_adopted(own: Collection[int]) -> None:
    """Collects ended processes that were adopted; `own` children are left to the Popen objects that wait for them."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess, ChildProcessError):
            if child.pid not in own and child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)


def wait_until(condition: Callable[[], bool], *, timeout_seconds: float, pause_seconds: float = 0.02) -> bool:
    """Polls something that gives no event. Returns whether it came true in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause_seconds)
    return True


def replace_file(path: Path, content: bytes) -> None:
    """Writes a private file so that readers see the old content or the new, never a part."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _tied_to_parent(dies_with: signal.Signals) -> Callable[[], None]:
    prctl, parent = _prctl(), os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(dies_with))
        if os.getppid() != parent:  # it died before the line above; nobody would ever tell us
            os._exit(1)

    return tie


def _prctl() -> Callable[[int, int], int]:
    """Looked up before the fork: the child must not load anything between fork and exec."""
    function: Callable[[int, int], int] = ctypes.CDLL(None, use_errno=True).prctl
    return function
