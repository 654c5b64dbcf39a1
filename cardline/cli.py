"""The command line: reads arguments, hands over, returns the exit code (0 fine, 1 does not hold, 2 cannot run).

Thin on purpose, and everything is imported inside its command, so that --help is quick. Faults become one line here.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from cardline.books.ledger import ledger_app
from cardline.command_order import InOrder
from cardline.desk import DATA_DIR, AsJson, Config, DataDir, console
from cardline.network import fault_proxy, load_options, pay, record, replay, simulate_options
from cardline.network.fixtures import fixtures_app
from cardline.people.accounts import account_app
from cardline.people.cards import card_app
from cardline.people.holds import holds_app
from cardline.people.keys import keys_app
from cardline.people.policy import policy_app
from cardline.settling.clearing import clearing_app
from cardline.settling.exceptions import exceptions_app
from cardline.settling.reconcile import reconcile_app
from cardline.watching import top_options

app = typer.Typer(
    name="cardline",
    cls=InOrder,
    help="The issuer's side of a card network: ISO 8583 switch, authorizer, ledger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(ledger_app)
load_options.register(app)
simulate_options.register(app)
app.add_typer(keys_app)
app.add_typer(holds_app)
app.add_typer(account_app)
app.add_typer(card_app)
app.add_typer(policy_app)
fault_proxy.register(app)
app.add_typer(clearing_app)
app.add_typer(reconcile_app)
app.add_typer(exceptions_app)
app.add_typer(fixtures_app)
record.register(app)
replay.register(app)
pay.register(app)
top_options.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """The process edge: whatever happens, one clear line on standard error and an exit code."""
    from cardline.logs import configure_for_commands

    configure_for_commands()
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        code = _commands()(given, prog_name="cardline", standalone_mode=False)
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


@cache
def _commands() -> Callable[..., Any]:
    """Made once per process: typer reads the signature of every command for it, which takes 45 ms."""
    return get_command(app)


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
    data_dir: DataDir = DATA_DIR,
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
    from cardline.running.listening import METRICS
    from cardline.running.up import ASCII_LINK, CLEARING_LINK, EBCDIC_LINK, UpPlan, chosen_ports, up
    from cardline.settings import load

    given = {EBCDIC_LINK: port, ASCII_LINK: ascii_port, CLEARING_LINK: clearing_port, METRICS: metrics_port}
    settings = load(config, allow_test_keys=True)
    return up(UpPlan(data_dir, settings, config=config, ports=chosen_ports(settings, given)), console())


@app.command("serve")
def _serve(
    config: Config = None,
    allow_test_keys: Annotated[bool, typer.Option("--allow-test-keys", help="Accept the public test keys.")] = False,
) -> int:
    """Run one switch process against the given Postgres and Redis."""
    from cardline.metrics import Metrics
    from cardline.running.listening import inherited_or_bound
    from cardline.running.serve import run
    from cardline.settings import load

    required = ("postgres_dsn", "redis_url", "token_key", "keys")
    settings = load(config, require=required, allow_test_keys=allow_test_keys)
    return run(settings, inherited_or_bound(settings, os.environ), Metrics())


@app.command("migrate")
def _migrate(data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Bring the schema up to this release."""
    from cardline.reach import reach
    from cardline.schema import migrate

    applied = asyncio.run(migrate(reach(config, data_dir).postgres_dsn))
    out = console()
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
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Make funded test accounts with a card each, and write them as CSV."""
    from cardline.network.seed import seed_command
    from cardline.reach import reach

    settings = reach(config, data_dir, require=("token_key", "keys"))
    return seed_command(settings, cards=cards, balance=balance, currency=currency, credit_limit=credit_limit, out=out)


@app.command("decode")
def _decode(
    source: Annotated[str, typer.Argument(metavar="HEX|FILE|-", help="The message, with or without its length prefix.")],
    profile: Annotated[str, typer.Option(help="Network profile by name or path; ipm for clearing files.")] = "mastercard",
    as_json: AsJson = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show card data in clear.")] = False,
    config: Config = None,  # noqa: ARG001  every command takes it
) -> int:
    """Show one message, field by field."""
    from cardline.decoding.decode import decode_command

    return decode_command(source, profile, as_json, reveal)


@app.command("explain")
def _explain(
    reference: Annotated[
        str,
        typer.Argument(
            metavar="AUTHORIZATION_ID|RRN",
            help="Or a STAN or approval code, if unique; or FILE_ID/POSITION of a clearing record.",
        ),
    ],
    policy: Annotated[str | None, typer.Option(help="What another policy would have said; shadow_policy if not given.")] = None,
    log: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Logs to look in, also .gz; that of the running `up` if not given.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Tell one payment's story from books, clearing and log; exit code 1 when there is no such payment."""
    from cardline.data_directory import DataDirectory
    from cardline.explaining.explain import explain_payment
    from cardline.policies import load_policy
    from cardline.reach import reach

    settings = reach(config, data_dir)
    draft = policy or settings.shadow_policy
    logs = log if log is not None else DataDirectory(data_dir).logs_of(settings.postgres_dsn)
    other = load_policy(draft) if draft else None
    return explain_payment(settings.postgres_dsn, reference, policy=other, logs=logs, as_json=as_json)


@app.command("doctor")
def _doctor(data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Check configuration, keys, stores, books and machine, and say of each mistake what to do."""
    from cardline.reach import reach
    from cardline.watching.doctor import doctor

    return doctor(reach(config, data_dir, opens_keys=False), data_dir, console())


@app.command("demo")
def _demo(
    keep: Annotated[bool, typer.Option("--keep", help="Stay up at the end, until Ctrl-C.")] = False,
    seed: Annotated[int | None, typer.Option(help="Same seed, same day; printed when chosen freely.")] = None,
    messages: Annotated[int, typer.Option(min=1, help="At least so many messages.")] = 2000,
    config: Config = None,
) -> int:
    """Play a network day against a system of its own, and prove the books at the end."""
    from cardline.demo.whole_day import demo

    return asyncio.run(demo(keep=keep, seed=seed, messages=messages, config=config, out=console()))


@app.command("version")
def _version(config: Config = None) -> int:  # noqa: ARG001  every command takes it
    """Print the version."""
    _print_version(True)
    return 0


def _with_nobody_reading() -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _complain(error: Exception) -> int:
    from cardline.faults import CANNOT_RUN, explain, said

    if os.environ.get("CARDLINE_DEBUG"):
        raise error
    line, code = explain(error) or (f"this is a bug: {type(error).__name__} (CARDLINE_DEBUG=1 shows where)", CANNOT_RUN)
    if line:  # without a command the help is all there is to say
        print(f"cardline: {said(line)}", file=sys.stderr)
    return code
