"""What the networks' stand-in has to be told of our cards: an outbox row per change and link, kept until it is answered.

Rows are written in the transaction of the change. A process claims a row for a while before it sends, so that each is
sent by one; how the network's answer is understood is the switch's affair. Numbers come in sealed and leave sealed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.accounts import Mandate, NotDone, audit, lock
from ledger.statements import statement

UPDATES_SHOWN = 10
NUMBER_NOT_KEPT = "number_not_kept"
"""The result of an update that could not be made."""
LISTED = ("blocked", "lost", "stolen", "closed")
"""Card states that the stand-in has to know of; in any other a card is not listed."""


@dataclass(frozen=True, slots=True)
class ClaimedUpdate:
    """A row that is this process's until its claim is over. `update_code`: DE 91; `attempts` counts this one."""

    update_id: int
    claim: int
    card_id: int
    link: str
    listing: str
    update_code: str
    attempts: int
    expiry: str
    sealed_number: bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of an attempt. `state` pending: again in `wait_seconds`; `was_sent` False gives the attempt back."""

    state: str
    update_code: str
    result: str
    wait_seconds: float = 0.0
    was_sent: bool = True


@dataclass(frozen=True, slots=True)
class FileUpdateView:
    update_id: int
    link: str
    listing: str
    update_code: str
    state: str
    attempts: int
    result: str | None
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileUpdateCounts:
    """`failed`: those after which nothing else was said of the card. `oldest_seconds`: of the longest pending one."""

    pending: int
    failed: int
    oldest_seconds: float


async def put_update(connection: Any, card_id: int, listing: str, links: Sequence[str], mandate: Mandate) -> None:
    """Inside the caller's transaction, which holds the account's lock: rows of one card stand in the order of its changes."""
    if links:
        await connection.execute(statement("put_file_update"), card_id, listing, list(links), mandate.actor, mandate.reason)


async def tell_network(
    connection: Any, card_id: int, links: Sequence[str], mandate: Mandate, *, number: tuple[bytes, bytes] | None = None
) -> NotDone | None:
    """Say again what the card's state is. `number`: its token and sealed form, where none is kept yet.

    Raises LookupError for an unknown card.
    """
    async with connection.transaction():
        account_id = await connection.fetchval("select account_id from ledger.card where card_id = $1", card_id)
        if account_id is None:
            raise LookupError(f"there is no card {card_id}")
        await lock(connection, account_id)
        card = await connection.fetchrow("select status, pan_token from ledger.card where card_id = $1", card_id)
        if number is not None:
            token, sealed = number
            if card["pan_token"] != token:
                return NotDone(f"the number given is not that of card {card_id}")
            await keep_number(connection, card_id, sealed)
        elif await kept_number(connection, card_id) is None:
            return NotDone(f"the number of card {card_id} is not kept: give it on standard input")
        listing = card["status"] if card["status"] in LISTED else "unlisted"
        await put_update(connection, card_id, listing, links, mandate)
        await audit(connection, "network_told", f"card {card_id}", mandate, f"{listing}, by {', '.join(links)}")
    return None


async def keep_number(connection: Any, card_id: int, sealed: bytes) -> None:
    """Once per card; sealed anew it takes the place of what is there, which may be under an older key."""
    await connection.execute(
        "insert into ledger.card_number (card_id, sealed) values ($1, $2) "
        "on conflict (card_id) do update set sealed = excluded.sealed, kept_at = clock_timestamp()",
        card_id, sealed,
    )  # fmt: skip


async def kept_number(connection: Any, card_id: int) -> bytes | None:
    """As it is sealed."""
    sealed: bytes | None = await connection.fetchval("select sealed from ledger.card_number where card_id = $1", card_id)
    return sealed


async def claim_updates(pool: Any, links: Sequence[str], *, most: int, seconds: float) -> list[ClaimedUpdate]:
    """Rows of these links that are due, each the only one of its card and link; nobody else gets them for so long."""
    return [ClaimedUpdate(*row) for row in await pool.fetch(statement("claim_file_updates"), list(links), most, seconds)]


async def finish_update(pool: Any, update: ClaimedUpdate, ending: Ending) -> bool:
    """False where the claim was over and the row is another process's now: its ending counts."""
    done: str = await pool.execute(
        statement("finish_file_update"), update.update_id, update.claim, ending.state, ending.update_code, ending.result,
        ending.wait_seconds, 0 if ending.was_sent else 1,
    )  # fmt: skip
    return done == "UPDATE 1"


async def updates_of_card(connection: Any, card_id: int) -> list[FileUpdateView]:
    """The last few, newest first."""
    return [
        FileUpdateView(**dict(row)) for row in await connection.fetch(statement("file_updates_of_card"), card_id, UPDATES_SHOWN)
    ]


async def count_updates(pool: Any) -> FileUpdateCounts:
    return FileUpdateCounts(**dict(await pool.fetchrow(statement("file_update_counts"))))
