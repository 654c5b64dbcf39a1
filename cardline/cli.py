"""The command line: reads arguments, hands over, returns the exit code (0 fine, 1 does not hold, 2 cannot run).

Thin on purpose, and everything is imported inside its command, so that --help is quick. Faults become one line here.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardline import (
    faults_command,
    load_options,
    pay_command,
    proof_commands,
    record_command,
    replay_command,
    simulate_options,
    top_options,
)
from cardline.account_commands import account_app
from cardline.card_commands import card_app
from cardline.clearing_commands import clearing_app
from cardline.command_order import InOrder
from cardline.desk import Actor, Reason
from cardline.exception_commands import exceptions_app
from cardline.fixture_commands import fixtures_app
from cardline.hold_commands import holds_app
from cardline.key_commands import keys_app
from cardline.policy_commands import policy_app
from cardline.reconcile_commands import reconcile_app

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 200
"""Columns when nobody looks at a terminal: a DSN should stay on its line for grep."""

app = typer.Typer(
    name="cardline",
    cls=InOrder,
    help="The issuer's side of a card network: ISO 8583 switch, authorizer, ledger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ledger_app = typer.Typer(name="ledger", help="Read and prove the books.", no_args_is_help=True)
app.add_typer(ledger_app)
proof_commands.register(ledger_app)
load_options.register(app)
simulate_options.register(app)
app.add_typer(keys_app)
app.add_typer(holds_app)
app.add_typer(account_app)
app.add_typer(card_app)
app.add_typer(policy_app)
faults_command.register(app)
app.add_typer(clearing_app)
app.add_typer(reconcile_app)
app.add_typer(exceptions_app)
app.add_typer(fixtures_app)
record_command.register(app)
replay_command.register(app)
pay_command.register(app)
top_options.register(app)

Config = Annotated[Path | None, typer.Option("--config", help="Settings in TOML; CARDLINE_* variables win.")]
DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="CARDLINE_DATA_DIR", help="Directory of `cardline up`.", show_default=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="An id, a code, or a role and an asset (bank.EUR).")]
PeriodText = Annotated[str, typer.Argument(metavar="PERIOD", help="A day (2026-11-24) or a month (2026-11), UTC.")]
_DATA_DIR = Path(".cardline")


def main(arguments: Sequence[str] | None = None) -> int:
    """The process edge: whatever happens, one clear line on standard error and an exit code."""
    from cardline.logs import configure_for_commands

    configure_for_commands()
    try:
        code = app(list(sys.argv[1:] if arguments is None else arguments), prog_name="cardline", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BrokenPipeError:  # `cardline ... | head`
        return _with_nobody_reading()
    except SystemExit as ended:  # the same inside a command: typer catches it and exits with 1
        if isinstance(ended.__context__, BrokenPipeError):
            return _with_nobody_reading()
        raise
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  the one place at this edge
        return _complain(error)


def _print_version(wanted: bool) -> None:
    if wanted:
        from cardline.release import release

        print(f"cardline {release()}")
        raise typer.Exit


@app.callback()
def _front_door(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """The issuer's side of a card network: ISO 8583 switch, authorizer, ledger."""


@app.command("up")
def _up(
    data_dir: DataDir = _DATA_DIR,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="ISO 8583 in EBCDIC: 8583. 0: any free port.")] = None,
    ascii_port: Annotated[int | None, typer.Option(min=0, max=65535, help="ISO 8583 in ASCII: 8584. 0: any free port.")] = None,
    clearing_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Clearing files: 8585. 0: any free port.")] = None,
    http_port: Annotated[int | None, typer.Option(min=0, max=65535, hidden=True)] = None,  # noqa: ARG001  the console's, to come
    metrics_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="/metrics, /healthz, /readyz: 9583. 0: any free port.")
    ] = None,
    config: Config = None,
) -> int:
    """Run everything on this machine until Ctrl-C."""
    from cardline.listening import METRICS
    from cardline.settings import load
    from cardline.up import ASCII_LINK, CLEARING_LINK, EBCDIC_LINK, UpPlan, chosen_ports, up

    given = {EBCDIC_LINK: port, ASCII_LINK: ascii_port, CLEARING_LINK: clearing_port, METRICS: metrics_port}
    settings = load(config, allow_test_keys=True)
    return up(UpPlan(data_dir, settings, config=config, ports=chosen_ports(settings, given)), _console())


@app.command("serve")
def _serve(
    config: Config = None,
    allow_test_keys: Annotated[bool, typer.Option("--allow-test-keys", help="Accept the public test keys.")] = False,
) -> int:
    """Run one switch process against the given Postgres and Redis."""
    from cardline.listening import inherited_or_bound
    from cardline.serve import run
    from cardline.settings import load

    required = ("postgres_dsn", "redis_url", "token_key", "keys")
    settings = load(config, require=required, allow_test_keys=allow_test_keys)
    return run(settings, inherited_or_bound(settings, os.environ))


@app.command("migrate")
def _migrate(data_dir: DataDir = _DATA_DIR, config: Config = None) -> int:
    """Bring the schema up to this release."""
    from cardline.reach import reach
    from cardline.schema import migrate

    applied = asyncio.run(migrate(reach(config, data_dir).postgres_dsn))
    out = _console()
    for name in applied:
        out.print(f"applied {name}")
    out.print(f"{len(applied)} migrations applied" if applied else "the schema is up to date")
    return 0


@app.command("seed")
def _seed(
    cards: Annotated[int, typer.Option("--cards", min=1, max=1_000_000, help="How many accounts with one card each.")],
    balance: Annotated[str, typer.Option(help="Funds of each account, in major units.")] = "1000.00",
    currency: Annotated[str, typer.Option(help="Three letters.")] = "EUR",
    credit_limit: Annotated[str, typer.Option(help="May be spent beyond the funds.")] = "0",
    out: Annotated[Path | None, typer.Option(help="Where the CSV goes; standard output if not given.")] = None,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """Make funded test accounts with a card each, and write them as CSV."""
    from cardline.reach import reach
    from cardline.seed import seed_command

    settings = reach(config, data_dir, require=("token_key", "keys"))
    return seed_command(settings, cards=cards, balance=balance, currency=currency, credit_limit=credit_limit, out=out)


@app.command("decode")
def _decode(
    source: Annotated[str, typer.Argument(metavar="HEX|FILE|-", help="The message without its length prefix.")],
    profile: Annotated[str, typer.Option(help="Network profile by name or path; ipm for clearing files.")] = "mastercard",
    as_json: AsJson = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show card data in clear.")] = False,
    config: Config = None,  # noqa: ARG001  every command takes it
) -> int:
    """Show one message, field by field."""
    from cardline.decode import decode_command

    return decode_command(source, profile, as_json, reveal)


@app.command("explain")
def _explain(
    reference: Annotated[str, typer.Argument(metavar="AUTHORIZATION_ID|RRN", help="Or a STAN or approval code, if unique.")],
    policy: Annotated[str | None, typer.Option(help="What another policy would have said; shadow_policy if not given.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """Tell one payment's story from the books; exit code 1 when there is no such payment."""
    from cardline.explain_command import explain_payment
    from cardline.policies import load_policy
    from cardline.reach import reach

    settings = reach(config, data_dir)
    draft = policy or settings.shadow_policy
    return explain_payment(settings.postgres_dsn, reference, policy=load_policy(draft) if draft else None, as_json=as_json)


@app.command("doctor")
def _doctor(data_dir: DataDir = _DATA_DIR, config: Config = None) -> int:
    """Check configuration, stores, schema, keys and clock, and say what to do."""
    from cardline.doctor import doctor
    from cardline.reach import reach

    return doctor(reach(config, data_dir), data_dir, _console())


@app.command("demo")
def _demo(
    keep: Annotated[bool, typer.Option("--keep", help="Stay up at the end, until Ctrl-C.")] = False,
    seed: Annotated[int | None, typer.Option(help="Same seed, same day; printed when chosen freely.")] = None,
    messages: Annotated[int, typer.Option(min=1, help="At least so many messages.")] = 2000,
    config: Config = None,
) -> int:
    """Play a network day against a system of its own, and prove the books at the end."""
    from cardline.demo import demo

    return asyncio.run(demo(keep=keep, seed=seed, messages=messages, config=config, out=_console()))


@app.command("version")
def _version(config: Config = None) -> int:  # noqa: ARG001  every command takes it
    """Print the version."""
    _print_version(True)
    return 0


@ledger_app.command("trial-balance")
def _trial_balance(as_json: AsJson = False, data_dir: DataDir = _DATA_DIR, config: Config = None) -> int:
    """Debits and credits per asset and layer; exit code 1 when they differ."""
    from cardline.ledger_commands import trial_balance
    from cardline.reach import reach

    return trial_balance(reach(config, data_dir).postgres_dsn, as_json=as_json, out=_console())


@ledger_app.command("verify")
def _verify(
    anchors: Annotated[
        Path | None, typer.Option(help="The seals kept outside the database; those of a running `up` by default.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """Re-derive everything from the postings and check the chain; exit code 1 with what does not hold."""
    from cardline.ledger_commands import verify
    from cardline.reach import reach

    settings = reach(config, data_dir)
    default = settings.anchor_file
    return verify(settings.postgres_dsn, anchors=anchors, default_anchors=default, as_json=as_json, out=_console())


@ledger_app.command("dead-letters")
def _dead_letters(as_json: AsJson = False, data_dir: DataDir = _DATA_DIR, config: Config = None) -> int:
    """Commands that could not be stored."""
    from cardline.ledger_commands import dead_letters
    from cardline.reach import reach

    return dead_letters(reach(config, data_dir).postgres_dsn, as_json=as_json, out=_console())


@ledger_app.command("statement")
def _statement(
    account: AccountName,
    first: Annotated[str | None, typer.Option("--from", help="First booking day; the month's first if not given.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last booking day; the one booked on now if not given.")] = None,
    layer: Annotated[str, typer.Option(help="posted or pending.")] = "posted",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """Opening balance, lines with a running balance, closing balance; exit code 1 when there is no such account."""
    from cardline.errors import ConfigurationError
    from cardline.reach import reach
    from cardline.statement_commands import show_statement

    if as_csv and as_json:
        raise ConfigurationError("--csv and --json: only one of them")
    form = "csv" if as_csv else "json" if as_json else "table"
    dsn = reach(config, data_dir).postgres_dsn
    return show_statement(dsn, account, first=first, last=last, layer=layer, form=form, out=_console())


@ledger_app.command("balance")
def _balance(
    account: AccountName,
    at: Annotated[str | None, typer.Option(help="A day or a time (UTC unless it says otherwise); now if not given.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """What an account had at a point in time; exit code 1 when there is no such account.

    A day counts all that is booked on it or before, whenever that was written; a time counts what was committed by then, on
    whatever day it is booked. They differ after a day was closed early: what comes later that day is booked on the next.
    """
    from cardline.reach import reach
    from cardline.statement_commands import show_balance

    return show_balance(reach(config, data_dir).postgres_dsn, account, at=at, as_json=as_json, out=_console())


@ledger_app.command("close")
def _close(
    period: PeriodText,
    actor: Actor = "command line",
    reason: Reason = "end of period",
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """Close a day or a month, and everything before it, under a seal; exit code 1 when it may not be closed yet."""
    from cardline.period_commands import close
    from cardline.reach import reach

    dsn = reach(config, data_dir).postgres_dsn
    return close(dsn, period, actor=actor, reason=reason, as_json=as_json, out=_console())


@ledger_app.command("reopen")
def _reopen(
    period: PeriodText,
    reason: Reason,
    actor: Actor = "command line",
    as_json: AsJson = False,
    data_dir: DataDir = _DATA_DIR,
    config: Config = None,
) -> int:
    """Open a period and all later ones again; their seals stay on record, until closing again makes new ones.

    Today, closed too early, takes items again at once. A past day takes only journals of people and jobs that insist on it;
    what comes in now is booked today. Close again when they are booked: the new seal says which one was superseded.
    """
    from cardline.period_commands import reopen
    from cardline.reach import reach

    dsn = reach(config, data_dir).postgres_dsn
    return reopen(dsn, period, actor=actor, reason=reason, as_json=as_json, out=_console())


@ledger_app.command("periods")
def _periods(as_json: AsJson = False, data_dir: DataDir = _DATA_DIR, config: Config = None) -> int:
    """Every seal of a period that was ever made, also superseded ones, and every reopening: who, when and why."""
    from cardline.period_commands import periods
    from cardline.reach import reach

    return periods(reach(config, data_dir).postgres_dsn, as_json=as_json, out=_console())


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def _with_nobody_reading() -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _complain(error: Exception) -> int:
    from cardline.faults import CANNOT_RUN, explain

    if os.environ.get("CARDLINE_DEBUG"):
        raise error
    line, code = explain(error) or (f"this is a bug: {type(error).__name__} (CARDLINE_DEBUG=1 shows where)", CANNOT_RUN)
    if line:  # without a command the help is all there is to say
        print(f"cardline: {' '.join(line.split())}", file=sys.stderr)
    return code
