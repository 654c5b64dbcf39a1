"""What an account did between two days, and what it had at a moment."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from integration.ledger.conftest import balance, opened, release, spend

from cardline import cli
from ledger.account_statement import balances_at, find_account, statement
from ledger.cards import OpenedCard
from ledger.closing import close
from ledger.commands import Layer
from ledger.journal import Journal
from ledger.periods import Period


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture
async def two_days(journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, today: date) -> OpenedCard:
    """Funded with 1000 and 300 held on one day; 100 of it kept on the next."""
    (card,) = await opened(pool, journal, 1000)
    spent = spend(card, 300)
    await journal.record(spent)
    await close(postgres, Period.day(today), actor="ann", reason="", today=today)
    await journal.record(release(card, spent, 100))
    return card


async def test_lines_run_from_the_opening_to_the_closing_balance(
    two_days: OpenedCard, postgres: asyncpg.Connection, today: date
) -> None:
    account = await find_account(postgres, str(two_days.account_id))
    tomorrow = today + timedelta(days=1)
    whole = await statement(postgres, account, today, tomorrow, Layer.PENDING)
    assert [(line.booking_date, line.kind, line.amount, line.balance) for line in whole.lines] == [
        (today, "hold", 300, 300),
        (tomorrow, "release", -200, 100),
    ]
    assert (whole.opening, whole.closing) == (0, 100)
    second = await statement(postgres, account, tomorrow, tomorrow, Layer.PENDING)
    assert (second.opening, [line.amount for line in second.lines], second.closing) == (300, [-200], 100)
    assert (await balance(postgres, two_days))[1] == second.closing
    posted = await statement(postgres, account, today, today)
    assert (posted.opening, [(line.reason, line.amount) for line in posted.lines], posted.closing) == (
        0,
        [("opening_balance", 1000)],
        1000,
    )


async def test_a_line_names_its_authorization_and_its_rrn(
    journal: Journal, pool: asyncpg.Pool, postgres: asyncpg.Connection, today: date
) -> None:
    (card,) = await opened(pool, journal, 1000)
    outcome = await journal.record(spend(card, 10, rrn="000000000017"))
    account = await find_account(postgres, f"customer.{card.account_id}")
    (line,) = (await statement(postgres, account, today, today, Layer.PENDING)).lines
    assert (line.authorization_id, line.rrn) == (outcome.authorization_id, "000000000017")


async def test_a_control_account_is_all_its_stripes(
    open_journal: Any, pool: asyncpg.Pool, postgres: asyncpg.Connection, today: date
) -> None:
    journal = await open_journal(writers=1)
    await opened(pool, journal, 100)
    await opened(pool, await open_journal(writers=1), 250)
    bank = await find_account(postgres, "bank.EUR")
    assert len(bank.account_ids) >= 2
    stated = await statement(postgres, bank, today, today)
    assert ([line.amount for line in stated.lines], stated.closing) == ([100, 250], 350)
    stripe = await find_account(postgres, f"bank.EUR.{journal.stream}")
    assert (await statement(postgres, stripe, today, today)).closing == 100


async def test_a_balance_is_told_for_a_day_and_for_a_moment(
    two_days: OpenedCard, postgres: asyncpg.Connection, today: date
) -> None:
    account = await find_account(postgres, str(two_days.account_id))
    held = await postgres.fetchval("select booked_at from ledger.journal where kind = 'hold'")
    points: tuple[date | datetime, ...] = (today, today + timedelta(days=1), held, held - timedelta(microseconds=1))
    found = [(one.posted, one.holds) for at in points for one in await balances_at(postgres, at, account)]
    assert found == [(1000, 300), (1000, 100), (1000, 300), (1000, 0)]
    assert await balances_at(postgres, today - timedelta(days=1)) == []
    everything = await balances_at(postgres, today + timedelta(days=1))
    now = await postgres.fetch("select account_id, posted, holds from ledger.balance where version > 0 order by 1")
    assert [(one.account_id, one.posted, one.holds) for one in everything] == [tuple(row) for row in now]


@pytest.mark.parametrize("name", ["bank", "bank.EUR.99", "bank.XXX", "9" * 30, "", "bank.EUR."])
async def test_an_unknown_account_is_named(postgres: asyncpg.Connection, name: str) -> None:
    with pytest.raises(LookupError, match="there is no account"):
        await find_account(postgres, name)


@pytest.fixture
def command(two_days: OpenedCard, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `cardline ledger ...`; returns code, output, error. The card is the one of `two_days`."""
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setenv("CARDLINE_POSTGRES_DSN", postgres_dsn)

    def run(*words: str) -> tuple[int, str, str]:
        with ThreadPoolExecutor(1) as thread:  # a command runs a loop of its own
            code = thread.submit(cli.main, ["ledger", *words]).result()
        return (code, *capsys.readouterr())

    return run


async def test_a_statement_is_printed_in_three_forms(command: Any, two_days: OpenedCard, today: date) -> None:
    words = ("statement", str(two_days.account_id), "--from", str(today), "--to", str(today), "--layer", "pending")
    code, table, _ = command(*words)
    assert code == 0
    assert "3.00 EUR" in table
    page = json.loads(command(*words, "--json")[1])
    assert (page["opening"], page["closing"], page["asset"], len(page["lines"])) == (0, 300, "EUR", 1)
    rows = list(csv.DictReader(io.StringIO(command(*words, "--csv")[1])))
    assert [(row["kind"], row["amount"], row["balance"]) for row in rows] == [("opening", "", "0"), ("hold", "300", "300"), ("closing", "", "300")]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["statement", "nobody"], 1, "there is no account nobody"),
        (["balance", "nobody"], 1, "there is no account nobody"),
        (["statement", "bank.EUR", "--from", "2026-13-01"], 2, "--from: '2026-13-01' is no day"),
        (["statement", "bank.EUR", "--from", "2026-02-01", "--to", "2026-01-01"], 2, "--from 2026-02-01 is later than"),
        (["statement", "bank.EUR", "--layer", "both"], 2, "neither posted nor pending"),
        (["statement", "bank.EUR", "--csv", "--json"], 2, "only one of them"),
        (["balance", "bank.EUR", "--at", "noon"], 2, "neither a day"),
        (["close", "yesterday"], 2, "'yesterday' is no period"),
        (["close", "2199-01-01"], 1, "has not begun"),
        (["reopen", "2020-01", "--reason", "x"], 1, "2020-01 is closed with "),
    ],
)
async def test_what_cannot_be_done_is_one_line(command: Any, words: list[str], code: int, says: str) -> None:
    returned, _, error = command(*words)
    assert returned == code
    assert len(error.splitlines()) == 1
    assert says in error


async def test_a_period_is_closed_listed_and_reopened_by_command(command: Any, today: date) -> None:
    assert command("close", str(today)) == (0, f"{today} is closed already\n", "")
    code, listed, _ = command("periods", "--json")
    assert (code, [(row["period"], row["status"], row["seal"]) for row in json.loads(listed)]) == (0, [(str(today), "closed", 1)])
    assert command("reopen", str(today), "--reason", "too early") == (0, f"reopened {today}\n", "")
    code, closed, _ = command("close", str(today), "--actor", "ann")
    assert (code, closed.startswith(f"closed {today}: seal 2, superseding seal 1, ")) == (0, True)


async def test_a_balance_is_printed_for_a_day(command: Any, two_days: OpenedCard, today: date) -> None:
    code, said, _ = command("balance", str(two_days.account_id), "--at", str(today), "--json")
    assert (code, json.loads(said)["posted"], json.loads(said)["holds"]) == (0, 1000, 300)
    assert "holds 3.00 EUR" in command("balance", str(two_days.account_id), "--at", str(today))[1]


async def test_dead_letters_tell_their_age(command: Any, postgres: asyncpg.Connection) -> None:
    await postgres.execute(
        "insert into ledger.dead_letter (at, stream, command, payload_hash, reason) values (now() - interval '2 hours', 1, 'Book', '', 'x')"
    )
    (letter,) = json.loads(command("dead-letters", "--json")[1])
    assert 7200 <= letter["age_seconds"] < 7300
