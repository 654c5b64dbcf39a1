"""`doctor` against real stores: what only a server can say is asked of one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import date
from io import StringIO
from pathlib import Path

import asyncpg
import pytest
import redis
from rich.console import Console

from authorizer.pan import Pan
from authorizer.sealed_pan import PanCipher
from authorizer.tokens import Tokenizer
from cardline import settings
from cardline.embedded.postgres import EmbeddedPostgres
from cardline.settings import Settings
from cardline.watching.doctor import doctor
from cardline.watching.examining.postgres import examine_postgres
from cardline.watching.examining.redis import examine_redis
from cardline.watching.facts import Away, Cause, ClearingFacts, KeptNumber, PostgresFacts, RedisFacts
from ledger.connection import LEASE, STREAMS

NOBODY_LISTENS = "127.0.0.1:1"
TOKEN_KEY, PAN_KEY = bytes(range(32)), bytes(range(32, 64))
PAN = Pan("5413330089010012")
DOOR = ".s.PGSQL.5432"
PROMISE = b"K\x00\x00\x00\x0c"
"""BackendKeyData: which process will answer."""


@pytest.fixture
def configured(postgres_dsn: str, redis_url: str) -> Settings:
    return settings.load(
        allow_test_keys=True,
        fallback={
            "postgres_dsn": postgres_dsn,
            "redis_url": redis_url,
            "token_key": TOKEN_KEY.hex(),
            "pan_key": PAN_KEY.hex(),
            "metrics_listen": NOBODY_LISTENS,
        },
    )


@pytest.fixture
async def superuser(superuser_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(superuser_dsn)
    yield connection
    await connection.close()


def examined(configured: Settings, directory: Path) -> tuple[int, str]:
    out = Console(file=StringIO(), width=600)
    code = doctor(configured, directory, out)
    assert isinstance(out.file, StringIO)
    return code, out.file.getvalue()


def line(text: str, check: str) -> str:
    return next(line for line in text.splitlines() if check in line)


async def asked(configured: Settings, dsn: str | None = None) -> PostgresFacts:
    found = await examine_postgres(configured.model_copy(update={"postgres_dsn": dsn}) if dsn else configured)
    assert isinstance(found, PostgresFacts), found
    return found


async def turned_away(configured: Settings, dsn: str) -> Cause:
    found = await examine_postgres(configured.model_copy(update={"postgres_dsn": dsn}))
    assert isinstance(found, Away), found
    assert found.said
    return found.cause


def test_stores_that_are_fine_are_called_so_and_a_server_that_does_not_wait_for_its_disk_is_not(
    configured: Settings, tmp_path: Path
) -> None:
    code, said = examined(configured, tmp_path)
    for check in ("configuration", "schema", "books", "clock", "Redis"):
        assert "fine" in line(said, check)
    assert "fsync, full_page_writes off" in line(said, "Postgres")  # the suite's server is made quick so
    assert "alter system set fsync = on" in line(said, "Postgres")
    assert code == 1


async def test_a_schema_that_is_behind_is_told_from_one_that_is_missing(configured: Settings, tmp_path: Path) -> None:
    connection = await asyncpg.connect(configured.postgres_dsn)
    await connection.execute("set role cardline_owner; delete from ledger.migration where version > 1")
    await connection.close()
    code, said = await asyncio.to_thread(examined, configured, tmp_path)
    assert code == 1
    assert "version 1, this program needs" in line(said, "schema")
    assert "cardline migrate" in line(said, "schema")


async def test_each_way_of_not_getting_in_has_its_cause(
    configured: Settings, superuser: asyncpg.Connection, postgres_dsn: str, tmp_path: Path
) -> None:
    assert await turned_away(configured, f"postgresql://x@/x?host={tmp_path}") is Cause.NOBODY_THERE
    assert await turned_away(configured, "postgresql://x@127.0.0.1:1/x") is Cause.NOBODY_THERE
    assert await turned_away(configured, postgres_dsn.replace("//cardline@", "//stranger@")) is Cause.LOGIN_REFUSED
    assert await turned_away(configured, postgres_dsn.replace("@/", "@/not_")) is Cause.NO_DATABASE
    name = await superuser.fetchval("select current_database()")
    await superuser.execute(f"alter database {name} connection limit 1")
    assert await turned_away(configured, postgres_dsn) is Cause.FULL


async def test_a_host_without_a_name_is_not_one_that_is_down(configured: Settings) -> None:
    dsn = "postgresql://x:secret@no.such.host.invalid/x"
    found = await examine_postgres(configured.model_copy(update={"postgres_dsn": dsn}))
    assert isinstance(found, Away)
    assert found.cause is Cause.UNKNOWN_HOST
    assert found.said.startswith("no.such.host.invalid: ")


async def test_a_login_without_roles_and_with_a_timeout_is_told_what_it_lacks(
    configured: Settings, superuser: asyncpg.Connection, postgres_dsn: str
) -> None:
    await superuser.execute("create role doctor_test login; alter role doctor_test set statement_timeout = '100ms'")
    try:
        found = await asked(configured, postgres_dsn.replace("//cardline@", "//doctor_test@"))
    finally:
        await superuser.execute("drop role doctor_test")
    assert list(found.books.roles_refused) == ["cardline_writer", "cardline_reader", "cardline_verifier", "cardline_closer"]
    assert (found.books.schema, found.books.can_read_books) == (0, False)
    assert found.server.timeouts == {"statement_timeout": "100ms"}
    assert not found.server.is_superuser


async def test_a_superuser_and_a_database_that_takes_no_writes_are_seen(
    configured: Settings, superuser: asyncpg.Connection, superuser_dsn: str
) -> None:
    name = await superuser.fetchval("select current_database()")
    await superuser.execute(f"alter database {name} set default_transaction_read_only = on")
    server = (await asked(configured, superuser_dsn)).server
    assert server.is_superuser
    assert server.is_read_only
    assert server.connections_left > 0


async def test_a_database_in_another_encoding_is_seen(
    configured: Settings, superuser: asyncpg.Connection, embedded_postgres: EmbeddedPostgres
) -> None:
    await superuser.execute("create database doctor_latin encoding 'LATIN1' locale 'C' template template0 owner cardline")
    try:
        found = await asked(configured, embedded_postgres.dsn(database="doctor_latin"))
    finally:
        await superuser.execute("drop database doctor_latin with (force)")
    assert found.server.encoding == "LATIN1"
    assert found.books.schema is None


async def test_a_pooler_in_front_gives_itself_away(configured: Settings, postgres_dsn: str, tmp_path: Path) -> None:
    """A pooler promises a process of its own making; so does this relay."""
    behind = postgres_dsn.partition("host=")[2].partition("&")[0]

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        while data := await reader.read(65536):
            at = data.find(PROMISE) if is_answer else -1
            if at >= 0:
                at += len(PROMISE)
                data = data[:at] + b"\x00\x00\x00\x07" + data[at + 4 :]
            writer.write(data)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_unix_connection(f"{behind}/{DOOR}")
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(carry(reader, questions, is_answer=False), carry(answers, writer, is_answer=True))

    async with await asyncio.start_unix_server(relay, tmp_path / DOOR):
        assert (await asked(configured, postgres_dsn.replace(behind, str(tmp_path)))).server.is_pooled
    assert not (await asked(configured)).server.is_pooled


async def test_all_that_is_wrong_with_the_books_is_found_at_once(configured: Settings, superuser: asyncpg.Connection) -> None:
    await superuser.execute("""
        set session_replication_role = replica;
        revoke insert on ledger.posting from cardline_writer;
        update ledger.chart set number = 998 where role = 'bank';
        insert into ledger.exception (kind, opened_at, subject) values ('books_do_not_hold', now(), 'a test');
        drop table ledger.outcome, ledger.early_reversal cascade""")
    await superuser.execute("select pg_advisory_lock($1, s) from generate_series(1, 60) s", LEASE)
    books = (await asked(configured)).books
    assert "role.bank.number" in books.chart_conflict
    assert books.open_findings == 1
    assert books.streams_free == STREAMS - 60
    assert any("ledger.outcome" in warning for warning in books.partition_warnings)
    await superuser.execute("create table ledger.outcome ()")
    assert list((await asked(configured)).books.grants_missing) == ["insert on ledger.outcome", "insert on ledger.posting"]


async def test_what_nobody_posts_works_off_or_reconciles_is_seen(configured: Settings, superuser: asyncpg.Connection) -> None:
    assert (await asked(configured)).books.clearing == ClearingFacts()
    await superuser.execute("""
        set session_replication_role = replica;
        insert into clearing.file (file_id, sha256, name, bytes, pieces, framing, character_set, messages, amount, is_test, actor,
                                   received_at)
        select '002261126000002009000000' || n, sha256(n::text::bytea), 'x', 1, 1, 'vbs', 'cp500', 2, 0, false, 'x',
               now() - interval '1 hour' * n from generate_series(1, 3) n;
        insert into ledger.exception (kind, opened_at, subject, due_on)
        values ('chargeback', now(), 'a', '2001-11-20'), ('chargeback', now(), 'b', '2001-11-24'),
               ('chargeback', now(), 'c', '2999-01-01');
        insert into clearing.record (file_id, position, mti, function_code, kind, is_reversal, is_debit, amount, asset, interchange,
                                     reason, business_date)
        values ('0022611260000020090000001', 2, '1240', '200', 'presentment', false, true, 1, 'EUR', 0, '', '2001-11-24')""")
    await superuser.execute("select pg_advisory_lock(hashtextextended('cardline clearing posting 0022611260000020090000003', 0))")
    found = (await asked(configured)).books.clearing
    assert found is not None
    assert (found.unposted_files, found.unposted_file) == (2, "0022611260000020090000002"), "one of three is being posted"
    assert 7_200 <= found.unposted_seconds < 7_300
    assert (found.overdue_items, found.overdue_since) == (2, date(2001, 11, 20))
    assert found.unreconciled == date(2001, 11, 24)


async def test_one_kept_number_proves_both_keys(configured: Settings, superuser: asyncpg.Connection) -> None:
    await superuser.execute("set session_replication_role = replica")
    await superuser.execute(
        "insert into ledger.account (account_id, code, name, kind, normal_side, asset) "
        "values (5000000001, 'x', 'x', 'customer', 'credit', 'CHF')"
    )
    await superuser.execute(
        "insert into ledger.card (card_id, account_id, pan_token, pan_masked, expiry, psn) values (7, 5000000001, $1, 'x', '3012', '01')",
        Tokenizer(TOKEN_KEY).token(PAN),
    )
    await superuser.execute("insert into ledger.card_number values (7, $1)", PanCipher(PAN_KEY).seal(PAN, 7))
    found = (await asked(configured)).books
    assert found.kept_number is KeptNumber.AGREES
    assert list(found.currencies) == ["CHF"]
    other = configured.model_copy(update={"token_key": PAN_KEY})
    assert (await asked(other)).books.kept_number is KeptNumber.OTHER_CARD
    other = configured.model_copy(update={"pan_key": TOKEN_KEY})
    assert (await asked(other)).books.kept_number is KeptNumber.OTHER_PAN_KEY


@pytest.fixture
def administered(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client
        client.execute_command("ACL", "DELUSER", "doctor_test")
        client.replicaof("NO", "ONE")
        client.config_set("maxmemory-policy", "allkeys-lru")


def test_a_redis_that_is_full_or_a_replica_is_seen(administered: redis.Redis, redis_url: str) -> None:
    found = examine_redis(redis_url)
    assert isinstance(found, RedisFacts)
    assert (found.is_replica, found.is_cluster, found.memory_policy, found.refuses_scripts) == (False, False, "allkeys-lru", "")
    assert 0 < found.memory_used < 1
    assert abs(found.clock_ahead_seconds) < 1
    administered.config_set("maxmemory-policy", "noeviction")
    administered.replicaof("127.0.0.1", "1")
    found = examine_redis(redis_url)
    assert isinstance(found, RedisFacts)
    assert (found.is_replica, found.memory_policy) == (True, "noeviction")


def test_a_redis_login_that_is_wrong_or_may_run_no_scripts_is_told_apart(administered: redis.Redis, redis_url: str) -> None:
    administered.execute_command("ACL", "SETUSER", "doctor_test", "on", ">secret", "+@all", "-@scripting", "~*")
    path = redis_url.removeprefix("unix://").partition("?")[0]
    found = examine_redis(f"unix://doctor_test:secret@{path}")
    assert isinstance(found, RedisFacts)
    assert "permission" in found.refuses_scripts
    wrong = examine_redis(f"unix://doctor_test:guess@{path}")
    assert isinstance(wrong, Away)
    assert wrong.cause is Cause.LOGIN_REFUSED


def test_a_redis_that_is_away_is_a_failure_with_its_reason(configured: Settings, tmp_path: Path) -> None:
    away = configured.model_copy(update={"redis_url": f"unix://{tmp_path}/nothing"})
    code, said = examined(away, tmp_path)
    assert code == 1
    assert "failed" in line(said, "Redis")


def test_files_that_would_keep_the_switch_from_starting_are_named(configured: Settings, tmp_path: Path) -> None:
    policy, table = tmp_path / "strict.toml", tmp_path / "long.toml"
    policy.write_text('name = "strict"\nversion = 0\n')
    table.write_text("version = 0\n")
    wrong = configured.model_copy(update={"shadow_policy": str(policy), "hold_validity": table})
    code, said = examined(wrong, tmp_path)
    assert code == 1
    assert "strict.toml: version" in line(said, "policy")
    assert "long.toml: " in line(said, "hold validity")
