"""`cardline account ...`: open, fund, withdraw, freeze, unfreeze, close and show a customer's account.

Imports wait until a command runs, so that --help is quick. What may be done is decided in `ledger.accounts` and, for
money, in the journal.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

import typer

from cardline import desk
from cardline.desk import ACTOR, DATA_DIR, AccountId, Actor, AsJson, Config, DataDir, Reason
from cardline.people.card_view import print_acts

if TYPE_CHECKING:
    from cardline.settings import Settings
    from ledger.accounts import AccountView, Mandate
    from ledger.acts import Act
    from ledger.money import Asset

account_app = typer.Typer(name="account", help="Open, fund, freeze and close customers' accounts.", no_args_is_help=True)
Amount = Annotated[str, typer.Argument(help="In major units: 12.34")]
Key = Annotated[str | None, typer.Option("--key", help="The same key moves the money once, however often it is said.")]


@account_app.command("open")
def _open(
    reason: Reason,
    currency: Annotated[str, typer.Option(help="Three letters.")] = "EUR",
    product: Annotated[str, typer.Option(help="debit, prepaid or credit.")] = "debit",
    credit_limit: Annotated[str, typer.Option(help="May be spent beyond the funds; credit only.")] = "0",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    program: Annotated[str | None, typer.Option(help="Whose controls and limits it shares.")] = None,
    actor: Actor = ACTOR,
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Open an account with nothing on it; prints its id."""
    from ledger.accounts import Mandate

    asset, floor = _opening(currency, product, credit_limit)
    settings = desk.reached(config, data_dir)
    account_id = desk.carried_out(_opened(settings, asset, product, floor, name, program or None, Mandate(actor, reason)))
    if account_id is None:
        return 1
    if as_json:
        desk.print_json({"account_id": account_id})
    else:
        desk.console().print(f"opened account {account_id}")
    return 0


def _opening(currency: str, product: str, credit_limit: str) -> "tuple[Asset, int]":
    """The asset and the floor. Raises ConfigurationError with every mistake."""
    from cardline.errors import ConfigurationError
    from ledger.chart import PRODUCTS
    from ledger.money import ASSETS

    asset = ASSETS.get(currency.upper())
    mistakes = [] if product in PRODUCTS else [f"--product {product}: not one of {', '.join(PRODUCTS)}"]
    if asset is None or asset.numeric is None:
        raise ConfigurationError(f"--currency {currency}: no currency that a card can be billed in", *mistakes)
    try:
        limit = asset.parse(credit_limit)
    except ValueError as error:
        raise ConfigurationError(f"--credit-limit: {error}", *mistakes) from None
    if limit < 0 or (limit and product != "credit"):
        mistakes.append("--credit-limit: only a credit account has one, and it is not negative")
    if mistakes:
        raise ConfigurationError(*mistakes)
    return asset, -limit


async def _opened(
    settings: "Settings", asset: "Asset", product: str, floor: int, name: str, program: str | None, mandate: "Mandate"
) -> int:
    from ledger.accounts import NewAccount, open_account

    async with desk.journal(settings) as journal, desk.books(settings) as books:
        (account_id,) = await journal.reserve_ids(1)
        new = NewAccount(account_id, asset, name or f"Customer {account_id}", product, floor, program)
        await open_account(books, new, mandate)
    return account_id


@account_app.command("fund")
def _fund(
    account: AccountId,
    amount: Amount,
    reason: Reason,
    key: Key = None,
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Money has come to the bank for this account."""
    return _move("fund", account, amount, key, actor, reason, desk.reached(config, data_dir))


@account_app.command("withdraw")
def _withdraw(
    account: AccountId,
    amount: Amount,
    reason: Reason,
    key: Key = None,
    actor: Actor = ACTOR,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,
) -> int:
    """Money leaves by the bank; exit code 1 when it is not there."""
    return _move("withdraw", account, amount, key, actor, reason, desk.reached(config, data_dir))


def _move(what: str, account_id: int, amount: str, key: str | None, actor: str, reason: str, settings: "Settings") -> int:
    from ledger.accounts import Mandate

    done = desk.carried_out(_moved(settings, what, account_id, amount, key, Mandate(actor, reason)))
    if done is None:
        return 1
    desk.console().print(done)
    return 0


async def _moved(settings: "Settings", what: str, account_id: int, amount: str, key: str | None, mandate: "Mandate") -> str:
    """Booked first, audited when it stands: the journal itself names the actor, so nothing is moved without a name."""
    import secrets

    from cardline.errors import ConfigurationError
    from ledger.accounts import audit, view_account
    from ledger.acts import moved_under_key
    from ledger.commands import RepeatKey
    from ledger.money import ASSETS
    from ledger.recipes.entry import book_of
    from ledger.recipes.funding import fund, withdraw
    from ledger.verdicts import Verdict

    async with desk.journal(settings) as journal, desk.books(settings) as books:
        asset = ASSETS[(await view_account(books, account_id)).asset]
        try:
            minor = asset.parse(amount)
        except ValueError as error:
            raise ConfigurationError(f"AMOUNT: {error}") from None
        if minor <= 0:
            raise ConfigurationError(f"AMOUNT: {amount} is not above 0")
        now = datetime.now(UTC)
        digest = sha256(f"{what}|{account_id}|{key or secrets.token_hex(16)}".encode()).digest()[:16]
        entry = {"fund": fund, "withdraw": withdraw}[what](account_id, asset.code, minor)
        # A key of yesterday is found again with yesterday's date.
        day = await books.fetchval("select min(key_date) from ledger.outcome where key = $1", digest) or now.date()
        booking = book_of(entry, key=RepeatKey(digest, day), actor=mandate.actor, at=now, value_date=day)
        outcome = await journal.record(booking)
        if outcome.verdict is not Verdict.ACCEPTED:
            moved = await moved_under_key(books, digest, day, account_id)
            raise desk.Refusal(_why_not(what, await view_account(books, account_id), minor, outcome.reason, key, moved))
        if not outcome.is_repeat:
            await audit(
                books, f"account_{what}", f"account {account_id}", mandate, f"journal {outcome.journal_id}, {asset.format(minor)}"
            )
        view = await view_account(books, account_id)
    before = "had moved before: " if outcome.is_repeat else ""
    return f"{before}{what} {asset.format(minor)}, posted is now {asset.format(view.posted)}"


def _why_not(what: str, account: "AccountView", minor: int, reason: str, key: str | None, moved: int | None) -> str:
    """A refusal of the journal in words. `moved`: minor units that the key has moved before."""
    from ledger.money import ASSETS

    money = ASSETS[account.asset].format
    subject = f"account {account.account_id}"
    if reason == "insufficient_funds" and account.available is not None:
        held = f", {money(account.holds)} are held" if account.holds else ""
        return f"{subject} has {money(account.available)} available{held}: {money(minor)} cannot leave it"
    if reason == "duplicate_mismatch":
        before = f"{money(moved)} before" if moved else "another amount before"
        return f"{subject}: the key {key!r} has moved {before}, not {money(minor)}; give every movement a key of its own"
    return f"{subject} cannot {what} {money(minor)}: {reason.replace('_', ' ')}"


@account_app.command("freeze")
def _freeze(account: AccountId, reason: Reason, actor: Actor = ACTOR, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """Nothing is spent from it any more; what is presented still posts."""
    return _set_status(account, "frozen", "frozen", actor, reason, desk.reached(config, data_dir))


@account_app.command("unfreeze")
def _unfreeze(
    account: AccountId, reason: Reason, actor: Actor = ACTOR, data_dir: DataDir = DATA_DIR, config: Config = None
) -> int:
    """Open again."""
    return _set_status(account, "open", "open again", actor, reason, desk.reached(config, data_dir))


@account_app.command("close")
def _close(account: AccountId, reason: Reason, actor: Actor = ACTOR, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """For good; exit code 1 while there is anything posted or held."""
    return _set_status(account, "closed", "closed", actor, reason, desk.reached(config, data_dir))


def _set_status(account_id: int, status: str, word: str, actor: str, reason: str, settings: "Settings") -> int:
    from ledger.accounts import Mandate, set_account_status

    mandate = Mandate(actor, reason)
    if not desk.carried_out(desk.changed(settings, lambda books: set_account_status(books, account_id, status, mandate))):
        return 1
    desk.console().print(f"account {account_id} is {word}")
    return 0


@account_app.command("show")
def _show(account: AccountId, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: Config = None) -> int:
    """State, balances, cards."""
    seen = desk.carried_out(_viewed(desk.reached(config, data_dir), account))
    if seen is None:
        return 1
    view, acts = seen
    if as_json:
        cards = [{"card_id": card_id, "pan": pan, "status": status} for card_id, pan, status in view.cards]
        desk.print_json(desk.as_document(view) | {"cards": cards, "changes": [desk.as_document(act) for act in acts]})
        return 0
    _print(view)
    print_acts(acts)
    return 0


async def _viewed(settings: "Settings", account_id: int) -> "tuple[AccountView, list[Act]]":
    from ledger.accounts import view_account
    from ledger.acts import acts_on

    async with desk.books(settings) as books:
        return await view_account(books, account_id), await acts_on(books, [f"account {account_id}"])


def _print(view: "AccountView") -> None:
    from ledger.money import ASSETS

    money, out = ASSETS[view.asset].format, desk.console()
    out.print(f"account {view.account_id}: {view.name}, {view.product}, {view.status}, opened {view.opened_at:%Y-%m-%d}")
    available = "without a floor" if view.available is None else money(view.available)
    out.print(f"posted {money(view.posted)}, held {money(view.holds)}, available {available}")
    if view.floor:
        out.print(f"credit limit {money(-view.floor)}")
    if view.program:
        out.print(f"program {view.program}")
    for card_id, pan, status in view.cards:
        out.print(f"card {card_id} {pan} {status}")
