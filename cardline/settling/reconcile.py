"""`cardline reconcile ...`: takes bank statements in, reconciles business dates, shows what was found.

Imports wait until a command runs, so that --help is quick. What is found is decided in `clearing.reconciliation`.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardline import desk
from cardline.desk import ACTOR, DATA_DIR, Actor, AsJson, Config, DataDir

if TYPE_CHECKING:
    from cardline.settings import Settings
    from clearing.reconciliation.running import Run

reconcile_app = typer.Typer(
    name="reconcile", help="Hold presentments, positions, bank and books against each other.", no_args_is_help=True
)
_IS_ANYTHING_OF = (
    "select exists (select from report.clearing_record where business_date = $1) "
    "or exists (select from report.position where business_date = $1) "
    "or exists (select from clearing.bank_entry where settles_on = $1 or booked_on = $1)"
)
DayText = Annotated[str, typer.Argument(metavar="DATE", help="A business date: 2026-11-24.")]


@reconcile_app.command("statement")
def take_statement(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="ISO 20022 camt.053, any version.")],
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Take bank statements in: prove, keep and book them. Again, it changes nothing; exit code 1 when one is refused."""
    from cardline.settling.statement_intake import take_all

    settings = desk.reached(config, data_dir, require=("postgres_dsn", "token_key"))
    taken = desk.carried_out(take_all(settings, files, actor=actor))
    if taken is None:
        return 1
    if as_json:
        desk.print_json([one.document() for one in taken])
    else:
        for one in taken:
            if one.refused is None:
                print(one.sentence())
    for one in taken:
        desk.complain(one.refused)
    return 1 if any(one.refused for one in taken) else 0


@reconcile_app.command("run")
def run(
    day: DayText,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Reconcile a business date; exit code 1 when something is left for people. The same inputs give the same run."""
    from cardline.settling.reconcile_view import print_run, run_document

    settings, on = desk.reached(config, data_dir, require=("postgres_dsn", "token_key")), _day(day)
    carried = desk.carried_out(_run(settings, on, actor))
    if carried is None:
        return 1
    done, findings = carried
    if as_json:
        desk.print_json(run_document(done, findings))
    else:
        print_run(done, findings, desk.console())
    if not done.is_same:
        desk.complain(f"run {done.run_id} had found something else from the same inputs")
    return 0 if done.is_same and not done.open else 1


@reconcile_app.command("show")
def show(
    run_id: Annotated[int | None, typer.Argument(metavar="[RUN]", help="A run's id; the last one if not given.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Print a run: its inputs, how far records, network and bank agree, its findings, and how old is what the accounts hold."""
    from cardline.settling.reconcile_view import print_stored, stored_run

    settings = desk.reached(config, data_dir)
    found = desk.carried_out(stored_run(settings, run_id))
    if found is None:
        return 1
    if as_json:
        desk.print_json(found)
    else:
        print_stored(found, desk.console())
    return 0


def _day(text: str) -> date:
    from cardline.errors import ConfigurationError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"DATE: {text!r} is no day; write 2026-11-24") from None


async def _run(settings: "Settings", day: date, actor: str) -> "tuple[Run, list[dict[str, Any]]]":
    """With its findings as documents, each with the id of its item."""
    from cardline.settling.ingest import clearing_key
    from cardline.settling.reconcile_view import finding_document, with_items
    from cardline.settling.tolerances import load_tolerances
    from clearing.errors import ClearingError
    from clearing.reconciliation.running import reconcile

    async with desk.journal(settings) as journal, desk.books(settings) as books:
        if day > datetime.now(UTC).date() and not await books.fetchval(_IS_ANYTHING_OF, day):
            raise desk.Refusal(
                f"{day} lies ahead, and no clearing record, position or bank entry is of it; run it when it is over"
            )
        try:
            tolerances = load_tolerances(settings.clearing_tolerances)
            done = await reconcile(books, journal, day, key=clearing_key(settings), actor=actor, tolerances=tolerances)
            return done, await with_items(books, [finding_document(one) for one in done.findings])
        except ClearingError as error:
            raise desk.Refusal(str(error)) from None
