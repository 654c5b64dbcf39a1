"""The programs of the oldest PostgreSQL that must work: Debian's 15, or a server named by CARDLINE_TEST_POSTGRES_BIN.

Where there is none the tests on it are skipped; on CI it is installed, and they fail when that cannot be done.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from cardline.embedded.programs import major_version
from ledger.migrate import OLDEST_SERVER

VARIABLE = "CARDLINE_TEST_POSTGRES_BIN"
DEBIAN = Path("/usr/lib/postgresql/15/bin")
NEWEST_SERVER = 18
INSTALL_SECONDS = 300
CLUSTERS = Path("/etc/postgresql-common/createcluster.conf")


def oldest_programs() -> Path:
    programs, why = _found()
    if programs is not None:
        return programs
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; on CI the ledger is tested on it")
    pytest.skip(why)


@cache
def _found() -> tuple[Path | None, str]:
    named = os.environ.get(VARIABLE)
    if named:
        version = major_version(Path(named))
        assert OLDEST_SERVER <= version <= NEWEST_SERVER, f"{VARIABLE}: {named} is PostgreSQL {version}"
        return Path(named), ""
    why = f"PostgreSQL {OLDEST_SERVER} is not in {DEBIAN} (Debian's postgresql-15), and {VARIABLE} names no other server"
    if not _is_there() and os.environ.get("CI") == "true":
        why = f"{why}; {_install()}"
    return (DEBIAN, "") if _is_there() else (None, why)


def _is_there() -> bool:
    return (DEBIAN / "postgres").exists()


def _install() -> str:
    """What came of it."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "it can be installed by root with apt-get only"
    if not CLUSTERS.exists():  # only the programs are wanted: no cluster, no server that starts by itself
        CLUSTERS.parent.mkdir(parents=True, exist_ok=True)
        CLUSTERS.write_text("create_main_cluster = false\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "postgresql-15"]):
        try:
            run = subprocess.run(
                ["apt-get", *words], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False, env=environment
            )
        except subprocess.TimeoutExpired:
            return f"apt-get {words[0]} took more than {INSTALL_SECONDS} s"
        if run.returncode != 0 and words[0] == "install":
            return f"apt-get {words[0]} failed: {' '.join(run.stderr.split())[-200:]}"
    return "apt-get installed it"
