"""The named SQL files of `ledger/sql`, read once."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `ledger/sql/NAME.sql`."""
    return files("ledger").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
