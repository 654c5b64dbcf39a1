"""Programs of Debian packages for the tests: found, else installed where that is asked for (CI), else the test is skipped.

Workers of one suite install one after the other: apt has one lock, and who waits for it finds the package there.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

INSTALL_SECONDS = 300


def is_on_ci() -> bool:
    return os.environ.get("CI") == "true"


def without(why: str, what_for: str) -> NoReturn:
    """Fails on CI, where nothing is skipped."""
    if is_on_ci():
        pytest.fail(f"{why}; on CI {what_for}")
    pytest.skip(why)


def installed(package: str, is_there: Callable[[], bool]) -> str:
    """What came of it, in words. Only programs are wanted: a server of the package is not to start by itself."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "it can be installed by root with apt-get only"
    with (Path(tempfile.gettempdir()) / "cardline-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return "another worker has installed it" if is_there() else _install(package)


def _install(package: str) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        try:
            run = subprocess.run(
                ["apt-get", *words], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False, env=environment
            )
        except subprocess.TimeoutExpired:
            return f"apt-get {words[0]} took more than {INSTALL_SECONDS} s"
        if run.returncode != 0 and words[0] == "install":
            return f"apt-get {words[0]} failed: {' '.join(run.stderr.split())[-200:]}"
    return "apt-get installed it"
