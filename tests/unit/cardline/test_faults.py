"""Every fault that an operator can cause or meet is one line; a bug is not dressed up as one."""

import asyncpg
import pytest
import redis
import typer

from cardline.errors import ConfigurationError, PartFailed
from cardline.faults import LOST, explain, said
from ledger.errors import SchemaError, WentAway
from switch.errors import ConfigurationError as ProfileError


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (ConfigurationError("a: wrong", "b: missing"), "a: wrong; b: missing", 2),
        (PartFailed("Valkey did not start"), "Valkey did not start", 1),
        (SchemaError("the schema is newer"), "the schema is newer", 2),
        (ProfileError("framing: wrong"), "framing: wrong", 2),
        (asyncpg.InvalidPasswordError("no\nDETAIL: more"), "Postgres: no", 2),
        (asyncpg.InterfaceError("another operation is in progress"), "Postgres: another operation is in progress", 2),
        (asyncpg.InterfaceError("connection is closed"), LOST, 2),
        (asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"), LOST, 2),
        (asyncpg.AdminShutdownError("terminating connection"), LOST, 2),
        (WentAway("Postgres went away: ConnectionDoesNotExistError"), LOST, 2),
        (redis.ConnectionError("refused"), "Redis: refused", 2),
        (
            ConnectionRefusedError(111, "Connection refused"),
            "Postgres or Redis cannot be reached: [Errno 111] Connection refused",
            2,
        ),
        (TimeoutError(), "took too long: TimeoutError", 2),
    ],
)
def test_a_fault_is_one_line_and_a_code(error: Exception, line: str, code: int) -> None:
    assert explain(error) == (line, code)


@pytest.mark.parametrize("number", ["5413330000000027", "5413 3300 0000 0027", "5413.3300.0000.0027"])
def test_a_line_never_repeats_a_card_number(number: str) -> None:
    line = said(f"no scenario is called\n {number!r}: see --list")
    assert line.startswith("no scenario is called '5413")
    assert line.endswith("0027': see --list")
    assert line.count("*") == 6


def test_a_line_names_a_clearing_file_by_its_whole_id() -> None:
    line = "clearing file 0022611260000020090000777 is not posted to its end"  # in which sixteen digits pass as a card's
    assert said(line) == line


def test_a_word_where_an_id_belongs_is_one_plain_line() -> None:
    error = typer.BadParameter("Input should be a valid integer, unable to parse string as an integer", param_hint="'CARD'")
    assert explain(error) == ("Invalid value for 'CARD': not a whole number (--help shows the order of the arguments)", 2)


def test_a_bug_is_not_explained_away() -> None:
    assert explain(KeyError("x")) is None
