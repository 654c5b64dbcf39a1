"""`cardline card set-limits FILE`: all limits of a card, its account or its program at once, from TOML.

Every mistake is named by its file and key. A single limit by options: `control_commands`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardline import desk
from cardline.desk import ACTOR, DATA_DIR, Actor, CardId, Config, DataDir, Reason, ScopeName
from cardline.people.spend_subjects import limits_of, put_version, subject_of

if TYPE_CHECKING:
    from authorizer.limits import Limit
    from cardline.settings import Settings
    from ledger.accounts import Mandate
    from ledger.money import Asset


def register(card_app: typer.Typer) -> None:
    card_app.command("set-limits")(_set_limits)


def _set_limits(
    card: CardId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="TOML: a [[limit]] for each.")],
    reason: Reason,
    scope: ScopeName = "card",
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Put these limits in the place of those before; that of a single use stays. An empty file lifts them all."""
    from ledger.accounts import Mandate

    said = read_limits(file)
    settings = desk.reached(config, data_dir)
    version = desk.carried_out(_put(settings, card, scope, file, said, Mandate(actor, reason)))
    if version is None:
        return 1
    desk.console().print(f"{len(said)} limits, version {version}")
    return 0


def read_limits(file: Path) -> list[Mapping[str, Any]]:
    """Raises ConfigurationError with file and key."""
    from cardline.errors import ConfigurationError

    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{file}: {error}") from None
    if unknown := sorted(said.keys() - {"limit"}):
        raise ConfigurationError(f"{file}: {unknown[0]}: is not a key of this file")
    listed = said.get("limit", [])
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise ConfigurationError(f"{file}: limit: must be a list of tables")
    return listed


async def _put(
    settings: "Settings", card_id: int, scope: str, file: Path, said: list[Mapping[str, Any]], mandate: "Mandate"
) -> int:
    import orjson

    from authorizer.limits import SINGLE_USE
    from ledger.issuing import view_card
    from ledger.money import ASSETS

    async with desk.books(settings) as books, books.transaction():
        subject = await subject_of(books, card_id, scope)
        asset = ASSETS[(await view_card(books, card_id)).asset]
        limits = {limit.name: limit.document() for limit in limits_in(said, file, asset, of_program=scope == "program")}
        before = await limits_of(books, subject)
        if SINGLE_USE in before:
            limits.setdefault(SINGLE_USE, dict(before[SINGLE_USE]))
        return await put_version(books, "limit", subject, orjson.dumps(list(limits.values())).decode(), mandate)


def limits_in(said: list[Mapping[str, Any]], file: Path, asset: "Asset", *, of_program: bool) -> "tuple[Limit, ...]":
    """Raises ConfigurationError with file and key."""
    from authorizer.controls import ControlError
    from authorizer.limits import parse_limits, refuse_reserved
    from cardline.errors import ConfigurationError
    from cardline.policies import mcc_groups, vocabulary

    groups = mcc_groups()
    try:
        wanted = [_in_minor(one, f"limit[{number}]", asset, of_program=of_program) for number, one in enumerate(said)]
        limits = parse_limits(wanted, "limit", vocabulary(groups), groups)
        for number, limit in enumerate(limits):
            refuse_reserved(limit.name, f"limit[{number}].name")
    except ControlError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    return limits


def _in_minor(said: Mapping[str, Any], key: str, asset: "Asset", *, of_program: bool) -> dict[str, Any]:
    """Amounts stand in major units, as text; in the account's currency, unless a program says another."""
    from authorizer.controls import ControlError
    from ledger.money import ASSETS

    if "amount" not in said:
        return dict(said)
    meant = ASSETS.get(str(said.get("currency", asset.code)))
    if meant is None:
        raise ControlError(f"{key}.currency", f"{said['currency']!r} is no currency that we keep")
    if meant.code != asset.code and not of_program:
        raise ControlError(f"{key}.currency", f"{meant.code}, but the account is in {asset.code}")
    if not isinstance(said["amount"], str):
        raise ControlError(f"{key}.amount", 'must be text, such as "250.00": money knows no float')
    try:
        return {**said, "amount": meant.parse(said["amount"]), "currency": meant.code}
    except ValueError as error:
        raise ControlError(f"{key}.amount", str(error)) from None
