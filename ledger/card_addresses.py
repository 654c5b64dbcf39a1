"""The address that a card's holder has on file, for AVS. Personal data: never logged, never cached."""

from typing import Any

from ledger.statements import statement


async def address_on_file(pool: Any, card_id: int) -> tuple[str, str] | None:
    """Street address in one line, and postcode."""
    row = await pool.fetchrow(statement("card_address"), card_id)
    return (row["address"], row["postcode"]) if row is not None else None


async def set_address(connection: Any, card_id: int, *, address: str, postcode: str, actor: str, reason: str) -> None:
    """The record says that it changed, not to what. Raises LookupError for an unknown card."""
    async with connection.transaction():
        if await connection.fetchval("select 1 from ledger.card where card_id = $1", card_id) is None:
            raise LookupError(f"there is no card {card_id}")
        await connection.execute(statement("set_card_address"), card_id, address, postcode)
        subject = f"card {card_id}"
        await connection.execute("select ledger.record_audit($1, 'card_address', $2, $3, 'changed')", actor, subject, reason)
