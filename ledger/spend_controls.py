"""Controls and limits as the ledger keeps them: one document per scope and version, and what was spent of the limits.

The documents are JSON of the authorizer's making (`authorizer/controls.py`, `limits.py`); here they are text. A new version
is audited and makes every decision made before stale, in its own transaction (the triggers of migration 0009).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ledger.accounts import Mandate, audit, lock
from ledger.statements import statement

Kind = Literal["control", "limit"]
_NEWEST: Mapping[Kind, str] = {
    "control": "select version, document from ledger.control where scope = $1 and subject = $2 order by version desc limit 1",
    "limit": "select version, document from ledger.spend_limit where scope = $1 and subject = $2 order by version desc limit 1",
}
_ADD: Mapping[Kind, str] = {
    "control": "insert into ledger.control (scope, subject, version, document, actor, reason) values ($1, $2, $3, $4, $5, $6)",
    "limit": "insert into ledger.spend_limit (scope, subject, version, document, actor, reason) values ($1, $2, $3, $4, $5, $6)",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a document speaks of: a card's lineage, an account's id or a program's name. `account_id` is locked meanwhile."""

    scope: str
    name: str
    account_id: int


@dataclass(frozen=True, slots=True)
class Said:
    """The newest document of a scope that concerns a card. `is_own`: not only another card's of the same account."""

    card_id: int
    kind: Kind
    scope: str
    is_own: bool
    version: int
    document: str


@dataclass(frozen=True, slots=True)
class SaidThen:
    """One version of a document, and since when it stood."""

    card_id: int
    kind: Kind
    scope: str
    version: int
    document: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class SpentRow:
    """An authorization that counts; `authorization_id` 0 and `at` None: all those before, of one card."""

    account_id: int
    authorization_id: int
    card: int
    at: datetime | None
    amount: int
    counted: int
    request: str | None = None
    """What is stored of the request or advice, as JSON; None for a sum."""


async def newest(connection: Any, kind: Kind, subject: Subject) -> tuple[int, str] | None:
    row = await connection.fetchrow(_NEWEST[kind], subject.scope, subject.name)
    return None if row is None else (row["version"], row["document"])


async def put(connection: Any, kind: Kind, subject: Subject, document: str, mandate: Mandate, *, after: int) -> int | None:
    """A new version after the one that was read (0: none). None where somebody else has been quicker; read again then."""
    async with connection.transaction():
        await lock(connection, subject.account_id)
        if subject.scope == "program":
            await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"cardline.program.{subject.name}")
        known = await newest(connection, kind, subject)
        if (known[0] if known else 0) != after:
            return None
        version = after + 1
        await connection.execute(_ADD[kind], subject.scope, subject.name, version, document, mandate.actor, mandate.reason)
        await audit(connection, f"{kind}s_set", f"{subject.scope} {subject.name}", mandate, f"version {version}: {document}")
    return version


async def spoken_for(connection: Any, card_ids: Sequence[int]) -> list[Said]:
    """Everything that concerns these cards."""
    return [Said(**dict(row)) for row in await connection.fetch(statement("spoken_for"), list(card_ids))]


async def spoken_before(connection: Any, card_ids: Sequence[int]) -> list[SaidThen]:
    """Every version that ever concerned these cards themselves, oldest first."""
    return [SaidThen(**dict(row)) for row in await connection.fetch(statement("spoken_before"), list(card_ids))]


async def spent(connection: Any, since: Mapping[int, datetime], *, also_before: Sequence[int] = ()) -> list[SpentRow]:
    """What the limits of these accounts have to count, from a time of each on; of some accounts also all before, as sums."""
    accounts, times = list(since), list(since.values())
    rows = [SpentRow(*row) for row in await connection.fetch(statement("spent"), accounts, times)]
    if also_before:
        earlier = await connection.fetch(statement("spent_before"), list(also_before), [since[one] for one in also_before])
        rows += [SpentRow(row["account_id"], 0, row["card"], None, row["amount"], row["counted"]) for row in earlier]
    return rows
