"""Asks a Postgres what `doctor` wants to know, over one connection, and changes nothing."""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from authorizer.errors import SealedPanError
from authorizer.tokens import Tokenizer
from cardline.running.kept_numbers import pan_cipher
from cardline.schema import packaged_chart
from cardline.settings import Settings
from cardline.watching.facts import Away, BookFacts, Cause, ClearingFacts, KeptNumber, PostgresFacts, ServerFacts
from clearing.statements import statement as clearing_statement
from ledger import partitions
from ledger.bites import backlog
from ledger.chart_table import refuse_lasting_changes
from ledger.connection import LEASE, STREAMS
from ledger.errors import ChartError
from ledger.file_updates import FileUpdateCounts, count_updates
from ledger.key_check import is_token_key
from ledger.statements import statement

TIMEOUT_SECONDS = 5.0
ROLES = ("cardline_writer", "cardline_reader", "cardline_verifier", "cardline_closer")
TIMEOUTS = ("statement_timeout", "idle_session_timeout", "transaction_timeout")
"""The writer sets its other timeouts itself."""
_FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def examine_postgres(settings: Settings) -> PostgresFacts | Away:
    try:
        connection = await asyncpg.connect(settings.postgres_dsn, timeout=TIMEOUT_SECONDS)
    except _FAULTS as error:
        cause, said = _cause(error), str(error) or type(error).__name__
        return Away(cause, f"{urlsplit(settings.postgres_dsn).hostname}: {said}" if cause is Cause.UNKNOWN_HOST else said)
    try:
        return PostgresFacts(await _server(connection), await _books(connection, settings))
    finally:
        await connection.close(timeout=TIMEOUT_SECONDS)


def _cause(error: Exception) -> Cause:
    match error:
        case socket.gaierror():
            return Cause.UNKNOWN_HOST
        case OSError():
            return Cause.NOBODY_THERE
        case asyncpg.InvalidAuthorizationSpecificationError():
            return Cause.LOGIN_REFUSED
        case asyncpg.InvalidCatalogNameError():
            return Cause.NO_DATABASE
        case asyncpg.TooManyConnectionsError():
            return Cause.FULL
        case _:
            return Cause.OTHER


async def _server(connection: Any) -> ServerFacts:
    before = datetime.now(UTC)
    clock = await connection.fetchval("select clock_timestamp()")
    middle = before + (datetime.now(UTC) - before) / 2
    row = await connection.fetchrow(statement("doctor_server"), [*TIMEOUTS])
    return ServerFacts(
        version=connection.get_server_version().major,
        clock_ahead_seconds=(clock - middle).total_seconds(),
        login=row["login"],
        is_superuser=row["is_superuser"],
        is_pooled=row["pid"] != connection.get_server_pid(),
        is_read_only=row["is_read_only"],
        unsafe=row["unsafe"],
        encoding=row["encoding"],
        connections_left=row["connections_left"],
        timeouts=dict(zip(row["timeout_names"], row["timeout_values"], strict=True)),
    )


async def _books(connection: Any, settings: Settings) -> BookFacts:
    is_there = await _value(connection, statement("doctor_schema_is_there"))
    schema = await _value(connection, "select max(version) from ledger.migration") or 0 if is_there else None
    can_read_books = await _value(connection, "select count(*) from report.trial_balance") is not None
    if schema is None:
        return BookFacts(schema, can_read_books)
    refused = [role for role in ROLES if not await _may_become(connection, role)]
    grants = await _value(connection, statement("doctor_grants"))
    if ROLES[0] not in refused:
        await connection.execute(f"set role {ROLES[0]}")  # as a switch asks; else as the login, which may see it too
    day = await _value(connection, "select ledger.booking_date($1)", datetime.now(UTC).date())
    return BookFacts(
        schema=schema,
        can_read_books=can_read_books,
        roles_refused=refused,
        grants_missing=grants or (),
        chart_conflict=await _chart_conflict(connection),
        partition_warnings=await _partition_warnings(connection, day),
        streams_free=STREAMS - (await _value(connection, statement("doctor_streams"), LEASE) or 0),
        unverified_seconds=await _unverified_seconds(connection),
        open_findings=await _value(connection, statement("doctor_findings")) or 0,
        currencies=await _value(connection, statement("doctor_currencies")) or (),
        is_token_key=await _is_token_key(connection, settings),
        kept_number=await _kept_number(connection, settings),
        file_updates=await _file_updates(connection),
        clearing=await _clearing(connection),
    )


async def _value(connection: Any, query: str, *arguments: object) -> Any:
    """None where the table is missing or not ours to read."""
    try:
        return await connection.fetchval(query, *arguments, timeout=TIMEOUT_SECONDS)
    except (asyncpg.PostgresError, TimeoutError):
        return None


async def _may_become(connection: Any, role: str) -> bool:
    try:
        await connection.execute(f"set role {role}; reset role")
    except asyncpg.PostgresError:
        return False
    return True


async def _chart_conflict(connection: Any) -> str:
    try:
        await refuse_lasting_changes(connection, packaged_chart())
    except ChartError as error:
        return str(error)
    except asyncpg.PostgresError:
        return ""
    return ""


async def _partition_warnings(connection: Any, day: Any) -> Sequence[str]:
    try:
        tables = await partitions.tables(connection, day) if day is not None else []
    except asyncpg.PostgresError:
        return ()
    return [warning for table in tables if (warning := table.warning)]


async def _unverified_seconds(connection: Any) -> float:
    try:
        oldest = (await backlog(connection)).oldest
    except asyncpg.PostgresError:
        return 0.0
    return (datetime.now(UTC) - oldest).total_seconds() if oldest is not None else 0.0


async def _is_token_key(connection: Any, settings: Settings) -> bool:
    if not settings.token_key:
        return True  # that there is none is said of the settings
    tokenizer = Tokenizer(settings.token_key)
    try:
        return await is_token_key(connection, tokenizer.check_value, tokenizer.makes)
    except asyncpg.PostgresError:
        return True


async def _kept_number(connection: Any, settings: Settings) -> KeptNumber:
    """Any one number proves both keys; without one, or without our keys, there is nothing to say."""
    try:
        row = await connection.fetchrow(statement("doctor_kept_number"))
    except asyncpg.PostgresError:
        return KeptNumber.AGREES
    if row is None or not settings.pan_key or not settings.token_key:
        return KeptNumber.AGREES
    try:
        pan = pan_cipher(settings).open(row["sealed"], row["card_id"])
    except SealedPanError:
        return KeptNumber.OTHER_PAN_KEY
    return KeptNumber.AGREES if Tokenizer(settings.token_key).token(pan) == row["pan_token"] else KeptNumber.OTHER_CARD


async def _file_updates(connection: Any) -> FileUpdateCounts | None:
    try:
        return await count_updates(connection)
    except asyncpg.PostgresError:
        return None


async def _clearing(connection: Any) -> ClearingFacts | None:
    try:
        return ClearingFacts(**await connection.fetchrow(clearing_statement("doctor_clearing"), timeout=TIMEOUT_SECONDS))
    except (asyncpg.PostgresError, TimeoutError):
        return None
