"""The programs of the oldest PostgreSQL that must work: Debian's 15, or a server named by CARDLINE_TEST_POSTGRES_BIN.

Where there is none the tests on it are skipped; on CI it is installed, and they fail when that cannot be done.
"""

import os
from functools import cache
from pathlib import Path

from integration.debian_package import installed, is_on_ci, without

from cardline.embedded.programs import major_version
from ledger.migrate import OLDEST_SERVER

VARIABLE = "CARDLINE_TEST_POSTGRES_BIN"
DEBIAN = Path("/usr/lib/postgresql/15/bin")
NEWEST_SERVER = 18
CLUSTERS = Path("/etc/postgresql-common/createcluster.conf")


def oldest_programs() -> Path:
    programs, why = _found()
    if programs is None:
        without(why, "the ledger is tested on it")
    return programs


@cache
def _found() -> tuple[Path | None, str]:
    named = os.environ.get(VARIABLE)
    if named:
        version = major_version(Path(named))
        assert OLDEST_SERVER <= version <= NEWEST_SERVER, f"{VARIABLE}: {named} is PostgreSQL {version}"
        return Path(named), ""
    why = f"PostgreSQL {OLDEST_SERVER} is not in {DEBIAN} (Debian's postgresql-15), and {VARIABLE} names no other server"
    if not _is_there() and is_on_ci():
        why = f"{why}; {_install()}"
    return (DEBIAN, "") if _is_there() else (None, why)


def _is_there() -> bool:
    return (DEBIAN / "postgres").exists()


def _install() -> str:
    """What came of it. No cluster is to be made: only the programs are wanted."""
    if os.geteuid() == 0 and not CLUSTERS.exists():
        CLUSTERS.parent.mkdir(parents=True, exist_ok=True)
        CLUSTERS.write_text("create_main_cluster = false\n")
    return installed("postgresql-15", _is_there)
