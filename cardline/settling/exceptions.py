"""`cardline exceptions ...`: what is waiting for somebody, and how it is worked off.

Imports wait until a command runs, so that --help is quick. What may be done is decided in `clearing.reconciliation.resolving`.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardline import desk
from cardline.desk import ACTOR, DATA_DIR, Actor, AsJson, Config, DataDir, Reason

if TYPE_CHECKING:
    from rich.table import Table

    from cardline.settings import Settings
    from clearing.reconciliation.resolving import Act, Done

exceptions_app = typer.Typer(name="exceptions", help="List, show and resolve exception items.", no_args_is_help=True)
ExceptionId = Annotated[int, typer.Argument(metavar="ID", help="An exception's id.")]
LONGEST_OWNER = 60
_LISTED = (
    "select exception_id, kind, subject, amount, asset, status, owner, age_days, reason, deadline, due_act, due_by, is_overdue, "
    "said from report.exception "
    "where ($1 or status = 'open') and ($2::text is null or kind = $2) and ($3::text is null or owner = $3) "
    "and (not $5 or is_overdue) order by deadline nulls last, exception_id limit $4"
)
_ACTS = (
    "select act, actor, reason, counterpart, journal_ids, at from report.exception_act where exception_id = $1 order by sequence"
)
_CASE = (
    "select * from report.dispute_case where case_name = "
    "(select case_name from report.dispute_record where file_id = $1 and position = $2)"
)
_TOLD_OTHERWISE = frozenset({"asset", "proposal", "acts", "case", "is_overdue", "payment", "would"})
_OF_RECORD = re.compile(r"clearing ([0-9]+)/([0-9]{1,9})")


@exceptions_app.command("list")
def list_items(
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    owner: Annotated[
        str | None,
        typer.Option(help="Only of a person or desk (clearing, settlement, disputes, treasury, ledger, operations)."),
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose deadline has passed.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are resolved.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many; those with the nearest deadline come first.")] = 1_000,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Print what is waiting, the nearest deadline first."""
    settings = desk.reached(config, data_dir)
    rows = desk.carried_out(_fetched(settings, _LISTED, everything, kind, owner, limit, overdue))
    if rows is None:
        return 1
    if as_json:
        desk.print_json([_document(row) for row in rows])
        return 0
    if not rows:
        print("nothing of this is waiting" if kind or owner or overdue else "nothing is waiting")
        return 0
    desk.console().print(listed(rows, with_status=everything))
    return 0


def listed(rows: Sequence[Any], *, with_status: bool) -> "Table":
    """Nothing of what an item is about is cut off, however narrow the terminal: a record's position stands at the end."""
    from rich.table import Table

    from cardline.settling.reconcile_view import money

    table = Table()
    for name in ("id", "kind", "about", "amount", *(["status"] if with_status else []), "owner", "days", "reason", "deadline"):
        table.add_column(name, overflow="fold", no_wrap=name in {"id", "amount"})
    table.add_column("until then")
    for row in rows:
        about, state = row["subject"].removeprefix("clearing "), [row["status"]] if with_status else []
        words = (row["exception_id"], row["kind"].replace("_", " "), about, money(row["amount"], row["asset"]), *state,
                 row["owner"] or "", row["age_days"], row["reason"] or "", row["deadline"] or "", _due(row))  # fmt: skip
        table.add_row(*map(str, words))
    return table


@exceptions_app.command("show")
def show(exception_id: ExceptionId, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Print one item: what it is about, its payment, what was done, what resolving it would do; 1 when there is none."""
    settings = desk.reached(config, data_dir)
    rows = desk.carried_out(_whole(settings, exception_id))
    if not rows:
        desk.complain(f"there is no exception {exception_id}" if rows is not None else None)
        return 1
    found = rows[0]
    if as_json:
        desk.print_json(found)
        return 0
    from cardline.settling.reconcile_view import money

    out = desk.console()
    amounts = {"amount": money(found["amount"], found["asset"])}
    for name, value in (found | amounts).items():
        if name not in _TOLD_OTHERWISE and value not in (None, ""):
            out.print(f"{name.replace('_', ' ')}: {value}")
    if found["is_overdue"]:
        out.print("overdue")
    case = found["case"] or {}
    for name, value in (case | {one: money(case[one], case["asset"]) for one in ("amount",) if case}).items():
        if name != "asset" and value not in (None, ""):
            out.print(f"case {name.removeprefix('case_').replace('_', ' ')}: {value}")
    if (payment := found["payment"]) is not None:
        rrn = f", RRN {payment['rrn']}" if payment["rrn"] else ""
        out.print(f"payment: authorization {payment['authorization_id']}{rrn}")
        out.print(f"its story: cardline explain {payment['authorization_id']}")
    elif (place := _OF_RECORD.fullmatch(found["subject"])) is not None:
        out.print(f"its story: cardline explain {place[1]}/{place[2]}")
    for act in found["acts"]:
        other = f" with exception {act['counterpart']}" if act["counterpart"] is not None else ""
        out.print(f"{act['at']} {act['act'].replace('_', ' ')}{other} by {act['actor']}: {act['reason']}")
    for option, would in (found["would"] or {}).items():
        out.print(f"{option} {would}")
    return 0


@exceptions_app.command("resolve")
def resolve(
    exception_id: ExceptionId,
    reason: Reason,
    proposed: Annotated[bool, typer.Option("--proposed", help="Book the journal that is proposed; never a write-off.")] = False,
    other: Annotated[int | None, typer.Option("--match", metavar="ID", help="Another item that it is one thing with.")] = None,
    write_off: Annotated[
        bool, typer.Option("--write-off", help="Give it up; without money at stake, end it with the reason.")
    ] = False,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Resolve an item in one of three ways; exit code 1 with the reason when it stays as it is."""
    from cardline.errors import ConfigurationError
    from clearing.reconciliation.resolving import Act

    if [proposed, other is not None, write_off].count(True) != 1:
        raise ConfigurationError("exceptions resolve: one of --proposed, --match ID and --write-off")
    act = Act("booked" if proposed else "written_off" if write_off else "matched", actor, reason)
    done = desk.carried_out(_resolved(desk.reached(config, data_dir), exception_id, other, act))
    if done is None:
        return 1
    if as_json:
        desk.print_json({"exception_ids": list(done.exception_ids), "journal_id": done.journal_id})
    else:
        booked = f"journal {done.journal_id}" if done.journal_id is not None else "no journal"
        desk.console().print(f"resolved {', '.join(f'exception {one}' for one in done.exception_ids)}: {booked}")
    return 0


@exceptions_app.command("assign")
def assign(
    exception_id: ExceptionId,
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="A desk or a person.")],
    reason: Reason,
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Give an item to a desk or a person; exit code 1 when it is resolved already."""
    from cardline.errors import ConfigurationError
    from clearing.reconciliation.resolving import Act

    if not owner.strip() or len(owner) > LONGEST_OWNER or not owner.isprintable():
        raise ConfigurationError(f"OWNER: a name of 1 to {LONGEST_OWNER} printable characters")
    done = desk.carried_out(_noted(desk.reached(config, data_dir), exception_id, Act("assigned", actor, reason), owner.strip()))
    if done is None:
        return 1
    desk.console().print(f"exception {exception_id} is with {owner.strip()}")
    return 0


@exceptions_app.command("note")
def note(
    exception_id: ExceptionId,
    reason: Reason,
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Write down what was found out (the reason) about an item, open or resolved."""
    from clearing.reconciliation.resolving import Act

    done = desk.carried_out(_noted(desk.reached(config, data_dir), exception_id, Act("noted", actor, reason), None))
    if done is None:
        return 1
    desk.console().print(f"noted of exception {exception_id}")
    return 0


async def _noted(settings: "Settings", exception_id: int, act: "Act", owner: str | None) -> "Done":
    from clearing.reconciliation.resolving import NotDone, Resolver

    async with desk.journal(settings) as journal, desk.books(settings) as books:
        resolver = Resolver(books, journal)
        noted = resolver.note(exception_id, act) if owner is None else resolver.assign(exception_id, owner, act)
        outcome = await noted
    if isinstance(outcome, NotDone):
        raise desk.Refusal(outcome.reason)
    return outcome


async def _whole(settings: "Settings", exception_id: int) -> list[dict[str, Any]]:
    """The item with its acts, its payment, what resolving it would do and, of a dispute, its case."""
    from cardline.settling.remedy_words import said
    from clearing.payments import payment_of
    from clearing.reconciliation.resolving import foreseen

    async with desk.books(settings) as books:
        rows = await books.fetch("select * from report.exception where exception_id = $1", exception_id)
        acts = await books.fetch(_ACTS, exception_id)
        place = _OF_RECORD.fullmatch(rows[0]["subject"]) if rows else None
        case = await books.fetchrow(_CASE, place[1], int(place[2])) if place else None
        payment = await payment_of(books, rows[0]["subject"]) if rows else None
        ways = await foreseen(books, exception_id)
    would = None
    if rows and ways is not None:
        due = rows[0]["deadline"] if rows[0]["due_act"] == "charge_back" else None
        would = {f"--{option}": said(way, due=due) for option, way in zip(("proposed", "write-off"), ways, strict=True)}
    return [
        {**_document(row), "acts": [_document(act) for act in acts], "case": _document(case) if case is not None else None,
         "payment": payment, "would": would}
        for row in rows
    ]  # fmt: skip


def _due(row: Any) -> str:
    """What may be done until the deadline, by whom."""
    if row["due_act"] is None:
        return ""
    return f"{row['due_act'].replace('_', ' ')} ({row['due_by']}){', overdue' if row['is_overdue'] else ''}"


async def _resolved(settings: "Settings", exception_id: int, other: int | None, act: "Act") -> "Done":
    from clearing.reconciliation.resolving import NotDone, Resolver

    async with desk.journal(settings) as journal, desk.books(settings) as books:
        resolver = Resolver(books, journal)
        if other is not None:
            outcome = await resolver.match(exception_id, other, act)
        elif act.act == "written_off":
            outcome = await resolver.write_off(exception_id, act)
        else:
            outcome = await resolver.book_proposal(exception_id, act)
    if isinstance(outcome, NotDone):
        raise desk.Refusal(outcome.reason)
    return outcome


async def _fetched(settings: "Settings", query: str, *arguments: object) -> list[Any]:
    async with desk.books(settings) as books:
        rows: list[Any] = await books.fetch(query, *arguments)
        return rows


def _document(row: Any) -> dict[str, Any]:
    import orjson

    found = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in dict(row).items()}
    if isinstance(found.get("proposal"), str):
        found["proposal"] = orjson.loads(found["proposal"])
    return found
