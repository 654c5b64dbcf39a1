"""`cardline clearing ...`: clearing files of the network."""

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardline.desk import ACTOR, DATA_DIR, Actor, AsJson, Config, DataDir, Reason, print_json, reached

if TYPE_CHECKING:
    from cardline.settings import Settings
    from cardline.settling.ingest import Ingested

FileId = Annotated[str, typer.Argument(metavar="FILE_ID", help="PDS 0105, as report.clearing_record says it.")]
Position = Annotated[int, typer.Argument(metavar="POSITION", help="The record's number in its file (DE 71).")]

clearing_app = typer.Typer(name="clearing", help="Clearing files of the network.", no_args_is_help=True)


@clearing_app.command("show")
def show(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="IPM files; framing and character set are found out.")],
    summary: Annotated[bool, typer.Option("--summary", help="One line for each record.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show card data in clear.")] = False,
    config: Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")] = None,  # noqa: ARG001
) -> int:
    """Print clearing files record by record; exit code 1 with every flaw on standard error."""
    from cardline.errors import ConfigurationError
    from cardline.settling.file_view import View, show_file

    if summary and as_json:
        raise ConfigurationError("clearing show: --summary and --json are two ways of printing, choose one")
    view = View.JSON if as_json else View.SUMMARY if summary else View.TABLES
    worst = 0
    for file in files:
        try:
            with file.open("rb") as stream:
                worst = max(worst, show_file(stream, file.name, view=view, reveal=reveal))
        except OSError as error:
            raise ConfigurationError(f"{file}: {error.strerror}") from None
    return worst


@clearing_app.command("ingest")
def ingest(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="IPM files; framing and character set are found out.")],
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
) -> int:
    """Take clearing files in: prove, keep, match and book them. Again, it changes nothing or goes on where it ended."""
    from cardline.settling.priority import let_payments_go_first

    let_payments_go_first()  # importing the rest is a second's work already
    import uvloop

    from cardline.settling.bars import watched
    from cardline.settling.ingest import ingest as take_in

    settings = reached(config, data_dir, require=("postgres_dsn", "token_key"))
    with watched() as watch, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        ingested = runner.run(take_in(settings, files, watch, actor=actor))
    if as_json:
        print_json([found.document() for found in ingested])
    for found in ingested:
        if found.refused is not None:
            print(f"cardline: {found.refused}", file=sys.stderr)
        elif not as_json:
            print(sentence(found))
    return 1 if any(found.refused is not None for found in ingested) else 0


@clearing_app.command("refusals")
def refusals(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Only refusals of exactly this content.")] = None,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Print which clearing files and bank statements were not taken in, when, by whom and why; the newest first."""
    from cardline.settling.refusals import print_refusals

    return print_refusals(reached(config, data_dir), file, as_json=as_json)


@clearing_app.command("send")
def send(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="IPM files; framing and character set are found out.")],
    to: Annotated[str | None, typer.Option("--to", metavar="HOST:PORT", help="A clearing link. Without: that of `up`.")] = None,
    profile: Annotated[str, typer.Option("--profile", help="How the link frames its records.")] = "clearing",
    as_is: Annotated[bool, typer.Option("--as-is", help="Also a file that is not sound, as a bad network would.")] = False,
    data_dir: DataDir = DATA_DIR,
    as_json: AsJson = False,
) -> int:
    """Play the network: prove files, send them over a clearing link. Exit code 0 only when all are acknowledged."""
    from cardline.network.clearing_sending import address_of, document, running_clearing_link, sentence, why_unsound
    from cardline.network.clearing_sending import send as send_all
    from simulator.settlement.sending import Receipt
    from switch.profile import load_profile

    address = address_of(to or running_clearing_link(data_dir))
    unsound = {} if as_is else why_unsound(files)
    for why in unsound.values():
        print(f"cardline: {why}; nothing of it was sent (--as-is sends it all the same)", file=sys.stderr)
    sound = [path for path in files if path not in unsound]
    told = asyncio.run(send_all(sound, address, load_profile(profile))) if sound else []
    if as_json:
        print_json([document(path, said) for path, said in (*unsound.items(), *told)])
    is_well = len(told) == len(files)
    for path, said in told:
        is_taken = isinstance(said, Receipt) and said.is_acknowledged
        if not is_taken:
            print(f"cardline: {sentence(path, said)}", file=sys.stderr)
        elif not as_json:
            print(sentence(path, said))
        is_well = is_well and is_taken
    return 0 if is_well else 1


@clearing_app.command("match")
def match(
    file_id: FileId,
    position: Position,
    authorization: Annotated[int, typer.Argument(metavar="AUTHORIZATION", help="The authorization's id.")],
    reason: Reason,
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Say that a presentment belongs to this authorization; its earlier booking is corrected."""
    return _rematched(reached(config, data_dir), (file_id, position), authorization, actor, reason, as_json=as_json)


@clearing_app.command("unmatch")
def unmatch(
    file_id: FileId,
    position: Position,
    reason: Reason,
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Say that a presentment belongs to no authorization; it stays on its account."""
    return _rematched(reached(config, data_dir), (file_id, position), None, actor, reason, as_json=as_json)


def _rematched(
    settings: "Settings", place: tuple[str, int], authorization_id: int | None, actor: str, reason: str, *, as_json: bool
) -> int:
    from cardline.desk import Refusal, books, carried_out, journal
    from cardline.settling.tolerances import load_tolerances
    from clearing.rematching import Mandate, NotRematched, Rematched, rematch

    tolerances = load_tolerances(settings.clearing_tolerances)

    async def act() -> Rematched:
        async with books(settings) as connection, journal(settings) as writer:
            done = await rematch(connection, writer, place, authorization_id, Mandate(actor, reason), tolerances)
            if isinstance(done, NotRematched):
                raise Refusal(f"clearing: {done.reason}")
            return done

    done = carried_out(act())
    if done is None:
        return 1
    if as_json:
        print_json({"authorization_id": done.authorization_id, "journal_id": done.journal_id, "concern": done.concern})
    else:
        what = "no authorization" if done.authorization_id is None else f"authorization {done.authorization_id}"
        odd = f"; an item for people, {done.concern.replace('_', ' ')}: {done.said}" if done.concern else ""
        print(f"record {place[1]} of file {place[0]} belongs to {what} now, booked by journal {done.journal_id}{odd}")
    return 0


def sentence(found: "Ingested") -> str:
    """What became of a file that was not refused."""
    done = found.summary
    if done.was_posted_before:
        return f"{found.file}: was taken in and posted before, as file {found.file_id}; nothing changed"
    begun = "" if found.is_new else "was taken in before, and posting has gone on to its end: "
    parts = [f"{done.records:,} records of {found.messages:,} messages", f"{done.posted:,} posted"]
    parts += [
        f"{count:,} {what}" for count, what in ((done.suspended, "in suspense"), (done.unbookable, "not bookable")) if count
    ]
    items = f"; {done.items:,} for people to look at" if done.items else ""
    return f"{found.file}: {begun}{', '.join(parts)}{items} (file {found.file_id})"
