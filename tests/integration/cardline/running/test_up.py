"""`up` as a parent: what it starts it keeps running, and what it ends stays ended. Real stores, a stub for the switch."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from cardline import endpoints
from cardline.embedded.postgres import EmbeddedPostgres
from cardline.embedded.process import Identity, wait_until
from cardline.endpoints import Endpoints
from cardline.running.readiness import ReadyPipe

STUB_UP = Path(__file__).with_name("stub_up.py")
SOURCE = Path(__file__).parents[4]
PATIENCE_SECONDS = 30.0


Stores = Mapping[str, str]


@dataclass
class RunningUp:
    process: subprocess.Popen[str]
    directory: Path

    @property
    def endpoints(self) -> Endpoints:
        found = endpoints.read(self.directory)
        assert found is not None
        return found

    def said(self, words: str) -> str:
        """Reads what it prints until these words; fails when it ends without them."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if words in line:
                return line
        raise AssertionError(f"it ended without saying {words!r}")

    def kill(self, part: str) -> None:
        os.kill(self.endpoints.processes[part], signal.SIGKILL)
        self.said(f"{part} is back")

    def answer(self) -> int:
        """The pid of the switch behind the first link."""
        host, _, port = (self.endpoints.iso8583 or "").rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as connection:
            return int(connection.recv(100))

    async def value(self, query: str) -> object:
        connection = await asyncpg.connect(self.endpoints.postgres_dsn)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()


def start(
    directory: Path, *ports: str, stores: Stores | None = None, behaviour: str = "", ready: ReadyPipe | None = None
) -> "subprocess.Popen[str]":
    """`stores`: those of the session in place of embedded ones, where they are not what is being tested."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("CARDLINE_")}
    environment |= {"STUB": behaviour, "STUB_NOTE": str(directory.parent / "note"), "PYTHONPATH": str(SOURCE)}
    environment |= stores or {}
    return subprocess.Popen(
        [sys.executable, str(STUB_UP), str(directory), *ports],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment | (ready.environment if ready else {}),
        pass_fds=[ready.descriptor] if ready else [],
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509  a suite under nohup ignores it, and so would `up`
    )


@contextlib.contextmanager
def running(directory: Path, stores: Stores | None = None) -> Iterator[RunningUp]:
    ready = ReadyPipe()
    process = start(directory, stores=stores, ready=ready)
    try:
        assert ready.wait(PATIENCE_SECONDS), process.communicate()
        yield RunningUp(process, directory)
    finally:
        ready.close()
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def up(servers_directory: Path) -> Iterator[RunningUp]:
    with running(servers_directory / "supervised" / "data") as started:
        yield started


@pytest.fixture
def stores(embedded_postgres: EmbeddedPostgres, redis_url: str) -> Stores:
    return {"CARDLINE_POSTGRES_DSN": embedded_postgres.dsn(), "CARDLINE_REDIS_URL": redis_url}


def alive(pids: Sequence[int]) -> list[int]:
    return [pid for pid in pids if Identity.of(pid) is not None]


def test_the_endpoints_name_three_living_children_and_private_addresses(up: RunningUp) -> None:
    found = up.endpoints
    assert found.pid == up.process.pid
    assert sorted(found.processes) == ["postgres", "redis", "switch"]
    assert {psutil.Process(pid).ppid() for pid in found.processes.values()} == {up.process.pid}
    assert (found.http, found.api_token) == (None, None)
    assert (up.directory / "endpoints.json").stat().st_mode & 0o777 == 0o600


async def test_both_dsns_work_from_another_process(up: RunningUp) -> None:
    assert await up.value("select current_user::text") == "cardline"
    with redis.Redis.from_url(up.endpoints.redis_url) as client:
        assert client.ping()


@pytest.mark.parametrize("part", ["switch", "redis", "postgres"])
async def test_a_killed_part_comes_back_at_its_address_with_a_new_pid(up: RunningUp, part: str) -> None:
    before = up.endpoints
    up.kill(part)
    after = up.endpoints
    changed = {name for name in after.processes if after.processes[name] != before.processes[name]}
    assert changed == {part}
    assert (after.iso8583, after.postgres_dsn, after.redis_url) == (before.iso8583, before.postgres_dsn, before.redis_url)
    assert up.answer() == after.processes["switch"]
    assert await up.value("select 1") == 1


def test_all_parts_killed_at_once_come_back(up: RunningUp) -> None:
    before = up.endpoints
    for pid in before.processes.values():
        os.kill(pid, signal.SIGKILL)
    up.said("switch is back")
    assert not set(up.endpoints.processes.values()) & set(before.processes.values())
    assert up.answer() == up.endpoints.processes["switch"]


def _until_stopped(pid: int) -> None:
    """A signal takes a moment, in which the process may still accept a connection."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_connection_made_while_the_switch_is_away_is_served_by_the_next_one(up: RunningUp) -> None:
    host, _, port = (up.endpoints.iso8583 or "").rpartition(":")
    switch = up.endpoints.processes["switch"]
    os.kill(switch, signal.SIGSTOP)
    _until_stopped(switch)
    with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as connection:
        os.kill(switch, signal.SIGKILL)
        assert int(connection.recv(100)) != switch
    up.said("switch is back")


def test_a_second_up_on_the_same_directory_is_told_who_has_it(up: RunningUp) -> None:
    second = start(up.directory)
    said, _ = second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode == 2
    assert said.splitlines() == [f"cardline: --data-dir {up.directory}: is held by another `cardline up` (pid {up.process.pid})"]


def test_taken_ports_are_named_with_their_owner(up: RunningUp, tmp_path: Path) -> None:
    port = (up.endpoints.iso8583 or "").rpartition(":")[2]
    other = start(tmp_path / "data", f"mastercard={port}")
    said, _ = other.communicate(timeout=PATIENCE_SECONDS)
    assert other.returncode == 2
    assert f"mastercard: 127.0.0.1:{port} is in use by " in said
    assert f"(pid {up.endpoints.processes['switch']})" in said
    assert len(said.splitlines()) == 1


async def test_after_a_kill_of_up_itself_nothing_stays_and_the_next_one_continues(store_path: Path) -> None:
    with running(store_path / "data") as first:
        children = list(first.endpoints.processes.values())
        await first.value("create table kept as select 1")
        first.process.kill()
        first.process.wait()
        assert wait_until(lambda: not alive(children), timeout_seconds=PATIENCE_SECONDS)
    with running(store_path / "data") as second:
        assert await second.value("select count(*) from kept") == 1


async def test_a_switch_that_outlives_a_killed_up_is_ended_by_the_next_one(store_path: Path) -> None:
    with running(store_path / "data") as first:
        switch = first.endpoints.processes["switch"]
        os.kill(switch, signal.SIGSTOP)  # it cannot drain, and still holds the ports
        first.process.kill()
        first.process.wait()
        assert alive([switch])
        os.kill(switch, signal.SIGCONT)
    with running(store_path / "data") as second:
        assert not alive([switch])
        assert second.answer() == second.endpoints.processes["switch"]


def test_sigterm_stops_the_switch_while_its_stores_still_work_and_leaves_nothing(store_path: Path) -> None:
    with running(store_path / "data") as started:
        children = list(started.endpoints.processes.values())
        started.process.terminate()
        started.process.communicate(timeout=PATIENCE_SECONDS)
        assert started.process.returncode == 0
    assert (store_path / "note").read_text() == "postgres works, redis works: True"
    assert not alive(children)
    assert not (store_path / "data" / "endpoints.json").exists()
    assert "database system is shut down" in (store_path / "data" / "postgres.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_are_the_same_as_sigterm(tmp_path: Path, stores: Stores, number: signal.Signals) -> None:
    with running(tmp_path / "data", stores) as started:
        assert list(started.endpoints.processes) == ["switch"]
        started.process.send_signal(number)
        started.process.communicate(timeout=PATIENCE_SECONDS)
        assert started.process.returncode == 0
    assert (tmp_path / "note").exists()


def test_a_switch_that_refuses_its_configuration_ends_up_with_its_words(tmp_path: Path, stores: Stores) -> None:
    process = start(tmp_path / "data", stores=stores, behaviour="refuses")
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert "profile nonsense: there is none" in said


def test_a_switch_that_does_not_stay_up_is_given_up(tmp_path: Path, stores: Stores) -> None:
    process = start(tmp_path / "data", stores=stores, behaviour="dies")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines()[-1] == "cardline: switch does not stay up; giving up"
    assert said.count("starting it again") == 5
    assert not (tmp_path / "data" / "endpoints.json").exists()
