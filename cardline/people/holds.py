"""`cardline holds ...`: what people do to holds. Whether one may be given back is decided in the ledger, under its lock."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cardline.desk import ACTOR, DATA_DIR, Actor, AsJson, Config, DataDir, recorded

if TYPE_CHECKING:
    from cardline.settings import Settings
    from ledger.accounts import Mandate
    from ledger.expiring import Swept

holds_app = typer.Typer(name="holds", help="What is reserved on the accounts.", no_args_is_help=True)
_CONNECT_SECONDS = 10.0


@holds_app.command("expire")
def expire(
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="ISO 8601, UTC without an offset; now.")] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", callback=recorded, help="Why as of another time; outside development it must be said."),
    ] = None,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Give back what is held beyond its time (a switch does so by itself, at the time of day).

    As of a time to come, holds that still stand for their payments are given back too: that needs a reason outside
    development. Whatever time is named goes into the audit.
    """
    from cardline.reach import reach
    from ledger.accounts import Mandate

    moment, settings = _moment(as_of), reach(config, data_dir)
    _refuse_unexplained(moment, reason, settings)
    mandate = None if as_of is None else Mandate(actor, reason or "expiry as of a given time")
    swept = asyncio.run(_swept(settings.postgres_dsn, moment, mandate))
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


def _refuse_unexplained(moment: datetime, reason: str | None, settings: "Settings") -> None:
    """One mistyped year gives back every hold there is."""
    from cardline.card_keys import is_development
    from cardline.errors import ConfigurationError

    if reason is None and moment > datetime.now(UTC) and not is_development(settings):
        raise ConfigurationError(f"--as-of {moment:%Y-%m-%dT%H:%MZ} is still to come: say why with --reason")


async def _swept(dsn: str, moment: datetime, mandate: "Mandate | None") -> "Swept":
    """With a writer of its own, as every job has. What is done under a mandate is audited first."""
    import asyncpg

    from cardline.errors import ConfigurationError
    from cardline.network.seed import Silent
    from ledger.accounts import audit
    from ledger.errors import LedgerError
    from ledger.expiring import sweep
    from ledger.journal import Journal

    journal = Journal(dsn, Silent(), writers=1)
    try:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, server_settings={"role": "cardline_writer"})
        try:
            await journal.start()
            if mandate is not None:
                await audit(connection, "holds_expired", "all accounts", mandate, f"as of {moment.isoformat()}")
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
