"""The package as somebody gets it: built from the sources under version control, installed where none of them are."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, 'build_' + sys.argv[1])(sys.argv[2])"
LIMIT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Installed:
    """`sdist` and `wheel` are what was built; `python` has the wheel and its dependencies, and no checkout in sight."""

    sdist: Path
    wheel: Path
    python: Path
    elsewhere: Path

    def run(self, *words: str, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """A program of the environment, in an empty directory."""
        return subprocess.run(
            [self.python.with_name(words[0]), *words[1:]], cwd=self.elsewhere, env=clean() | dict(environment or {}),
            capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The sdist from the tracked files, the wheel from nothing but the sdist."""
    sources, unpacked, built, elsewhere = (tmp_path_factory.mktemp(name) for name in ("sources", "sdist", "dist", "elsewhere"))
    copy_tracked(sources)
    build("sdist", sources, built)
    sdist = next(built.glob("*.tar.gz"))
    shutil.unpack_archive(sdist, unpacked, filter="data")
    build("wheel", next(unpacked.iterdir()), built)
    wheel = next(built.glob("*.whl"))
    venv = tmp_path_factory.mktemp("venv")
    done(sys.executable, "-m", "venv", "--without-pip", venv)
    python = venv / "bin" / "python"
    done(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    packages = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")  # a path, whose own .pth files do not count
    return Installed(sdist, wheel, python, elsewhere)


def copy_tracked(target: Path) -> None:
    for name in done("git", "ls-files", "-z", cwd=ROOT).split("\0"):
        if name and (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def build(what: str, sources: Path, target: Path) -> None:
    done(sys.executable, "-c", BUILD, what, target, cwd=sources)


def done(*words: str | Path, cwd: Path | None = None) -> str:
    run = subprocess.run(words, cwd=cwd, env=clean(), capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout


def clean() -> dict[str, str]:
    """Nothing of ours, and no way to find the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARDLINE_", "PYTHON"))}
    return kept | {"NO_COLOR": "1"}
