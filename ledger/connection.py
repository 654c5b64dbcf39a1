"""The writer's connection: how Postgres is set for it, which of its errors mean what, and the lease of a stream."""

import asyncpg

from ledger.errors import SchemaError, Unavailable
from ledger.migrate import migrations

LEASE = 0x63617264
"""First key of the advisory locks that lease streams (the second is the stream)."""
STREAMS = 64
SETTINGS = {
    "application_name": "cardline writer",
    "role": "cardline_writer",
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",  # arrays of any length, one plan; planning costs more than running
    # Plans are made once, on tables that may be empty then: tell the planner that every look-up is by key.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "jit": "off",
    "synchronous_commit": "on",
    "lock_timeout": "4s",  # another writer that hangs with an account locked must not take ours with it
    "idle_in_transaction_session_timeout": "10s",  # nor ours the others: a stopped process loses its locks and its stream
}

CONNECTION_LOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InFailedSQLTransactionError,  # and what says that this server takes no writes now: begin again elsewhere
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InsufficientResourcesError,
)
TRY_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


async def check_schema(connection: asyncpg.Connection) -> None:
    try:
        applied = {row["version"] for row in await connection.fetch("select version from ledger.migration")}
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError) as error:
        raise SchemaError("the database has no cardline schema; run `cardline migrate`") from error
    if missing := sorted({version for version, _, _ in migrations()} - applied):
        raise SchemaError(f"the schema lacks migration {missing[0]:04}, the first of {len(missing)}; run `cardline migrate`")


async def lease(connection: asyncpg.Connection, prefer: int | None) -> int:
    """A free stream, the preferred one first: the same process keeps its stream over a reconnect."""
    order = list(range(STREAMS)) if prefer is None else [prefer, *(s for s in range(STREAMS) if s != prefer)]
    for stream in order:
        if await connection.fetchval("select pg_try_advisory_lock($1, $2)", LEASE, stream):
            return stream
    raise Unavailable("all streams are leased")
