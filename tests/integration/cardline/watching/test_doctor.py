"""`doctor` against real stores."""

import asyncio
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from cardline import settings
from cardline.settings import Settings
from cardline.watching.doctor import doctor

NOBODY_LISTENS = "127.0.0.1:1"


@pytest.fixture
def configured(postgres_dsn: str, redis_url: str) -> Settings:
    return settings.load(
        allow_test_keys=True,
        fallback={
            "postgres_dsn": postgres_dsn,
            "redis_url": redis_url,
            "token_key": "11" * 32,
            "metrics_listen": NOBODY_LISTENS,
        },
    )


def examined(configured: Settings, directory: Path) -> tuple[int, str]:
    out = Console(file=StringIO(), width=250)
    code = doctor(configured, directory, out)
    assert isinstance(out.file, StringIO)
    return code, out.file.getvalue()


def line(text: str, check: str) -> str:
    return next(line for line in text.splitlines() if check in line)


def test_stores_that_are_fine_are_called_so(configured: Settings, tmp_path: Path) -> None:
    code, said = examined(configured, tmp_path)
    assert code == 0
    for check in ("configuration", "Postgres", "schema", "clock", "Redis"):
        assert "fine" in line(said, check)


async def test_a_schema_that_is_behind_is_told_from_one_that_is_missing(configured: Settings, tmp_path: Path) -> None:
    connection = await asyncpg.connect(configured.postgres_dsn)
    await connection.execute("set role cardline_owner; delete from ledger.migration where version > 1")
    await connection.close()
    code, said = await asyncio.to_thread(examined, configured, tmp_path)
    assert code == 1
    assert "version 1, this program needs" in line(said, "schema")
    assert "cardline migrate" in line(said, "schema")


def test_a_redis_that_is_away_is_a_failure_with_its_reason(configured: Settings, tmp_path: Path) -> None:
    away = configured.model_copy(update={"redis_url": f"unix://{tmp_path}/nothing"})
    code, said = examined(away, tmp_path)
    assert code == 1
    assert "failed" in line(said, "Redis")


def test_a_postgres_that_is_away_is_a_failure_with_its_reason(configured: Settings, tmp_path: Path) -> None:
    away = configured.model_copy(update={"postgres_dsn": f"postgresql://x@/x?host={tmp_path}"})
    code, said = examined(away, tmp_path)
    assert code == 1
    assert "failed" in line(said, "Postgres")


def test_a_profile_that_is_not_there_is_named_with_its_link(configured: Settings, tmp_path: Path) -> None:
    link = configured.links["mastercard"].model_copy(update={"profile": "nonsense"})
    _, said = examined(configured.model_copy(update={"links": {"visa": link}}), tmp_path)
    assert "link visa" in line(said, "configuration")


def test_files_that_would_keep_the_switch_from_starting_are_named(configured: Settings, tmp_path: Path) -> None:
    policy, table = tmp_path / "strict.toml", tmp_path / "long.toml"
    policy.write_text('name = "strict"\nversion = 0\n')
    table.write_text("version = 0\n")
    wrong = configured.model_copy(update={"shadow_policy": str(policy), "hold_validity": table})
    code, said = examined(wrong, tmp_path)
    assert code == 1
    assert "strict.toml: version" in line(said, "policy")
    assert "long.toml: " in line(said, "hold validity")
