"""`cardline policy ...`: what a policy would have done with the requests of the past, and whether its file is right."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from cardline import desk
from cardline.desk import DATA_DIR, AsJson, Config, DataDir

if TYPE_CHECKING:
    from authorizer.back_test import BackTest
    from authorizer.decide import Policy
    from cardline.settings import Settings

policy_app = typer.Typer(name="policy", help="Try out the rules of the decision.", no_args_is_help=True)
PolicyFile = Annotated[str, typer.Argument(metavar="FILE", help="A policy in TOML, or the name of a shipped one.")]


@policy_app.command("check")
def _check(
    file: PolicyFile,
    data_dir: DataDir = DATA_DIR,  # noqa: ARG001  every command takes it
    config: Config = None,  # noqa: ARG001
) -> int:
    """Read a policy and say what it is; exit code 2 with every mistake, by file and key."""
    from cardline.people.policy_view import summary
    from cardline.policies import load_policy

    desk.console().print(summary(load_policy(file)))
    return 0


@policy_app.command("show")
def _show(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="A policy; without, the live one.")] = None,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Its rules in the order in which they are asked, its controls, and the groups of merchants that controls may name."""
    from cardline.people.policy_view import shown
    from cardline.policies import load_policy
    from cardline.reach import live

    policy = load_policy(file or live(config, data_dir).policy)
    for part in shown(policy):
        desk.console().print(part)
    return 0


@policy_app.command("backtest")
def _backtest(
    file: PolicyFile,
    since: Annotated[str, typer.Option("--from", help="A day (from its beginning) or a time; UTC unless it says otherwise.")],
    until: Annotated[str, typer.Option("--to", help="A day (to its end) or a time.")],
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Put stored requests to a policy: approvals lost and gained, by reason and amount."""
    from cardline.errors import ConfigurationError
    from cardline.policies import load_policy

    policy = load_policy(file)
    first, last = _moment("--from", since, is_end=False), _moment("--to", until, is_end=True)
    if first >= last:
        raise ConfigurationError(f"--from {since}: is not before --to {until}")
    result = desk.carried_out(_tested(desk.reached(config, data_dir), policy, first, last))
    if result is None:
        return 1
    if as_json:
        desk.print_json(_document(policy, first, last, result))
    else:
        _print(policy, result)
    return 0


async def _tested(settings: "Settings", policy: "Policy", since: datetime, until: datetime) -> "BackTest":
    from authorizer.back_test import Tally
    from cardline.explaining.past_requests import past_requests

    tally = Tally(policy)
    async with desk.books(settings) as books:
        async for past in past_requests(books, since, until, policy.mcc_groups):
            tally.count(past)
    return tally.result()


def _moment(option: str, text: str, *, is_end: bool) -> datetime:
    from cardline.errors import ConfigurationError

    try:
        if len(text) == len("2026-11-24"):
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return day + timedelta(days=is_end)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option}: {text!r} is neither a day (2026-11-24) nor a time (2026-11-24T12:00:00Z)") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _document(policy: "Policy", since: datetime, until: datetime, result: "BackTest") -> dict[str, object]:
    from dataclasses import asdict

    return {
        "policy": f"{policy.name}/{policy.version}",
        "from": since.isoformat(),
        "to": until.isoformat(),
        "requests": result.requests,
        "approved": result.approved,
        "differences": [asdict(one) for one in result.differences],
        "not_replayed": [asdict(one) for one in result.not_replayed],
    }


def _print(policy: "Policy", result: "BackTest") -> None:
    from rich.table import Table

    from ledger.money import ASSETS

    out = desk.console()
    out.print(f"{policy.name}/{policy.version} on {result.requests} requests, of which {result.approved} were approved")
    for kept in result.not_replayed:
        out.print(f"{kept.requests} declined by {kept.rule} cannot be replayed from what is stored: they count as declined")
    if not result.differences:
        out.print("nothing would have been decided otherwise")
        return
    table = Table("change", "reason", "requests", "amount")
    for column in table.columns[-2:]:
        column.justify = "right"
    for one in result.differences:
        asset = ASSETS.get(one.asset)
        amount = asset.format(one.amount) if asset else f"{one.amount} {one.asset}"
        table.add_row(one.change, one.reason, str(one.requests), amount)
    out.print(table)
    out.print("what is gained would still have wanted the funds")
