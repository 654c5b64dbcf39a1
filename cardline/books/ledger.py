"""`cardline ledger ...`: reads, proves and closes the books.

Imports wait until a command runs, so that --help is quick.
"""

from pathlib import Path
from typing import Annotated

import typer

from cardline.books import replays
from cardline.desk import ACTOR, DATA_DIR, Actor, AsJson, Config, DataDir, Reason, console

AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="An id, a code, or a role and an asset (bank.EUR).")]
PeriodText = Annotated[str, typer.Argument(metavar="PERIOD", help="A day (2026-11-24) or a month (2026-11), UTC.")]

ledger_app = typer.Typer(name="ledger", help="Read and prove the books.", no_args_is_help=True)
replays.register(ledger_app)


@ledger_app.command("trial-balance")
def _trial_balance(as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Accounts by role, then debits and credits per asset and layer; exit code 1 when they differ."""
    from cardline.books.proofs import trial_balance
    from cardline.reach import reach

    return trial_balance(reach(config, data_dir).postgres_dsn, as_json=as_json, out=console())


@ledger_app.command("verify")
def _verify(
    anchors: Annotated[
        Path | None, typer.Option(help="The seals kept outside the database; those of a running `up` by default.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Re-derive everything from the postings and check the chain; exit code 1 with what does not hold."""
    from cardline.books.proofs import verify
    from cardline.reach import reach

    settings = reach(config, data_dir)
    default = settings.anchor_file
    return verify(settings.postgres_dsn, anchors=anchors, default_anchors=default, as_json=as_json, out=console())


@ledger_app.command("dead-letters")
def _dead_letters(as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Commands that could not be stored."""
    from cardline.books.proofs import dead_letters
    from cardline.reach import reach

    return dead_letters(reach(config, data_dir).postgres_dsn, as_json=as_json, out=console())


@ledger_app.command("statement")
def _statement(
    account: AccountName,
    first: Annotated[str | None, typer.Option("--from", help="First booking day; the month's first if not given.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last booking day; the one booked on now if not given.")] = None,
    layer: Annotated[str, typer.Option(help="posted or pending.")] = "posted",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Opening balance, lines with a running balance, closing balance; exit code 1 when there is no such account."""
    from cardline.books.statements import show_statement
    from cardline.errors import ConfigurationError
    from cardline.reach import reach

    if as_csv and as_json:
        raise ConfigurationError("--csv and --json: only one of them")
    form = "csv" if as_csv else "json" if as_json else "table"
    dsn = reach(config, data_dir).postgres_dsn
    return show_statement(dsn, account, first=first, last=last, layer=layer, form=form, out=console())


@ledger_app.command("balance")
def _balance(
    account: AccountName,
    at: Annotated[str | None, typer.Option(help="A day or a time (UTC unless it says otherwise); now if not given.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """What an account had at a point in time; exit code 1 when there is no such account.

    A day counts all that is booked on it or before, whenever that was written; a time counts what was committed by then, on
    whatever day it is booked. They differ after a day was closed early: what comes later that day is booked on the next.
    """
    from cardline.books.statements import show_balance
    from cardline.reach import reach

    return show_balance(reach(config, data_dir).postgres_dsn, account, at=at, as_json=as_json, out=console())


@ledger_app.command("close")
def _close(
    period: PeriodText,
    actor: Actor = ACTOR,
    reason: Reason = "end of period",
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Close a day or a month, and everything before it, under a seal; exit code 1 when it may not be closed yet.

    Clearing files that are not posted to their end and open exception items are warned of, on standard error.
    """
    from cardline.books.periods import close
    from cardline.reach import reach

    dsn = reach(config, data_dir).postgres_dsn
    return close(dsn, period, actor=actor, reason=reason, as_json=as_json, out=console())


@ledger_app.command("reopen")
def _reopen(
    period: PeriodText,
    reason: Reason,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Open a period and all later ones again; their seals stay on record, until closing again makes new ones.

    Today, closed too early, takes items again at once. A past day takes only journals of people and jobs that insist on it;
    what comes in now is booked today. Close again when they are booked: the new seal says which one was superseded.
    """
    from cardline.books.periods import reopen
    from cardline.reach import reach

    dsn = reach(config, data_dir).postgres_dsn
    return reopen(dsn, period, actor=actor, reason=reason, as_json=as_json, out=console())


@ledger_app.command("periods")
def _periods(as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Every seal of a period that was ever made, also superseded ones, and every reopening: who, when and why."""
    from cardline.books.periods import periods
    from cardline.reach import reach

    return periods(reach(config, data_dir).postgres_dsn, as_json=as_json, out=console())
