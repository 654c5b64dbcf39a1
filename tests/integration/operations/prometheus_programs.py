"""Prometheus and promtool: Debian's, or those in a directory named by CARDLINE_TEST_PROMETHEUS_BIN.

Where there are none the tests with them are skipped; on CI they are installed, and the tests fail when that cannot be done.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

VARIABLE = "CARDLINE_TEST_PROMETHEUS_BIN"
INSTALL_SECONDS = 300
PROGRAMS = ("prometheus", "promtool")


def promtool() -> Path:
    return _programs() / "promtool"


def prometheus() -> Path:
    return _programs() / "prometheus"


def _programs() -> Path:
    directory, why = _found()
    if directory is not None:
        return directory
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; on CI alerts and dashboards are tested with it")
    pytest.skip(why)


@cache
def _found() -> tuple[Path | None, str]:
    if named := os.environ.get(VARIABLE):
        assert all((Path(named) / program).exists() for program in PROGRAMS), f"{VARIABLE}: {named} lacks one of {PROGRAMS}"
        return Path(named), ""
    why = f"there are no prometheus and promtool on the path (Debian's package prometheus), and {VARIABLE} names none"
    if _on_path() is None and os.environ.get("CI") == "true":
        why = f"{why}; {_install()}"
    return (_on_path(), "") if _on_path() is not None else (None, why)


def _on_path() -> Path | None:
    found = [shutil.which(program) for program in PROGRAMS]
    return Path(found[0]).parent if found[0] and found[1] else None


def _install() -> str:
    """What came of it. Only the programs are wanted: the package's server is not to start by itself."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "it can be installed by root with apt-get only"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "prometheus"]):
        try:
            run = subprocess.run(
                ["apt-get", *words], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False, env=environment
            )
        except subprocess.TimeoutExpired:
            return f"apt-get {words[0]} took more than {INSTALL_SECONDS} s"
        if run.returncode != 0 and words[0] == "install":
            return f"apt-get {words[0]} failed: {' '.join(run.stderr.split())[-200:]}"
    return "apt-get installed it"
