"""Postgres or Redis goes away under a running switch: nothing wrong is ever said, and it comes back by itself."""

import asyncio
import itertools
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from acceptance.issuer import PATIENCE_SECONDS, HeldCard, Issuer, Switch, eventually
from acceptance.network import ask, ask_all, code, connection, connections, purchase

from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.valkey import EmbeddedValkey
from ledger.migrate import migrate
from simulator.client import NetworkConnection
from simulator.messages import repeated
from switch.iso8583 import Message

DEADLINE_SECONDS, MARGIN_SECONDS = 2.0, 0.5
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def own_postgres(servers_directory: Path) -> Iterator[EmbeddedPostgres]:
    """A server that a test may end; the test has to start it again."""
    server = EmbeddedPostgres(servers_directory / "ended" / "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def own_dsn(own_postgres: EmbeddedPostgres) -> str:
    """A database of this test alone on that server."""
    administrator = await asyncpg.connect(own_postgres.dsn(user="postgres", database="postgres"))
    name = f"away_{next(_numbers)}"
    await administrator.execute(f"create database {name} owner cardline")
    await administrator.close()
    await migrate(own_postgres.dsn(database=name))
    return own_postgres.dsn(database=name)


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


async def test_without_postgres_nothing_is_approved_and_it_recovers_by_itself(
    own_postgres: EmbeddedPostgres, own_dsn: str, make_issuer: Callable[..., Issuer]
) -> None:
    issuer = make_issuer(postgres_dsn=own_dsn)
    held = await issuer.card(balance_minor=1_000_00)
    answers: dict[str, str] = {}
    async with connections(issuer.switch, 4) as opened:
        assert issuer.switch.is_ready
        for end in (killed, stopped):
            await goes_under_load(issuer.switch, opened, held, answers, partial(end, own_postgres))
            await is_away(issuer.switch, opened, held, answers)
            own_postgres.start()  # in this thread: a server ends with the thread that started it
            await eventually("it is ready again", lambda: issuer.switch.is_ready)
            assert await code(opened[0], note(answers, purchase(held, 1_00), "00")) == "00"
    approved = {stan for stan, said in answers.items() if said == "00"}
    stored = {row["stan"] for row in await issuer.authorizations(held) if row["held"] == 1_00}
    assert set(answers.values()) <= {"00", "91"}
    assert stored == approved
    assert (await issuer.account(held))["holds"] == len(approved) * 100
    assert await issuer.findings() == []


def killed(postgres: EmbeddedPostgres) -> None:
    os.kill(postgres.process.pid, signal.SIGKILL)
    postgres.process.wait(PATIENCE_SECONDS)


def stopped(postgres: EmbeddedPostgres) -> None:
    postgres.stop()


def note(answers: dict[str, str], request: Message, said: str) -> Message:
    answers[request.text(11)] = said
    return request


async def goes_under_load(
    switch: Switch, opened: list[NetworkConnection], held: HeldCard, answers: dict[str, str], end: Callable[[], None]
) -> None:
    """Spends on every connection until the switch says that it is not ready; every request is answered in time."""

    async def spend(link: NetworkConnection) -> None:
        while not is_gone.is_set():
            request = purchase(held, 1_00)
            reply = await link.exchange(request, PATIENCE_SECONDS)
            assert reply is not None
            assert reply.latency_seconds < DEADLINE_SECONDS + MARGIN_SECONDS
            note(answers, request, reply.message.text(39))
            under_way.set()

    is_gone, under_way = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as load:
        for link in opened:
            load.create_task(spend(link))
        await asyncio.wait_for(under_way.wait(), PATIENCE_SECONDS)
        await asyncio.to_thread(end)
        await eventually("it is not ready", lambda: not switch.is_ready)
        is_gone.set()


async def is_away(switch: Switch, opened: list[NetworkConnection], held: HeldCard, answers: dict[str, str]) -> None:
    requests = [purchase(held, 1_00) for _ in range(20)]
    replies = await asyncio.gather(*(opened[0].exchange(request, PATIENCE_SECONDS) for request in requests))
    for request, reply in zip(requests, replies, strict=True):
        assert reply is not None
        assert reply.message.text(39) == "91"
        assert reply.latency_seconds < DEADLINE_SECONDS + MARGIN_SECONDS
        note(answers, request, "91")
    status, why = switch.get("/readyz")
    assert status == 503
    assert "postgres" in why
    assert switch.metric("cardline_ledger_writer_ready") == 0
    assert switch.get("/healthz")[0] == 200


@asynccontextmanager
async def hanging_writers(issuer: Issuer) -> AsyncIterator[None]:
    """The server processes behind the switch's writers are stopped: the connections stand, but nothing comes back."""
    found = await issuer.fetch(
        "select pid from pg_stat_activity where datname = current_database() and application_name = 'cardline writer'"
    )
    for row in found:
        os.kill(row["pid"], signal.SIGSTOP)
    try:
        yield
    finally:
        for row in found:
            os.kill(row["pid"], signal.SIGCONT)


async def test_a_postgres_that_hangs_is_as_good_as_away(own_dsn: str, make_issuer: Callable[..., Issuer]) -> None:
    issuer = make_issuer(postgres_dsn=own_dsn, deadline_seconds=1.0)
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        async with hanging_writers(issuer):
            answers = await ask_all([link], [purchase(held, 1_00) for _ in range(3)])
            assert [answer.text(39) for answer in answers] == ["91"] * 3
            await eventually("it is not ready", lambda: not issuer.switch.is_ready, within_seconds=6)
        await eventually("it is ready again", lambda: issuer.switch.is_ready)
        assert await code(link, purchase(held, 1_00)) == "00"
    assert (await issuer.account(held))["holds"] == 1_00
    assert await issuer.findings() == []


async def test_a_postgres_that_hangs_does_not_keep_the_process_from_ending(
    own_dsn: str, make_issuer: Callable[..., Issuer]
) -> None:
    issuer = make_issuer(postgres_dsn=own_dsn, deadline_seconds=0.5, limits={"drain_seconds": 2.0})
    held, process = await issuer.card(balance_minor=100_00), issuer.switch.process
    async with connection(issuer.switch) as link, hanging_writers(issuer):
        assert await code(link, purchase(held, 1_00)) == "91"
        process.send_signal(signal.SIGTERM)
        await eventually("it has ended", lambda: process.poll() is not None, within_seconds=8)


async def test_without_postgres_a_signal_still_ends_it_in_order(
    own_postgres: EmbeddedPostgres, own_dsn: str, make_issuer: Callable[..., Issuer]
) -> None:
    issuer = make_issuer(postgres_dsn=own_dsn)
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(held, 1_00)) == "00"
        await asyncio.to_thread(own_postgres.stop)
        assert await code(link, purchase(held, 1_00)) == "91"
        issuer.switch.process.send_signal(signal.SIGTERM)
        assert await link.is_closed_within(PATIENCE_SECONDS)
    assert await asyncio.to_thread(issuer.switch.process.wait, 20.0) == 0
    own_postgres.start()  # in this thread: a server ends with the thread that started it


async def test_without_redis_it_is_still_exact(own_valkey: EmbeddedValkey, make_issuer: Callable[..., Issuer]) -> None:
    issuer = make_issuer(redis_url=own_valkey.url)
    switch, cards = issuer.switch, await issuer.cards(4, balance_minor=10_00)
    async with connections(switch, 4) as opened:
        os.kill(own_valkey.process.pid, signal.SIGKILL)
        own_valkey.process.wait(PATIENCE_SECONDS)
        await spent_exactly(issuer, opened, cards[0])
        await eventually("it sees that Redis is away", lambda: switch.metric("cardline_cache_up") == 0)
        await spent_exactly(issuer, opened, cards[1])
        assert switch.is_ready  # slower, not unable
        own_valkey.start()
        await eventually("it uses Redis again", lambda: switch.metric("cardline_cache_up") == 1)
        await spent_exactly(issuer, opened, cards[2])
        os.kill(own_valkey.process.pid, signal.SIGSTOP)
        try:
            await spent_exactly(issuer, opened, cards[3])
        finally:
            os.kill(own_valkey.process.pid, signal.SIGCONT)
    assert switch.metric("cardline_cache_drift_minor") == 0
    assert await issuer.findings() == []


async def spent_exactly(issuer: Issuer, opened: list[NetworkConnection], held: HeldCard) -> None:
    """Ten of thirty are approved; their repeats are given the same answers."""
    requests = [purchase(held, 1_00) for _ in range(30)]
    answers = await ask_all(opened, requests)
    assert Counter(answer.text(39) for answer in answers) == {"00": 10, "51": 20}
    again = await ask(opened[0], repeated(requests[0]))
    assert again.text(39) == answers[0].text(39)
    assert (await issuer.account(held))["available"] == 0


async def test_it_starts_without_redis(tmp_path: Path, make_issuer: Callable[..., Issuer]) -> None:
    issuer = make_issuer(redis_url=f"unix://{tmp_path / 'nobody.sock'}")
    held = await issuer.card(balance_minor=10_00)
    async with connection(issuer.switch) as link:
        assert [await code(link, purchase(held, 6_00)), await code(link, purchase(held, 6_00))] == ["00", "51"]
