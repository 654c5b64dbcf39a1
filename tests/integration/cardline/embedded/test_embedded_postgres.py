"""The embedded Postgres through good and bad days."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.process import wait_until
from cardline.errors import ConfigurationError, PartFailed

SMALL = {"shared_buffers": "16MB", "max_wal_size": "64MB"}


@pytest.fixture(scope="module")
def home(servers_directory: Path) -> Path:
    """Private to us, as `mkdir -m 700` leaves it: under root the server's account may not even pass through."""
    directory = servers_directory / "private"
    directory.mkdir(mode=0o700)
    return directory


@pytest.fixture(scope="module")
def started(home: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(home / "postgres", settings=SMALL)
    server.start()
    yield server
    server.stop()


async def value(server: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_durability_is_not_traded_for_speed(started: EmbeddedPostgres) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert await value(started, f"show {setting}") == "on"


async def test_the_owner_owns_the_database_and_is_no_superuser(started: EmbeddedPostgres) -> None:
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert await value(started, owner) == "cardline"
    assert await value(started, "select rolsuper from pg_roles where rolname = current_user") is False


def test_nobody_else_can_reach_it(started: EmbeddedPostgres, home: Path) -> None:
    assert asyncio.run(value(started, "show listen_addresses")) == ""
    assert (home / "postgres").stat().st_mode & 0o077 == 0
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_under_root_the_server_is_another_user(started: EmbeddedPostgres) -> None:
    assert psutil.Process(started.process.pid).uids().real != 0


async def test_a_killed_server_comes_back_at_the_same_address_with_what_was_committed(started: EmbeddedPostgres) -> None:
    dsn = started.dsn()
    await value(started, "create table kept as select 1 as one")
    async with _busy(started):
        started.process.kill()
        started.process.wait()
        started.start()
    assert started.dsn() == dsn
    assert await value(started, "select one from kept") == 1


async def test_a_server_of_an_earlier_run_is_ended_and_its_data_kept(started: EmbeddedPostgres, home: Path) -> None:
    await value(started, "create table earlier as select 2 as two")
    before = started.process.pid
    again = EmbeddedPostgres(home / "postgres", settings=SMALL)
    again.start()
    started.process.wait(10)
    started.start()
    assert started.process.pid != before
    assert await value(started, "select two from earlier") == 2


def test_a_number_in_the_lock_file_that_belongs_to_another_program_by_now_is_no_obstacle(
    started: EmbeddedPostgres, home: Path
) -> None:
    lock_file = home / "postgres" / "postmaster.pid"
    lines = lock_file.read_text().splitlines()
    started.process.kill()
    started.process.wait()
    lock_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    started.start()
    assert Path(f"/proc/{os.getpid()}").exists()


def test_a_setting_that_postgres_refuses_is_reported_with_its_words(started: EmbeddedPostgres, home: Path) -> None:
    started.stop()
    broken = EmbeddedPostgres(home / "postgres", settings={**SMALL, "work_mem": "plenty"})
    with pytest.raises(PartFailed, match="work_mem"):
        broken.start(timeout_seconds=0.1)
    started.start()


def test_a_cluster_of_another_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigurationError, match="PostgreSQL 16"):
        EmbeddedPostgres(tmp_path / "postgres").start()
    assert (tmp_path / "postgres" / "PG_VERSION").read_text() == "16\n"


def test_it_ends_with_a_parent_that_is_killed(home: Path, started: EmbeddedPostgres) -> None:
    started.stop()
    code = (
        "import os, sys; from pathlib import Path; from cardline.embedded.postgres import EmbeddedPostgres;"
        f"server = EmbeddedPostgres(Path({str(home / 'postgres')!r}), settings={json.dumps(SMALL)}); server.start();"
        "print(server.process.pid, flush=True); sys.stdin.read()"
    )
    root = Path(__file__).parents[4]
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    ended = wait_until(lambda: not _is_running(pid), timeout_seconds=20)
    started.start()
    assert ended


@pytest.mark.parametrize("name", ["x" * 90, "with space & colon:"])
def test_a_directory_whose_path_fits_no_socket_address_gets_a_short_one(store_path: Path, name: str) -> None:
    server = EmbeddedPostgres(store_path / name / "postgres", settings=SMALL)
    server.start()
    try:
        assert asyncio.run(value(server, "select 1")) == 1
    finally:
        server.stop()
    place = Path(server.dsn().partition("host=")[2].partition("&")[0])
    assert place.parent == Path(tempfile.gettempdir())
    assert not place.exists()


class _busy:  # noqa: N801  reads as a verb
    """A statement that keeps one backend in a loop which looks at nothing."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    async def __aenter__(self) -> None:
        connection = await asyncpg.connect(self._server.dsn())
        self._task = asyncio.ensure_future(connection.execute("select count(*) from generate_series(1, 1000000000)"))
        running = "select 1 from pg_stat_activity where state = 'active' and query like 'select count(*) from generate%'"
        while await value(self._server, running) is None:
            pass

    async def __aexit__(self, *_: object) -> None:
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await self._task


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
