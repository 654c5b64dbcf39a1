"""PIN keys of the links as the networks sent them, enciphered: what a restarted process begins with."""

from typing import Any

from ledger.statements import statement


async def working_keys(pool: Any) -> dict[str, str]:
    """DE 48 SE 11 by link."""
    return {row["link"]: row["key_exchange"] for row in await pool.fetch(statement("working_keys"))}


async def keep_working_key(pool: Any, link: str, key_exchange: str) -> None:
    await pool.execute(statement("keep_working_key"), link, key_exchange)
