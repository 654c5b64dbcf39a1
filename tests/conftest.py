"""Real servers for the suite: Postgres and Valkey, started when first asked for and stopped at the end; a fresh database
and an empty cache per test.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import pytest
import redis
import structlog

from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.valkey import EmbeddedValkey
from cardline.running.background_up import BackgroundUp, background_up

_TEMPLATE = "cardline_template"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def default_logging() -> Iterator[None]:
    """A command sends the log where it wants; the next test must not inherit that."""
    yield
    structlog.reset_defaults()


MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30
"""Four workers with two servers each, of some 200 MB. A container often has 64 MB there."""


@pytest.fixture(scope="session")
def memory() -> Path | None:
    """Where a directory lies in memory, if that is so anywhere. A database is 780 files, and ext4 looks at every inode that
    was freed in the last minutes before it gives a new one: a clone costs 0.9 s of processor on it and 0.05 s in memory.
    """
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_BYTES else None


@pytest.fixture(scope="session")
def servers_directory(memory: Path | None) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="cardline-tests-", dir=memory))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def store_path(servers_directory: Path) -> Iterator[Path]:
    """For a test that starts servers of its own: as `tmp_path`, but beside the others and gone afterwards."""
    directory = servers_directory / f"own-{next(_numbers)}"
    directory.mkdir()
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


QUICK = {"fsync": "off", "full_page_writes": "off", "wal_compression": "off", "wal_level": "minimal", "max_wal_senders": "0"}
"""A killed process loses nothing by it, only a fallen machine would. Tests of a server's own crash have servers of their own."""


Fill = Callable[[str], Awaitable[None]]


class PostgresServers:
    """One server per directory of programs (None: the wheel's), each with a migrated template to clone from."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._started: dict[Path | None, EmbeddedPostgres] = {}
        self._templates: set[tuple[EmbeddedPostgres, str]] = set()

    def started(self, programs: Path | None = None) -> EmbeddedPostgres:
        if programs not in self._started:
            number = len(self._started)
            server = EmbeddedPostgres(self._directory / f"postgres{number or ''}", programs=programs, settings=QUICK)
            server.start()
            self._started[programs] = server
        return self._started[programs]

    def template_on(self, server: EmbeddedPostgres) -> str:
        """The name of a database with the schema and nothing in it. Nobody may connect to it: it is only cloned."""

        async def migrated(dsn: str) -> None:
            from cardline.schema import migrate

            await migrate(dsn)

        return self._prepared(server, _TEMPLATE, "template1", migrated)

    def filled_template_on(self, server: EmbeddedPostgres, name: str, fill: Fill) -> str:
        """The same with facts in it, for tests that all begin with them. `fill` gets its DSN and leaves no connection."""
        return self._prepared(server, name, self.template_on(server), fill)

    def _prepared(self, server: EmbeddedPostgres, name: str, template: str, fill: Fill) -> str:
        async def prepare() -> None:
            await _execute(server, f"CREATE DATABASE {name} OWNER cardline TEMPLATE {template}")
            await fill(server.dsn(database=name))
            await _execute(server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")

        if (server, name) not in self._templates:
            _run_apart(prepare)
            self._templates.add((server, name))
        return name

    def stop(self) -> None:
        for server in self._started.values():
            server.stop()


@pytest.fixture(scope="session")
def postgres_servers(servers_directory: Path) -> Iterator[PostgresServers]:
    servers = PostgresServers(servers_directory)
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def embedded_postgres(postgres_servers: PostgresServers) -> EmbeddedPostgres:
    return postgres_servers.started()


@pytest.fixture(scope="session")
def embedded_valkey(servers_directory: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(servers_directory / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres_servers: PostgresServers, embedded_postgres: EmbeddedPostgres) -> str:
    return postgres_servers.template_on(embedded_postgres)


@pytest.fixture
def postgres_server(embedded_postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """Where this test's database lives; the tests of the ledger run on more than one server."""
    return embedded_postgres


@pytest.fixture
def postgres_template(postgres_servers: PostgresServers, postgres_server: EmbeddedPostgres) -> str:
    """What this test's database is cloned from. A module whose tests all begin with the same facts fills one for them."""
    return postgres_servers.template_on(postgres_server)


@pytest.fixture
def postgres_dsn(postgres_server: EmbeddedPostgres, postgres_template: str) -> Iterator[str]:
    """A database of this test alone, migrated, as its owner. Connections left open are cut at the end."""
    name = f"test_{next(_numbers)}"
    clone = f"CREATE DATABASE {name} OWNER cardline TEMPLATE {postgres_template} STRATEGY file_copy"
    _run_apart(lambda: _execute(postgres_server, clone))
    yield postgres_server.dsn(database=name)
    _run_apart(lambda: _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def postgres(postgres_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to this test's database, as its owner."""
    connection = await asyncpg.connect(postgres_dsn)
    yield connection
    await connection.close()


@pytest.fixture
def superuser_dsn(postgres_dsn: str) -> str:
    """The same database as `postgres_dsn`, for what the owner may not do."""
    return postgres_dsn.replace("//cardline@", "//postgres@")


@pytest.fixture(scope="session")
def cardline_up(servers_directory: Path) -> Iterator[BackgroundUp]:
    """A whole `cardline up` on free ports with stores of its own, shared by the session: leave its parts running."""
    with background_up(servers_directory / "up") as running:
        yield running


@pytest.fixture
def redis_url(embedded_valkey: EmbeddedValkey) -> str:
    """An empty cache. Two tests never run at once, so one server serves all."""
    with redis.Redis.from_url(embedded_valkey.url) as client:
        client.flushall()
        client.script_flush()
    return embedded_valkey.url


async def _execute(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn(user="postgres", database="postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _run_apart(work: Callable[[], Awaitable[None]]) -> None:
    """In a thread of its own, so that it never meets the event loop of a test."""

    async def await_it() -> None:
        await work()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, await_it()).result()
