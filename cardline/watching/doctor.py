"""`cardline doctor`: looks at every part from outside and prints what it found. What it means is said in diagnosis."""

import asyncio
import http.client
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import asyncpg
import redis
from rich.console import Console
from rich.table import Table

from cardline.card_keys import uses_test_keys
from cardline.errors import ConfigurationError as OperatorsError
from cardline.hold_validity import load_validity
from cardline.policies import load_policy
from cardline.running.kept_numbers import told_links
from cardline.settings import Address, Settings
from cardline.settling.tolerances import load_tolerances
from cardline.watching.diagnosis import Facts, Finding, PostgresFacts, Verdict, diagnose
from ledger.file_updates import FileUpdateCounts, count_updates
from ledger.migrate import LATEST
from switch.errors import ConfigurationError
from switch.profile import load_profile

_TIMEOUT_SECONDS = 5.0
_COLOURS = {Verdict.FINE: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "red"}


def doctor(settings: Settings, data_dir: Path, out: Console) -> int:
    """Exit code 1 when something has failed; warnings are only said."""
    disk = shutil.disk_usage(data_dir if data_dir.exists() else Path())
    findings = diagnose(asyncio.run(_examine(settings, disk.free)))
    out.print(_table(findings))
    return 1 if any(finding.verdict is Verdict.FAILED for finding in findings) else 0


async def _examine(settings: Settings, free_bytes: int) -> Facts:
    redis_version, redis_fault = _redis(settings.redis_url)
    return Facts(
        postgres=await _postgres(settings.postgres_dsn),
        newest_schema=LATEST,
        redis_version=redis_version,
        redis_fault=redis_fault,
        has_all_keys=bool(settings.token_key),
        uses_test_keys=uses_test_keys(settings),
        profile_faults=_profile_faults(settings),
        policy_faults=[fault for name in _policies(settings) for fault in _faults(partial(load_policy, name))],
        validity_faults=_faults(partial(load_validity, settings.hold_validity)),
        tolerance_faults=_faults(partial(load_tolerances, settings.clearing_tolerances)),
        free_bytes=free_bytes,
        switch=_switch(Address.parse(settings.metrics_listen)),
    )


async def _postgres(dsn: str) -> PostgresFacts | str:
    try:
        connection = await asyncpg.connect(dsn, timeout=_TIMEOUT_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return str(error) or type(error).__name__
    try:
        before = datetime.now(UTC)
        clock = await connection.fetchval("select clock_timestamp()")
        middle = before + (datetime.now(UTC) - before) / 2
        return PostgresFacts(
            version=connection.get_server_version().major,
            schema=await _value(connection, "select max(version) from ledger.migration"),
            clock_ahead_seconds=(clock - middle).total_seconds(),
            can_read_books=await _value(connection, "select count(*) from report.trial_balance") is not None,
            file_updates=await _file_updates(connection),
        )
    finally:
        await connection.close(timeout=_TIMEOUT_SECONDS)


async def _file_updates(connection: asyncpg.Connection) -> FileUpdateCounts | None:
    try:
        return await count_updates(connection)
    except asyncpg.PostgresError:
        return None


async def _value(connection: asyncpg.Connection, query: str) -> int | None:
    """None where the table is missing or not ours to read."""
    try:
        value: int | None = await connection.fetchval(query, timeout=_TIMEOUT_SECONDS)
    except asyncpg.PostgresError:
        return None
    return value


def _redis(url: str) -> tuple[str | None, str]:
    """Its version, or None and why not."""
    if not url:
        return None, "CARDLINE_REDIS_URL is not set"
    try:
        with redis.Redis.from_url(url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS) as client:
            return str(client.info("server")["redis_version"]), ""
    except (redis.RedisError, OSError) as error:
        return None, str(error)


def _profile_faults(settings: Settings) -> list[str]:
    faults = []
    for name, link in settings.links.items():
        try:
            load_profile(link.profile)
        except ConfigurationError as error:
            faults.append(f"link {name}: {error}")
    return faults or _faults(partial(told_links, settings))


def _policies(settings: Settings) -> list[str]:
    """The live one, and the draft beside it if any."""
    return [name for name in (settings.policy, settings.shadow_policy) if name]


def _faults(load: Callable[[], object]) -> list[str]:
    """What keeps a file from being used."""
    try:
        load()
    except OperatorsError as error:
        return list(error.mistakes)
    return []


def _switch(address: Address) -> str | None:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return "; ".join(connection.getresponse().read(10_000).decode(errors="replace").split("\n")).strip("; ")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _table(findings: list[Finding]) -> Table:
    table = Table("check", "", "found", "what to do")
    for finding in findings:
        colour = _COLOURS[finding.verdict]
        table.add_row(finding.check, f"[{colour}]{finding.verdict.value}[/]", finding.found, finding.advice)
    return table
