"""`cardline holds ...`: what people do to holds. Whether one may be given back is decided in the ledger, under its lock."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ledger.expiring import Swept

holds_app = typer.Typer(name="holds", help="What is reserved on the accounts.", no_args_is_help=True)
_CONNECT_SECONDS = 10.0


@holds_app.command("expire")
def expire(
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="ISO 8601, UTC without an offset; now.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: Annotated[Path, typer.Option("--data-dir", envvar="CARDLINE_DATA_DIR", help="Directory of `cardline up`.")] = Path(
        ".cardline"
    ),
    config: Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")] = None,
) -> int:
    """Give back what is held beyond its time (a switch does so by itself, at the time of day)."""
    from cardline.reach import reach

    moment = _moment(as_of)
    swept = asyncio.run(_swept(reach(config, data_dir).postgres_dsn, moment))
    if as_json:
        import orjson

        print(orjson.dumps({"as_of": moment, "expired": swept.holds, "released_minor": swept.released}).decode())
    else:
        print(_sentence(swept))
    return 0


def _moment(text: str | None) -> datetime:
    from cardline.errors import ConfigurationError

    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"--as-of {text}: not a time like 2026-11-24T12:00:00+00:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _swept(dsn: str, moment: datetime) -> "Swept":
    """With a writer of its own, as every job has."""
    import asyncpg

    from cardline.errors import ConfigurationError
    from cardline.seed import Silent
    from ledger.errors import LedgerError
    from ledger.expiring import sweep
    from ledger.journal import Journal

    journal = Journal(dsn, Silent(), writers=1)
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, server_settings={"role": "cardline_writer"})
        try:
            await journal.start()
            return await sweep(connection, journal.record, moment)
        finally:
            await journal.close()
            await connection.close(timeout=_CONNECT_SECONDS)
    except (LedgerError, OSError, asyncpg.PostgresError) as error:
        raise ConfigurationError(f"holds expire: {error}") from error


def _sentence(swept: "Swept") -> str:
    from ledger.money import ASSETS

    if not swept.holds:
        return "no hold is over its time"
    amounts = ", ".join(ASSETS[asset].format(amount) for asset, amount in sorted(swept.released.items()))
    return f"{swept.holds} {'hold' if swept.holds == 1 else 'holds'} expired, given back: {amounts}"
