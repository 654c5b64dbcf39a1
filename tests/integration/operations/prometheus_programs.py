"""Prometheus and promtool: Debian's, or those in a directory named by CARDLINE_TEST_PROMETHEUS_BIN.

Where there are none the tests with them are skipped; on CI they are installed, and the tests fail when that cannot be done.
"""

import os
import shutil
from functools import cache
from pathlib import Path

from integration.debian_package import installed, is_on_ci, without

VARIABLE = "CARDLINE_TEST_PROMETHEUS_BIN"
PROGRAMS = ("prometheus", "promtool")


def promtool() -> Path:
    return _programs() / "promtool"


def prometheus() -> Path:
    return _programs() / "prometheus"


def _programs() -> Path:
    directory, why = _found()
    if directory is None:
        without(why, "alerts and dashboards are tested with it")
    return directory


@cache
def _found() -> tuple[Path | None, str]:
    if named := os.environ.get(VARIABLE):
        assert all((Path(named) / program).exists() for program in PROGRAMS), f"{VARIABLE}: {named} lacks one of {PROGRAMS}"
        return Path(named), ""
    why = f"there are no prometheus and promtool on the path (Debian's package prometheus), and {VARIABLE} names none"
    if _on_path() is None and is_on_ci():
        why = f"{why}; {installed('prometheus', lambda: _on_path() is not None)}"
    return (_on_path(), "") if _on_path() is not None else (None, why)


def _on_path() -> Path | None:
    found = [shutil.which(program) for program in PROGRAMS]
    return Path(found[0]).parent if found[0] and found[1] else None
