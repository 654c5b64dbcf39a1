"""`cardline ledger close`, `reopen` and `periods` against a real Postgres, as somebody types them."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest

from cardline import cli

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
