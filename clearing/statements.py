"""The named SQL files of `clearing/sql`, read once."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of `clearing/sql/NAME.sql`."""
    return files("clearing").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
