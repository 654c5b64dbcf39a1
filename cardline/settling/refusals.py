"""Which clearing files and bank statements were not taken in, for people: from the record that each refusal leaves."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from cardline.desk import books, console, print_json
from cardline.errors import ConfigurationError
from cardline.settings import Settings
from clearing.statements import statement

NEWEST = 200


def print_refusals(settings: Settings, file: Path | None, *, as_json: bool) -> int:
    """`file`: only those of exactly this content."""
    rows = asyncio.run(_read(settings, _sha256(file) if file is not None else None))
    if as_json:
        print_json([row | {"at": row["at"].isoformat()} for row in rows])
        return 0
    table = Table("refused at", "by", "what", "file", "record", "where", "byte", "reason", title=None)
    for row in rows:
        what = row["kind"].replace("_", " ")
        told = (f"{row['at']:%Y-%m-%d %H:%M:%S}", row["actor"], what, row["name"], row["record"], _where(row), row["byte"],
                row["reason"])  # fmt: skip
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in told))
    console().print(table if rows else "nothing was refused")
    return 0


def _where(row: dict[str, Any]) -> str:
    if row["place"] is not None:
        return str(row["place"])
    return f"PDS {row['tag']}" if row["tag"] else f"DE {row['element']}" if row["element"] is not None else ""


async def _read(settings: Settings, sha256: str | None) -> list[dict[str, Any]]:
    async with books(settings) as connection:
        return [dict(row) for row in await connection.fetch(statement("refusals"), sha256, NEWEST)]


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None
