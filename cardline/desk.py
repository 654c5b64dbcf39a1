"""What the commands of the people's desk share: their options, their way to the books, how they say that something was not done.

Nothing is decided here: `ledger.accounts` and `ledger.issuing` know what may be done.
"""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from cardline.settings import Settings
    from ledger.journal import Journal

DATA_DIR = Path(".cardline")
ACTOR = "command line"
"""Where neither --actor nor $USER says who it is."""
_CONNECT_SECONDS = 10.0
_SETTINGS = {"application_name": "cardline desk", "role": "cardline_writer", "timezone": "UTC"}


def recorded(text: str | None) -> str | None:
    """What goes on the audit line says something, and no card number: the line stays for ever (G8)."""
    if text is None:
        return None
    if not text.strip():
        raise typer.BadParameter("it goes on the record and may not be empty")
    from authorizer.card_numbers import hide_card_numbers

    return hide_card_numbers(text)


Config = Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")]
DataDir = Annotated[Path, typer.Option("--data-dir", envvar="CARDLINE_DATA_DIR", help="Directory of `cardline up`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Actor = Annotated[str, typer.Option("--actor", envvar="USER", callback=recorded, help="Who does it, for the record.")]
Reason = Annotated[str, typer.Option("--reason", callback=recorded, help="Why, for the record.")]
CardId = Annotated[int, typer.Argument(metavar="CARD", help="A card's id.")]
AccountId = Annotated[int, typer.Argument(metavar="ACCOUNT", help="An account's id.")]
ScopeName = Annotated[str, typer.Option("--scope", help="card, account or program: for whom it stands.")]
_Result = TypeVar("_Result")


class Refusal(Exception):
    """Ends a command with exit code 1 and this line: what was asked for is forbidden, or not there."""


def reached(config: Path | None, data_dir: Path, *, require: tuple[str, ...] = ()) -> "Settings":
    """Whoever needs the token key gets the one of this database, or ConfigurationError."""
    from cardline.reach import reach

    settings = reach(config, data_dir, require=require)
    if "token_key" in require:
        from cardline.token_key import prove_token_key

        asyncio.run(prove_token_key(settings))
    return settings


def carried_out(work: Awaitable[_Result]) -> _Result | None:
    """Runs it; a refusal is said on standard error and None comes back."""

    async def run() -> _Result:
        return await work

    try:
        return asyncio.run(run())
    except Refusal as refusal:
        complain(str(refusal))
        return None


def complain(line: str | None) -> None:
    """One line on standard error, or nothing."""
    if line:
        from cardline.faults import said

        print(f"cardline: {said(line)}", file=sys.stderr)


def required(done: object) -> None:
    """Raises Refusal where a change answers with a NotDone."""
    from ledger.accounts import NotDone

    if isinstance(done, NotDone):
        raise Refusal(done.reason)


@asynccontextmanager
async def books(settings: "Settings") -> AsyncIterator[Any]:
    """A connection as the writer. What is not there is a Refusal."""
    import asyncpg

    connection = await asyncpg.connect(settings.postgres_dsn, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS)
    try:
        yield connection
    except LookupError as error:
        if isinstance(error, KeyError | IndexError):
            raise
        raise Refusal(str(error)) from None
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


@asynccontextmanager
async def journal(settings: "Settings", *, max_batch: int = 200) -> AsyncIterator["Journal"]:
    """A stream of our own, for ids and for money."""
    from cardline.network.seed import Silent
    from ledger.journal import Journal

    leased = Journal(settings.postgres_dsn, Silent(), max_batch=max_batch)
    try:
        await leased.start()
        yield leased
    finally:
        await leased.close()


async def changed(settings: "Settings", change: Callable[[Any], Awaitable[object]]) -> bool:
    """One change on a connection of its own. True, or Refusal."""
    async with books(settings) as connection:
        required(await change(connection))
    return True


def typed(prompt: str) -> str:
    """One line that nobody should see: from the terminal without echo, or from standard input."""
    return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()


def console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 200, highlight=False)


def print_json(document: object) -> None:
    import orjson

    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


def as_document(view: Any) -> dict[str, object]:
    """A dataclass as JSON takes it: times in ISO 8601."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(view).items()}
