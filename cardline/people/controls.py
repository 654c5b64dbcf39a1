"""`cardline card set-controls` and `set-limit`: what a card, its account or its program may be used for, and how much.

The files and figures are checked here against what there is (`authorizer.controls`, `authorizer.limits`); the ledger
keeps every version with actor and reason.
"""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardline import desk
from cardline.desk import ACTOR, DATA_DIR, Actor, CardId, Config, DataDir, Reason, ScopeName
from cardline.people import limit_files
from cardline.people.spend_subjects import limits_of, put_version, subject_of

if TYPE_CHECKING:
    from authorizer.controls import Control
    from cardline.settings import Settings
    from ledger.accounts import Mandate
    from ledger.money import Asset

_WHERE = "Features: mcc, mcc_group, country, currency, entry_mode, presence, channel."


def register(card_app: typer.Typer) -> None:
    card_app.command("set-controls")(_set_controls)
    card_app.command("set-limit")(_set_limit)
    limit_files.register(card_app)


def _set_controls(
    card: CardId,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="TOML: single_use, a list of control (docs/controls.md)."),
    ],
    reason: Reason,
    scope: ScopeName = "card",
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Put these controls in the place of those before. An empty file lifts them all."""
    from ledger.accounts import Mandate

    controls, is_single_use = _read_controls(file)
    settings = desk.reached(config, data_dir)
    version = desk.carried_out(_controls_put(settings, card, scope, controls, is_single_use, Mandate(actor, reason)))
    if version is None:
        return 1
    desk.console().print(f"{_counted(controls, is_single_use)}, version {version}")
    return 0


def _counted(controls: "tuple[Control, ...]", is_single_use: bool) -> str:
    many = {0: "no control stands any more", 1: "1 control"}.get(len(controls), f"{len(controls)} controls")
    return many + (", for a single use" if is_single_use else "")


def _read_controls(file: Path) -> "tuple[tuple[Control, ...], bool]":
    """Raises ConfigurationError with file and key."""
    from authorizer.controls import ControlError, parse_controls
    from cardline.errors import ConfigurationError
    from cardline.policies import mcc_groups, vocabulary

    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: {error}") from None
    if unknown := sorted(said.keys() - {"single_use", "control"}):
        raise ConfigurationError(f"{file}: {unknown[0]}: is not a key of this file; there are single_use and control")
    is_single_use = said.get("single_use", False)
    if type(is_single_use) is not bool:
        raise ConfigurationError(f"{file}: single_use: must be true or false")
    try:
        return parse_controls(said.get("control", []), "control", vocabulary(mcc_groups())), is_single_use
    except ControlError as error:
        raise ConfigurationError(f"{file}: {error}") from None


async def _controls_put(
    settings: "Settings", card_id: int, scope: str, controls: "tuple[Control, ...]", is_single_use: bool, mandate: "Mandate"
) -> int:
    """Controls and the limit of a single use, in one transaction."""
    import orjson

    from authorizer.limits import LIFETIME, SINGLE_USE, Limit

    async with desk.books(settings) as books, books.transaction():
        subject = await subject_of(books, card_id, scope)
        listed = orjson.dumps([control.document() for control in controls]).decode()
        version = await put_version(books, "control", subject, listed, mandate)
        limits = await limits_of(books, subject)
        once = Limit(SINGLE_USE, LIFETIME, max_count=1).document() if is_single_use else None
        if limits.get(SINGLE_USE) != once:
            limits.pop(SINGLE_USE, None)
            if once is not None:
                limits[SINGLE_USE] = once
            await put_version(books, "limit", subject, orjson.dumps(list(limits.values())).decode(), mandate)
    return version


def _set_limit(
    card: CardId,
    name: Annotated[str, typer.Argument(help="What it is called: a limit of that name is replaced.")],
    reason: Reason,
    window: Annotated[str, typer.Option(help="payment, day, week, month, lifetime, or a span from 10s to 31d.")] = "day",
    amount: Annotated[str | None, typer.Option(help="At most so much, in major units.")] = None,
    currency: Annotated[str | None, typer.Option(help="Of the amount; the account's if not given.")] = None,
    count: Annotated[int | None, typer.Option(min=0, help="At most so often.")] = None,
    zone: Annotated[str, typer.Option(help="Where days, weeks and months begin, e.g. Europe/Rome.")] = "UTC",
    where: Annotated[
        list[str] | None,
        typer.Option(help="Only for such payments, e.g. channel=atm or mcc=5411,5412; several must all be so. " + _WHERE),
    ] = None,
    is_removed: Annotated[bool, typer.Option("--remove", help="Lift the limit of that name.")] = False,
    scope: ScopeName = "card",
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Limit what is spent in a window by amount, count or both."""
    from ledger.accounts import Mandate

    said: dict[str, Any] = {"name": name, "window": window, "zone": zone}
    if count is not None:
        said["count"] = count
    if where:
        said["where"] = _kind(where)
    settings = desk.reached(config, data_dir)
    wanted = None if is_removed else (said, amount, currency)
    version = desk.carried_out(_limit_put(settings, card, scope, name, wanted, Mandate(actor, reason)))
    if version is None:
        return 1
    desk.console().print(f"limit {name} {'lifted' if is_removed else 'set'}, version {version}")
    return 0


def _kind(where: list[str]) -> dict[str, list[str]]:
    """`channel=atm` and the like, as a limit says it. What the words mean is checked with the limit."""
    from cardline.errors import ConfigurationError

    kind: dict[str, list[str]] = {}
    for text in where:
        name, separator, values = text.partition("=")
        if not separator or name in kind:
            raise ConfigurationError(f"--where {text}: must be FEATURE=VALUE[,VALUE...], each feature once")
        kind[name] = [value.strip() for value in values.split(",")]
    return kind


async def _limit_put(
    settings: "Settings",
    card_id: int,
    scope: str,
    name: str,
    wanted: tuple[dict[str, Any], str | None, str | None] | None,
    mandate: "Mandate",
) -> int:
    import orjson

    from authorizer.controls import ControlError
    from authorizer.limits import MAX_LIMITS, parse_limit, parse_limits, refuse_reserved
    from cardline.errors import ConfigurationError
    from cardline.policies import mcc_groups, vocabulary
    from ledger.issuing import view_card
    from ledger.money import ASSETS

    async with desk.books(settings) as books, books.transaction():
        subject = await subject_of(books, card_id, scope)
        limits = await limits_of(books, subject)
        if wanted is None:
            if limits.pop(name, None) is None:
                raise desk.Refusal(f"there is no limit {name!r} of {subject.scope} {subject.name}")
        else:
            asset = ASSETS[(await view_card(books, card_id)).asset]
            try:
                refuse_reserved(name, "limit")
                said = wanted[0] | _amount(asset, wanted[1], wanted[2], of_program=scope == "program")
                groups = mcc_groups()
                limits[name] = parse_limit(said, f"limit {name}", vocabulary(groups), groups).document()
                parse_limits(list(limits.values()), f"limits of {subject.scope} {subject.name} (at most {MAX_LIMITS})")
            except ControlError as error:
                raise ConfigurationError(str(error)) from None
        return await put_version(books, "limit", subject, orjson.dumps(list(limits.values())).decode(), mandate)


def _amount(asset: "Asset", amount: str | None, currency: str | None, *, of_program: bool) -> dict[str, Any]:
    """An amount is in the account's currency; only a program, whose accounts have several, may say another."""
    from cardline.errors import ConfigurationError
    from ledger.money import ASSETS

    if amount is None:
        return {}
    meant = ASSETS.get((currency or asset.code).upper())
    if meant is None:
        raise ConfigurationError(f"--currency {currency}: no currency that we keep")
    if meant.code != asset.code and not of_program:
        raise ConfigurationError(f"--currency {currency}: the account is in {asset.code}")
    try:
        minor = meant.parse(amount)
    except ValueError as error:
        raise ConfigurationError(f"--amount: {error}") from None
    if minor < 0:
        raise ConfigurationError(f"--amount: {amount} is below 0; 0 lets nothing be spent, --remove lifts the limit")
    return {"amount": minor, "currency": meant.code}
