"""`cardline ledger replay` and `cardline ledger events`: the books once more from the facts, and what they did, in order.

Imports wait until a command runs, so that --help is quick.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cardline.desk import recorded

if TYPE_CHECKING:
    from ledger.outbox import EventBatch

_DATA_DIR = Path(".cardline")
_CONNECT_SECONDS = 10.0
_CHUNK = 200
"""Batches read at a time."""

Config = Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")]
DataDir = Annotated[Path, typer.Option("--data-dir", envvar="CARDLINE_DATA_DIR", help="Directory of `cardline up`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Result = TypeVar("_Result")


def register(ledger_app: typer.Typer) -> None:
    ledger_app.command("replay")(_replay)
    ledger_app.command("events")(_events)


def _replay(
    repair: Annotated[
        bool, typer.Option("--repair", help="Write what was replayed over what stands; stops all writers.")
    ] = False,
    actor: Annotated[str | None, typer.Option(callback=recorded, help="Who repairs; goes into the audit.")] = None,
    reason: Annotated[str | None, typer.Option(callback=recorded, help="Why; goes into the audit.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """Rebuild balances, holds and early reversals from the facts and compare; exit code 1 with what differed."""
    from cardline.errors import ConfigurationError
    from ledger.replay import Repair, replay

    if repair and not (actor and reason):
        raise ConfigurationError("--repair: needs --actor and --reason")
    mandate = Repair(actor, reason) if repair and actor and reason else None
    differences = _with_connection(config, data_dir, lambda connection: replay(connection, mandate))
    if as_json:
        _write_json([asdict(difference) for difference in differences])
    for difference in () if as_json else differences:
        print(f"{difference.relation} {difference.subject}: live {difference.live}; replayed {difference.replayed}")
    if not as_json:
        print(
            f"{len(differences)} differences{', repaired' if mandate and differences else ''}"
            if differences
            else "nothing differs"
        )
    return 1 if differences and not mandate else 0


def _events(
    consumer: Annotated[str | None, typer.Option(help="Go on where this name stands, and move it on.")] = None,
    stream: Annotated[int | None, typer.Option(min=0, max=63, help="This stream only.")] = None,
    after: Annotated[int | None, typer.Option("--from", min=1, help="From this batch on, with --stream.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """What every committed batch did, in the order of its stream; with --json one line per batch."""
    from cardline.errors import ConfigurationError

    if after is not None and (stream is None or consumer is not None):
        raise ConfigurationError("--from: needs --stream, and goes with no --consumer")
    show = _json_line if as_json else _text_lines
    return _with_connection(config, data_dir, lambda connection: _print_events(connection, consumer, stream, after, show))


async def _print_events(
    connection: Any, consumer: str | None, stream: int | None, after: int | None, show: Callable[["EventBatch"], str]
) -> int:
    """A consumer is moved only when its batches are on their way: one that dies in between reads them again."""
    from ledger.outbox import advance, advanced, cursor_of, read

    cursor = await cursor_of(connection, consumer) if consumer else {}
    if stream is not None and after is not None:
        cursor = {stream: after - 1}
    while batches := await read(connection, cursor, _CHUNK, stream=stream):
        for batch in batches:
            print(show(batch))
        sys.stdout.flush()
        reached = advanced(cursor, batches)
        if consumer and not await advance(connection, consumer, cursor, reached):
            print(f"cardline: another process reads as {consumer}", file=sys.stderr)
            return 1
        cursor = reached
    return 0


def _json_line(batch: "EventBatch") -> str:
    import orjson

    return orjson.dumps(batch).decode()


def _text_lines(batch: "EventBatch") -> str:
    head = f"stream {batch.stream} batch {batch.batch} {batch.booked_at.isoformat()}"
    return "\n".join((head, *(f"  {event.position:4} {event.kind:20} {_gist(event.body)}" for event in batch.events)))


def _gist(body: dict[str, Any]) -> str:
    return " ".join(
        f"{name}={body[name]}" for name in ("kind", "reason", "verdict", "account_id", "amount") if body.get(name) is not None
    )


def _with_connection(config: Path | None, data_dir: Path, work: Callable[[Any], Awaitable[_Result]]) -> _Result:
    import asyncpg

    from cardline.reach import reach

    dsn = reach(config, data_dir).postgres_dsn

    async def run() -> _Result:
        connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS, server_settings={"timezone": "UTC"})
        try:
            return await work(connection)
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)

    return asyncio.run(run())


def _write_json(document: object) -> None:
    import orjson

    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
