"""Whole issuers: one for a module of tests that leave each other alone, or one made to measure."""

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis
from acceptance.desk import card, run
from acceptance.issuer import Issuer

from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.valkey import EmbeddedValkey

__all__ = ["card", "run"]

_numbers = itertools.count(1)


@pytest.fixture
def make_issuer(tmp_path: Path, postgres_dsn: str, redis_url: str) -> Iterator[Callable[..., Issuer]]:
    """An issuer of this test alone, on a database of its own."""
    made: list[Issuer] = []

    def make(**options: Any) -> Issuer:
        stores = {"postgres_dsn": postgres_dsn, "redis_url": redis_url}
        made.append(Issuer(tmp_path, **(stores | options)))
        return made[-1]

    yield make
    for issuer in made:
        issuer.close()


@pytest.fixture(scope="module")
def issuer(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    embedded_postgres: EmbeddedPostgres,
    embedded_valkey: EmbeddedValkey,
    migrated_template: str,
) -> Iterator[Issuer]:
    """One issuer for all tests of the module; a module's ISSUER holds the options of `Issuer`."""
    with redis.Redis.from_url(embedded_valkey.url) as client:
        client.flushall()
    name = f"acceptance_{next(_numbers)}"
    _administer(embedded_postgres, f"CREATE DATABASE {name} OWNER cardline TEMPLATE {migrated_template} STRATEGY file_copy")
    made = Issuer(
        tmp_path_factory.mktemp("issuer"),
        postgres_dsn=embedded_postgres.dsn(database=name),
        redis_url=embedded_valkey.url,
        **getattr(request.module, "ISSUER", {}),
    )
    yield made
    made.close()
    _administer(embedded_postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def rng() -> random.Random:
    """Its seed is printed where the test fails."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"random seed {seed}")
    return random.Random(seed)


def _administer(server: EmbeddedPostgres, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(server.dsn(user="postgres", database="postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:  # a fixture may be set up while a test's event loop stands ready
        thread.submit(asyncio.run, execute()).result()
