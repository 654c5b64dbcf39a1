"""`cardline ledger replay`, `events` and `verify --anchors` against a real Postgres, as somebody types them."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from integration.ledger.conftest import CountingMeter

from cardline import cli
from ledger import anchors
from ledger.cards import NewCard, open_cards
from ledger.journal import Journal
from ledger.money import ASSETS
from ledger.seals import make_seal

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of the ledger on this test's database, with two funded cards in it."""
    monkeypatch.setenv("CARDLINE_POSTGRES_DSN", postgres_dsn)
    asyncio.run(_fill(postgres_dsn))

    def one(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main(["ledger", *words])
        return code, capsys.readouterr().out

    return one


async def _fill(dsn: str) -> None:
    journal = Journal(dsn, CountingMeter(), writers=1)
    await journal.start()
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=1, server_settings={"role": "cardline_writer"})
    for _ in range(2):
        card = NewCard(os.urandom(16), "541333******0007", "2912", "00", "1234", 1000)
        await open_cards(pool, journal, ASSETS["EUR"], [card], actor="tester")
    await journal.close()
    await pool.close()


def execute(dsn: str, statement: str) -> None:
    async def work() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute("set session_replication_role = replica")
        await connection.execute(statement)
        await connection.close()

    asyncio.run(work())


def test_events_are_one_json_line_per_batch(run: Run) -> None:
    code, out = run("events", "--json")
    batches = [orjson.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(b["stream"], b["batch"]) for b in batches] == [(0, 1), (0, 2)]
    assert [event["kind"] for event in batches[0]["events"]] == ["journal", "outcome"]


def test_a_reader_that_has_seen_enough_is_no_failure(run: Run) -> None:
    assert run("events")[0] == 0
    reading, writing = os.pipe()
    os.close(reading)  # as head does, before the first line comes
    ended = subprocess.run(
        [sys.executable, "-m", "cardline", "ledger", "events"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_events_can_begin_at_a_batch_and_be_read_by_people(run: Run) -> None:
    code, out = run("events", "--stream", "0", "--from", "2")
    assert code == 0
    assert out.startswith("stream 0 batch 2 ")
    assert "kind=fund reason=opening_balance" in out
    assert run("events", "--from", "2")[0] == 2


def test_a_consumer_is_shown_each_batch_once(run: Run) -> None:
    assert len(run("events", "--consumer", "mailer", "--json")[1].splitlines()) == 2
    assert run("events", "--consumer", "mailer", "--json") == (0, "")
    assert len(run("events", "--json")[1].splitlines()) == 2


def test_a_replay_says_what_differs_and_repairs_it_when_somebody_answers_for_it(run: Run, superuser_dsn: str) -> None:
    assert run("replay") == (0, "nothing differs\n")
    execute(
        superuser_dsn,
        "update ledger.balance set posted = posted + 1 where account_id = (select max(account_id) from ledger.balance)",
    )
    code, out = run("replay", "--json")
    assert (code, [d["relation"] for d in orjson.loads(out)]) == (1, ["balance"])
    assert run("replay", "--repair")[0] == 2
    code, out = run("replay", "--repair", "--actor", "me", "--reason", "a test")
    assert (code, out.splitlines()[-1]) == (0, "1 differences, repaired")
    assert run("replay")[0] == run("verify")[0] == 0


def test_verify_compares_with_the_anchors(run: Run, postgres_dsn: str, superuser_dsn: str, tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"

    async def seal() -> Any:
        connection = await asyncpg.connect(postgres_dsn)
        await make_seal(connection, datetime.now(UTC))
        await anchors.append_missing(connection, path)
        await connection.close()

    asyncio.run(seal())
    assert run("verify", "--anchors", str(path)) == (0, "everything holds\n")
    execute(superuser_dsn, "delete from ledger.seal")
    assert run("verify")[0] == 0
    code, out = run("verify", "--anchors", str(path), "--json")
    assert (code, [f["proof"] for f in orjson.loads(out)]) == (1, ["anchors"])


def test_an_anchors_file_that_was_named_must_be_there(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "anchors.jsonl"
    for path, why in ((gone, "not there"), (tmp_path, "no file")):
        code = cli.main(["ledger", "verify", "--anchors", str(path)])
        assert (code, capsys.readouterr().err) == (2, f"cardline: --anchors: {path} is {why}\n")
    monkeypatch.setenv("CARDLINE_ANCHOR_FILE", str(gone))
    assert run("verify") == (0, "everything holds\n")
    monkeypatch.setenv("CARDLINE_ANCHOR_FILE", str(tmp_path))
    code = cli.main(["ledger", "verify"])
    assert (code, capsys.readouterr().err) == (2, f"cardline: [Errno 21] Is a directory: '{tmp_path}'\n")
