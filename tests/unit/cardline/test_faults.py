"""Every fault that an operator can cause or meet is one line; a bug is not dressed up as one."""

import asyncpg
import pytest
import redis

from cardline.errors import ConfigurationError, PartFailed
from cardline.faults import explain
from ledger.errors import SchemaError
from switch.errors import ConfigurationError as ProfileError


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (ConfigurationError("a: wrong", "b: missing"), "a: wrong; b: missing", 2),
        (PartFailed("Valkey did not start"), "Valkey did not start", 1),
        (SchemaError("the schema is newer"), "the schema is newer", 2),
        (ProfileError("framing: wrong"), "framing: wrong", 2),
        (asyncpg.InvalidPasswordError("no\nDETAIL: more"), "Postgres: no", 2),
        (asyncpg.InterfaceError("closed"), "Postgres: closed", 2),
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


def test_a_bug_is_not_explained_away() -> None:
    assert explain(KeyError("x")) is None
