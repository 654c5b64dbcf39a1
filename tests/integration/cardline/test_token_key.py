"""The token key and the database that hangs on it: another key is told before it declines every card as unknown."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from cardline import settings
from cardline.errors import ConfigurationError
from cardline.network.seed import seed
from cardline.settings import Settings
from cardline.token_key import prove_token_key
from cardline.watching.examining.postgres import examine_postgres
from cardline.watching.facts import PostgresFacts
from ledger.money import ASSETS

RIGHT, WRONG = "5a" * 32, "a5" * 32


@pytest.fixture
def right(postgres_dsn: str, redis_url: str) -> Settings:
    given = {"postgres_dsn": postgres_dsn, "redis_url": redis_url, "token_key": RIGHT, "metrics_listen": "127.0.0.1:0"}
    links = {"net": {"profile": "mastercard", "listen": "127.0.0.1:0"}}
    return settings.load(allow_test_keys=True, fallback=given | {"links": links})


@pytest.fixture
def wrong(right: Settings) -> Settings:
    return right.model_copy(update={"token_key": bytes.fromhex(WRONG)})


async def issue_a_card(given: Settings) -> None:
    await seed(given, cards=1, asset=ASSETS["EUR"], balance_minor=100)


async def is_called_right(given: Settings) -> bool:
    found = await examine_postgres(given)
    assert isinstance(found, PostgresFacts)
    return found.books.is_token_key


async def test_under_issued_cards_another_token_key_is_refused_and_the_first_stays(
    right: Settings, wrong: Settings, postgres_dsn: str, tmp_path: Path
) -> None:
    await prove_token_key(wrong)  # nothing hangs on it yet
    await asyncio.gather(*(prove_token_key(right) for _ in range(3)))
    await issue_a_card(right)
    with pytest.raises(ConfigurationError, match="token_key: is not the key of this database"):
        await issue_a_card(wrong)
    assert await is_called_right(right)
    assert not await is_called_right(wrong)
    connection = await asyncpg.connect(postgres_dsn)
    assert await connection.fetchval("select count(*) from ledger.key_check") == 2
    for change in ("delete from ledger.key_check", "update ledger.key_check set check_value = check_value"):
        await connection.execute("set role cardline_owner")
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await connection.execute(change)
    await connection.close()
    code, said = await asyncio.to_thread(served, wrong, tmp_path)
    assert (code, said.count("\n")) == (2, 1)
    assert "cardline: token_key: is not the key of this database" in said


def served(given: Settings, directory: Path) -> tuple[int, str]:
    """`serve` itself: how it ends, and what it says on standard error beside its log."""
    config = directory / "cardline.toml"
    config.write_text(
        f'postgres_dsn = "{given.postgres_dsn}"\nredis_url = "{given.redis_url}"\ntoken_key = "{given.token_key.hex()}"\n'
        'metrics_listen = "127.0.0.1:0"\n[links.net]\nprofile = "mastercard"\nlisten = "127.0.0.1:0"\n'
    )
    command = [sys.executable, "-m", "cardline", "serve", "--allow-test-keys", "--config", str(config)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARDLINE_")}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stderr


async def test_a_database_from_before_the_record_takes_the_key_that_made_its_cards_and_no_other(
    right: Settings, wrong: Settings, superuser_dsn: str
) -> None:
    await issue_a_card(right)
    connection = await asyncpg.connect(superuser_dsn)
    await connection.execute("set session_replication_role = replica; delete from ledger.key_check")
    assert not await is_called_right(wrong)
    with pytest.raises(ConfigurationError):
        await prove_token_key(wrong)
    assert await connection.fetchval("select count(*) from ledger.key_check") == 0
    await prove_token_key(right)
    assert await connection.fetchval("select count(*) from ledger.key_check") == 1
    await connection.close()
