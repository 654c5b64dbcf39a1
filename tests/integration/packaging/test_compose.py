"""compose.yaml without an engine: the Compose specification's schema takes it, and what it names is there."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from cardline import settings
from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.programs import postgres_programs
from cardline.schema import migrate
from cardline.token_key import prove_token_key
from cardline.watching.examining.postgres import examine_postgres
from cardline.watching.facts import PostgresFacts
from ledger.migrate import LATEST

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
SWITCHES = ("switch-1", "switch-2")


def against_the_schema(text: str, directory: Path) -> str:
    """What the Compose specification's own schema, as check-jsonschema brings it along, has against a file."""
    file = directory / "compose.yaml"
    file.write_text(text, encoding="utf-8")
    words = [Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file]
    run = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def test_it_is_as_the_schema_of_the_compose_specification_has_it(tmp_path: Path) -> None:
    assert against_the_schema(TEXT, tmp_path) == ""


def test_a_misspelt_key_and_a_wrong_shape_would_be_found(tmp_path: Path) -> None:
    assert "restrat" in against_the_schema(TEXT.replace("restart:", "restrat:"), tmp_path)
    assert "read_only" in against_the_schema(TEXT.replace("read_only: true", "read_only: [yes]"), tmp_path)


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_is_there_and_can_come_true(name: str) -> None:
    waits = SERVICES[name].get("depends_on", {})
    for other, how in waits.items() if isinstance(waits, dict) else ((other, {}) for other in waits):
        assert other in SERVICES
        condition = how.get("condition", "service_started")
        assert condition in CONDITIONS
        assert condition != "service_healthy" or "test" in SERVICES[other]["healthcheck"]


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_there(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source = mount.split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in DOCUMENT["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file_and_a_missing_one_is_an_error(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|KEY|DSN", variable):
            assert re.search(r"\$\{\w+:\?\}", value), variable


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_has_a_read_only_root_and_no_rights(name: str) -> None:
    switch = SERVICES[name]
    assert switch["read_only"]
    assert switch["cap_drop"] == ["ALL"]


def test_prometheus_scrapes_exactly_the_switches() -> None:
    document = yaml.safe_load((ROOT / "configs" / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    [job] = document["scrape_configs"]
    assert [target.split(":")[0] for group in job["static_configs"] for target in group["targets"]] == list(SWITCHES)


def test_the_switches_settings_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in SERVICES["switch-1"]["environment"].items():
        monkeypatch.setenv(
            variable, re.sub(r"\$\{CARDLINE_TOKEN_KEY:\?\}", "11" * 32, re.sub(r"\$\{CARDLINE_KEYS\w+:\?\}", "22" * 16, value))
        )
    loaded = settings.load(
        ROOT / "configs" / "compose" / "cardline.toml", require=("postgres_dsn", "redis_url", "token_key", "keys")
    )
    assert loaded.metrics_listen.endswith(":9583")


def test_neither_login_is_a_superuser_and_both_can_do_their_work(store_path: Path) -> None:
    """The script that the Postgres image runs on an empty volume, on a server that has nothing of ours yet."""
    server = EmbeddedPostgres(store_path / "postgres", settings={"fsync": "off"})
    server.start()
    try:
        asyncio.run(_emptied(server))
        place = server.dsn().partition("host=")[2].partition("&")[0]
        passwords = {"OWNER_PASSWORD": "it's one", "SWITCH_PASSWORD": "another"}
        path = f"{postgres_programs(None)}:/usr/bin:/bin"
        environment = {"PATH": path, "PGHOST": place, "PGPORT": "5432", **passwords}
        words = [ROOT / "configs" / "compose" / "logins.sh"]
        run = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert (run.returncode, run.stdout + run.stderr) == (0, "")
        assert asyncio.run(migrate(server.dsn(user="cardline", database="cardline")))
        given = {"postgres_dsn": server.dsn(user="cardline_switch", database="cardline"), "token_key": "5a" * 32}
        loaded = settings.load(allow_test_keys=True, fallback=given)
        asyncio.run(prove_token_key(loaded))  # which writes as a switch does
        found = asyncio.run(examine_postgres(loaded))
    finally:
        server.stop()
    assert isinstance(found, PostgresFacts)
    assert (found.server.login, found.server.is_superuser) == ("cardline_switch", False)
    assert (found.books.schema, list(found.books.roles_refused), list(found.books.grants_missing)) == (LATEST, [], [])


async def _emptied(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.dsn(user="postgres", database="postgres"))
    for statement in ("drop database cardline", "drop role cardline"):
        await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("name", SWITCHES)
def test_what_a_switch_may_write_is_on_a_volume(name: str) -> None:
    file = Path(SERVICES[name]["environment"]["CARDLINE_ANCHOR_FILE"])
    targets = {mount.split(":")[1]: mount.split(":")[0] for mount in SERVICES[name]["volumes"]}
    assert targets[str(file.parent)] in DOCUMENT["volumes"]
    assert f"/var/lib/{file.parent.name}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_switches_do_not_have_the_owners_password() -> None:
    assert "OWNER_PASSWORD" not in SERVICES["switch-1"]["environment"]["CARDLINE_POSTGRES_DSN"]
    assert "//cardline_switch:" in SERVICES["switch-1"]["environment"]["CARDLINE_POSTGRES_DSN"]
    assert "//cardline:" in SERVICES["migrate"]["environment"]["CARDLINE_POSTGRES_DSN"]


def test_a_stopped_switch_may_drain() -> None:
    grace = float(SERVICES["switch-1"]["stop_grace_period"].removesuffix("s"))
    assert grace > settings.Limits().drain_seconds
