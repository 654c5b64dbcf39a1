"""`cardline card ...`: issue, activate, block, unblock, replace and show cards, and set their PIN.

Imports wait until a command runs, so that --help is quick. What may be done is decided in `ledger.issuing`. A number is
printed once, when its card is made; afterwards only its token is known here. `card_view_commands` has what is shown.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cardline import desk
from cardline.desk import ACTOR, DATA_DIR, AccountId, Actor, AsJson, CardId, Config, DataDir, Reason
from cardline.people import card_network, card_view, controls
from cardline.people.card_network import say_untold

if TYPE_CHECKING:
    from authorizer.pan import Pan
    from cardline.settings import Settings
    from ledger.accounts import Mandate
    from ledger.issuing import Plastic

card_app = typer.Typer(name="card", help="Issue, block, replace and control cards.", no_args_is_help=True)
card_view.register(card_app)
controls.register(card_app)
card_network.register(card_app)
Expiry = Annotated[str | None, typer.Option("--expiry", help="YYMM; three years from now if not given.")]
Psn = Annotated[str, typer.Option("--psn", help="Card sequence number, two digits.")]


@card_app.command("issue")
def _issue(
    account: AccountId,
    reason: Reason,
    expiry: Expiry = None,
    psn: Psn = "00",
    is_active: Annotated[bool, typer.Option("--active", help="Usable at once, without activation.")] = False,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """A new card on an account. Its number is shown now and never again."""
    from ledger.accounts import Mandate

    settings = _with_keys(config, data_dir)
    good_through, status = _expiry(expiry), "active" if is_active else "inactive"
    made = desk.carried_out(_issued(settings, account, good_through, _psn(psn), status, Mandate(actor, reason)))
    return _show_new(settings, made, as_json=as_json)


async def _issued(
    settings: "Settings", account_id: int, expiry: str, psn: str, status: str, mandate: "Mandate"
) -> "tuple[Pan, Plastic]":
    from ledger.issuing import issue_card

    async with desk.journal(settings) as journal, desk.books(settings) as books:
        pan, plastic = await _new_plastic(settings, books, await journal.reserve_ids(1), expiry, psn, status)
        desk.required(await issue_card(books, account_id, plastic, mandate))
    return pan, plastic


@card_app.command("replace")
def _replace(
    card: CardId,
    reason: Reason,
    expiry: Expiry = None,
    psn: Psn = "00",
    is_active: Annotated[bool, typer.Option("--active", help="Usable at once, without activation.")] = False,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """A new number and expiry; controls, limits and what was spent of them go with it; the old card is closed."""
    from ledger.accounts import Mandate

    settings = _with_keys(config, data_dir)
    good_through, status = _expiry(expiry), "active" if is_active else "inactive"
    made = desk.carried_out(_replaced(settings, card, good_through, _psn(psn), status, Mandate(actor, reason)))
    return _show_new(settings, made, as_json=as_json)


async def _replaced(
    settings: "Settings", card_id: int, expiry: str, psn: str, status: str, mandate: "Mandate"
) -> "tuple[Pan, Plastic]":
    from cardline.running.kept_numbers import told_links
    from ledger.issuing import replace_card

    async with desk.journal(settings) as journal, desk.books(settings) as books:
        pan, plastic = await _new_plastic(settings, books, await journal.reserve_ids(1), expiry, psn, status)
        links = told_links(settings)
        desk.required(await replace_card(books, card_id, plastic, mandate, links=links))
        if links:
            await say_untold(books, card_id)
    return pan, plastic


async def _new_plastic(
    settings: "Settings", books: object, ids: range, expiry: str, psn: str, status: str
) -> "tuple[Pan, Plastic]":
    from authorizer.tokens import Tokenizer
    from cardline.network.seed import fresh_pans
    from cardline.running.kept_numbers import sealed_number
    from ledger.issuing import Plastic

    ((token, pan),) = await fresh_pans(books, Tokenizer(settings.token_key), 1, settings.card_range)
    return pan, Plastic(ids[0], token, pan.masked, expiry, psn, status, sealed_number(settings, pan, ids[0]))


def _show_new(settings: "Settings", made: "tuple[Pan, Plastic] | None", *, as_json: bool) -> int:
    if made is None:
        return 1
    from authorizer.hsm import SoftwareHsm
    from cardline.card_keys import key_ring
    from cardline.network.seed import CVC2_SERVICE_CODE

    pan, plastic = made
    cvc2 = SoftwareHsm(key_ring(settings)).cvc(pan, plastic.expiry, CVC2_SERVICE_CODE)
    if as_json:
        shown = {"card_id": plastic.card_id, "pan": pan.clear, "expiry": plastic.expiry, "cvc2": cvc2, "psn": plastic.psn}
        desk.print_json(shown | {"status": plastic.status})
    else:
        out = desk.console()
        out.print(f"card {plastic.card_id}, {plastic.status}")
        out.print(f"number {pan.clear} expiry {plastic.expiry} cvc2 {cvc2} psn {plastic.psn}")
    return 0


def _with_keys(config: "Config", data_dir: "DataDir") -> "Settings":
    return desk.reached(config, data_dir, require=("token_key", "keys"))


def _expiry(given: str | None) -> str:
    from cardline.errors import ConfigurationError
    from cardline.network.seed import default_expiry

    today = datetime.now(UTC)
    if given is None:
        return default_expiry(today)
    if len(given) != 4 or not (given.isascii() and given.isdecimal()) or not 1 <= int(given[2:]) <= 12:
        raise ConfigurationError(f"--expiry {given}: must be YYMM")
    if given < f"{today:%y%m}":
        raise ConfigurationError(f"--expiry {given}: is over")
    return given


def _psn(given: str) -> str:
    from cardline.errors import ConfigurationError

    if len(given) != 2 or not (given.isascii() and given.isdecimal()):
        raise ConfigurationError(f"--psn {given}: must be two digits")
    return given


@card_app.command("activate")
def _activate(card: CardId, reason: Reason, actor: Actor = ACTOR, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """An inactive card becomes usable."""
    return _set_status(card, "active", actor, reason, desk.reached(config, data_dir), only_from="inactive")


@card_app.command("block")
def _block(
    card: CardId,
    kind: Annotated[str, typer.Argument(metavar="blocked|lost|stolen", help="blocked for now; lost or stolen for good.")],
    reason: Reason,
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """No further payment. `blocked` can be undone, `lost` and `stolen` cannot."""
    from cardline.errors import ConfigurationError

    if kind not in ("blocked", "lost", "stolen"):
        raise ConfigurationError(f"KIND {kind}: not one of blocked, lost, stolen")
    return _set_status(card, kind, actor, reason, desk.reached(config, data_dir))


@card_app.command("unblock")
def _unblock(card: CardId, reason: Reason, actor: Actor = ACTOR, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """A blocked card is usable again."""
    return _set_status(card, "active", actor, reason, desk.reached(config, data_dir), only_from="blocked")


def _set_status(card_id: int, status: str, actor: str, reason: str, settings: "Settings", *, only_from: str = "") -> int:
    from ledger.accounts import Mandate

    if not desk.carried_out(_status_set(settings, card_id, status, Mandate(actor, reason), only_from)):
        return 1
    desk.console().print(f"card {card_id} is {status}")
    return 0


async def _status_set(settings: "Settings", card_id: int, status: str, mandate: "Mandate", only_from: str) -> bool:
    from cardline.running.kept_numbers import told_links
    from ledger.issuing import change_card_status

    links = told_links(settings)
    async with desk.books(settings) as books:
        desk.required(await change_card_status(books, card_id, status, mandate, only_from=only_from, links=links))
        if links:
            await say_untold(books, card_id)
    return True


@card_app.command("set-pin")
def _set_pin(card: CardId, reason: Reason, actor: Actor = ACTOR, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Reads the card's number and the new PIN from standard input, one a line; nothing of either is shown or stored."""
    from ledger.accounts import Mandate
    from ledger.issuing import set_pvv

    settings = _with_keys(config, data_dir)
    token, pvv = _check_value(settings)
    mandate = Mandate(actor, reason)
    if not desk.carried_out(desk.changed(settings, lambda books: set_pvv(books, card, token, pvv, mandate))):
        return 1
    desk.console().print(f"the PIN of card {card} is set")
    return 0


def _check_value(settings: "Settings") -> tuple[bytes, str]:
    """The token of the number and the PVV of the PIN. The faults never repeat what was typed."""
    from authorizer.hsm import SoftwareHsm
    from authorizer.pan import Pan
    from authorizer.tokens import Tokenizer
    from cardline.card_keys import key_ring
    from cardline.errors import ConfigurationError

    number, pin = desk.typed("card number: "), desk.typed("new PIN: ")
    try:
        pan = Pan(number)
    except ValueError as error:
        raise ConfigurationError(f"card number: {error}") from None
    if not 4 <= len(pin) <= 12 or not (pin.isascii() and pin.isdecimal()):
        raise ConfigurationError("PIN: must be 4 to 12 digits")
    return Tokenizer(settings.token_key).token(pan), SoftwareHsm(key_ring(settings)).pvv(pan, pin)
