"""Customer accounts as people handle them: opened, frozen, unfrozen, closed, shown.

Every change is audited with actor and reason in its own transaction, and bumps the account's `facts_version` there (the
triggers of the schema do), so it binds the next decision whatever a cache holds. Money moves through the journal only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.money import ASSETS, Asset
from ledger.statements import statement


@dataclass(frozen=True, slots=True)
class NotDone:
    """A change that the account's or card's state forbids; `reason` is for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who does it and why, for the record."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class NewAccount:
    """`floor_minor`: minus the credit limit, 0 for debit and prepaid. `program`: whose controls and limits it shares."""

    account_id: int
    asset: Asset
    name: str
    product: str = "debit"
    floor_minor: int = 0
    program: str | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """Minor units. `available` None: nothing stops it from going below."""

    account_id: int
    code: str
    name: str
    product: str
    program: str | None
    asset: str
    status: str
    posted: int
    holds: int
    available: int | None
    floor: int | None
    facts_version: int
    opened_at: datetime
    cards: tuple[tuple[int, str, str], ...]
    """Card id, masked number, status; the newest last."""


_CHANGES = {"frozen": ("open",), "open": ("frozen",), "closed": ("open", "frozen")}
"""The new status by the statuses that it may follow."""
_WORDS = {"frozen": "account_frozen", "open": "account_unfrozen", "closed": "account_closed"}


async def open_account(connection: Any, account: NewAccount, mandate: Mandate) -> None:
    """One account with nothing on it."""
    async with connection.transaction():
        await connection.execute(
            "insert into ledger.account (account_id, code, name, kind, normal_side, asset, product, program) "
            "values ($1, $2, $3, 'customer', 'credit', $4, $5, $6)",
            account.account_id, f"customer.{account.account_id}", account.name, account.asset.code, account.product,
            account.program,
        )  # fmt: skip
        await connection.execute(
            "insert into ledger.balance (account_id, floor, is_controlled) values ($1, $2, $3)",
            account.account_id,
            account.floor_minor,
            account.program is not None,
        )
        detail = f"{account.product} in {account.asset.code}, floor {account.floor_minor}, program {account.program or 'none'}"
        await audit(connection, "account_opened", f"account {account.account_id}", mandate, detail)


async def set_account_status(connection: Any, account_id: int, status: str, mandate: Mandate) -> NotDone | None:
    """Freeze (`frozen`), unfreeze (`open`) or close (`closed`). Closing wants an account with nothing on it.

    Raises LookupError for an unknown account.
    """
    async with connection.transaction():
        balance = await lock(connection, account_id)
        now = await connection.fetchval("select status from ledger.account where account_id = $1", account_id)
        if now not in _CHANGES[status]:
            return NotDone(f"account {account_id} is {now}")
        if status == "closed" and (balance["posted"] or balance["holds"]):
            return NotDone(_still_has(account_id, ASSETS[balance["asset"]], balance["posted"], balance["holds"]))
        await connection.execute("update ledger.account set status = $2 where account_id = $1", account_id, status)
        await audit(connection, _WORDS[status], f"account {account_id}", mandate, f"was {now}")
    return None


def _still_has(account_id: int, asset: Asset, posted: int, holds: int) -> str:
    said = [f"{asset.format(posted)} posted"] if posted else []
    said += [f"{asset.format(holds)} held"] if holds else []
    advice = ["withdraw what is posted"] if posted > 0 else ["fund what is owed"] if posted else []
    advice += ["let the holds be presented, reversed or expire"] if holds else []
    return f"account {account_id} still has {' and '.join(said)}: {', and '.join(advice)}"


async def lock(connection: Any, account_id: int) -> Any:
    """The balance's row, locked first by everybody who changes what a decision depends on. Raises LookupError."""
    row = await connection.fetchrow(
        "select posted, holds, a.asset from ledger.balance b join ledger.account a using (account_id) "
        "where account_id = $1 and a.kind = 'customer' for no key update of b",
        account_id,
    )
    if row is None:
        raise LookupError(f"there is no customer account {account_id}")
    return row


async def audit(connection: Any, action: str, subject: str, mandate: Mandate, detail: str) -> None:
    await connection.execute(
        "select ledger.record_audit($1, $2, $3, $4, $5)", mandate.actor, action, subject, mandate.reason, detail
    )


async def view_account(connection: Any, account_id: int) -> AccountView:
    """Raises LookupError for an unknown account."""
    row = await connection.fetchrow(statement("account_view"), account_id)
    if row is None:
        raise LookupError(f"there is no customer account {account_id}")
    cards = await connection.fetch(
        "select card_id, pan_masked, status from ledger.card where account_id = $1 order by issued_at, card_id", account_id
    )
    return AccountView(**dict(row), cards=tuple(tuple(card) for card in cards))
