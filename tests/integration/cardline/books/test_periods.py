"""`cardline ledger close`, `reopen` and `periods` against a real Postgres, as somebody types them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
import pytest

from cardline import cli
from ledger import closing

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
LAST_MONTH = (TODAY.replace(day=1) - timedelta(days=1)).isoformat()[:7]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(postgres_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command of the ledger on this test's database; gives the exit code and what it printed."""
    monkeypatch.setenv("CARDLINE_POSTGRES_DSN", postgres_dsn)

    def one(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main(["ledger", *words])
        return code, *capsys.readouterr()

    return one


def executed(dsn: str, *statements: str) -> None:
    async def work() -> None:
        connection = await asyncpg.connect(dsn)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(work())


@pytest.mark.parametrize("period", ["0001-01-01", "0001-01", "1969-12-31"])
def test_a_period_before_1970_is_refused_and_the_books_can_be_verified(run: Run, period: str) -> None:
    for command in (("close", period), ("reopen", period, "--reason", "a mistake")):
        code, out, err = run(*command)
        assert (code, out, err) == (2, "", f"cardline: '{period}' is before 1970: no books are so old\n")
    assert run("verify")[:2] == (0, "everything holds\n")


@pytest.mark.parametrize("day", ["-infinity", "1969-12-31", "infinity"])
def test_the_database_refuses_a_period_that_a_seal_cannot_count(postgres_dsn: str, day: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="period_is_countable"):
        executed(postgres_dsn, f"insert into ledger.period values ('day', '{day}', '{day}', 'closing')")


def test_books_in_which_such_a_period_was_closed_once_can_be_verified(run: Run, superuser_dsn: str) -> None:
    text = "seal|1|day|-719162|-719162||0|3:ann|3:why"
    executed(
        superuser_dsn,
        "alter table ledger.period drop constraint period_is_countable",
        "alter table ledger.period_seal drop constraint period_seal_is_countable",
        "insert into ledger.period values ('day', '-infinity', '-infinity', 'closed')",
        "insert into ledger.period_seal values (1, 'day', '-infinity', '-infinity', null, 'ann', 'epoch', 'why', "
        f"'{text}', sha256('{text}'))",
        f"select ledger.record_audit('ann', 'period_closed', 'day 0001-01-01', 'why', 'seal 1 ' || encode(sha256('{text}'), 'hex'))",
    )
    assert run("verify")[:2] == (0, "everything holds\n")
    executed(superuser_dsn, "set session_replication_role = replica; update ledger.period_seal set ends = 'infinity'")
    assert run("verify")[0] == 1


def test_closing_today_says_where_items_book_from_now_on(run: Run) -> None:
    code, out, _ = run("close", str(TODAY))
    assert code == 0
    assert out.splitlines()[1] == f"{TODAY} is not over: from now on items book on {TODAY + timedelta(days=1)}"
    assert "is not over" not in run("close", str(TODAY))[1]


def test_closing_warns_of_files_that_are_not_posted_and_of_items_that_are_open(run: Run, superuser_dsn: str) -> None:
    executed(
        superuser_dsn,
        "insert into clearing.file (file_id, sha256, name, bytes, pieces, framing, character_set, messages, amount, is_test, actor) "
        "values ('0022611260000020090000001', sha256('a'), 'day.ipm', 1, 1, 'vbs', 'cp500', 7, 0, true, 'ann')",
        "insert into ledger.exception (kind, opened_at, subject) values ('duplicate_mismatch', now() - interval '1 day', 'ab')",
    )
    code, _, err = run("close", str(YESTERDAY))
    assert code == 0
    first, second = err.splitlines()
    assert first.startswith("cardline: warning: clearing file 0022611260000020090000001 is posted up to message 0 of 7: ")
    assert second == f"cardline: warning: exception items that are open, up to {YESTERDAY}: 1; see `cardline exceptions list`"


def test_what_lies_before_the_line_is_closed_already_and_gets_no_seal(run: Run) -> None:
    assert run("close", str(TODAY))[0] == 0
    for earlier in (str(YESTERDAY), LAST_MONTH):
        assert run("close", earlier) == (0, f"{earlier} is closed already, with {TODAY}\n", "")
        code, _, err = run("reopen", earlier, "--reason", "a mistake")
        assert (code, err) == (1, f"cardline: {earlier} is closed with {TODAY}: reopen that\n")
    assert run("close", str(YESTERDAY), "--json")[1] == "[]\n"
    assert run("verify")[:2] == (0, "everything holds\n")


@pytest.mark.parametrize("option", ["actor", "reason"])
def test_who_closes_or_reopens_and_why_is_not_left_empty(run: Run, option: str) -> None:
    given = {"actor": "ann", "reason": "why"} | {option: " "}
    words = [word for name, text in given.items() for word in (f"--{name}", text)]
    for command in ("close", "reopen"):
        code, out, complaint = run(command, str(YESTERDAY), *words)
        assert (code, out) == (2, "")
        assert complaint.startswith(f"cardline: Invalid value for '--{option}'")
        assert complaint.endswith(": it goes on the record and may not be empty\n")


def test_a_close_behind_a_batch_that_hangs_says_that_it_is_still_closing(
    run: Run, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "LOCK_TIMEOUT", "50ms")

    async def close_behind_a_lock() -> tuple[int, str, str]:
        connection = await asyncpg.connect(postgres_dsn)
        async with connection.transaction():
            await connection.execute("select from ledger.stream_head where stream = 63 for no key update")
            result = await asyncio.to_thread(run, "close", str(YESTERDAY))
        await connection.close()
        return result

    code, out, err = asyncio.run(close_behind_a_lock())
    assert (code, out) == (1, "")
    assert err.startswith(f"cardline: {YESTERDAY} is still closing: ")
    assert err.endswith("; run it again\n")
    assert run("close", str(YESTERDAY))[1].startswith(f"closed {YESTERDAY}: seal 1, ")


def test_a_reopening_behind_another_closer_says_so(run: Run, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "LOCK_TIMEOUT", "50ms")

    async def reopen_behind_a_closer() -> tuple[int, str, str]:
        connection = await asyncpg.connect(postgres_dsn)
        await connection.execute("select pg_advisory_lock($1)", closing.LOCK)
        result = await asyncio.to_thread(run, "reopen", str(YESTERDAY), "--reason", "a mistake")
        await connection.close()
        return result

    assert asyncio.run(reopen_behind_a_closer()) == (1, "", "cardline: another close is under way; run it again\n")


def test_periods_shows_every_seal_and_every_reopening_with_who_and_why(run: Run) -> None:
    for words in (
        ("close", str(YESTERDAY), "--actor", "ann", "--reason", "end of day"),
        ("reopen", str(YESTERDAY), "--actor", "bob", "--reason", "late invoice [2]"),
        ("close", str(YESTERDAY), "--actor", "cyd", "--reason", "once more"),
    ):
        assert run(*words)[0] == 0
    code, out, _ = run("periods", "--json")
    acts = orjson.loads(out)
    assert code == 0
    assert {(act["period"], act["status"]) for act in acts} == {(str(YESTERDAY), "closed")}
    assert [(a["act"], a["seal"], a["supersedes"], a["by"], a["reason"]) for a in acts] == [
        ("sealed", 1, None, "ann", "end of day"),
        ("reopened", None, None, "bob", "late invoice [2]"),
        ("sealed", 2, 1, "cyd", "once more"),
    ]
    assert [act["hash"] is None for act in acts] == [False, True, False]
    table = run("periods")[1]
    assert all(word in table for word in ("ann", "bob", "cyd", "reopened", "late invoice [2]"))
    assert max(map(len, table.splitlines())) <= 140


def test_help_says_what_a_day_and_a_moment_count_and_what_reopening_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    for command, words in (
        ("balance", "A day counts all that is booked on it or before"),
        ("balance", "a time counts what was committed by then"),
        ("reopen", "superseded"),
    ):
        assert cli.main(["ledger", command, "--help"]) == 0
        assert words in " ".join(capsys.readouterr().out.replace("│", " ").split())
