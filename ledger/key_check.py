"""Whether a token key is the one that made this database's tokens: its check value is recorded once and compared ever after.

The key itself never comes here, and a check value says nothing of it. The token key is not rotated: all cards hang on it.
"""

from collections.abc import Callable
from typing import Any

from ledger.statements import statement

LOCK = 0x63617264_6B657973
Makes = Callable[[bytes, str], bool]
"""Whether the key makes this token of some number that is masked so."""


async def is_token_key(connection: Any, check_value: bytes, makes: Makes) -> bool:
    """Compares only. Where nothing is recorded yet, a card that is there proves it; without any card every key is right."""
    row = await connection.fetchrow(statement("key_check"))
    if not row["has_cards"] or row["check_value"] == check_value:
        return True
    return row["check_value"] is None and await _is_proved(connection, makes)


async def record_token_key(connection: Any, check_value: bytes, makes: Makes) -> bool:
    """The same, and what is right is recorded. Two that come at once are asked one after the other."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        if not await is_token_key(connection, check_value, makes):
            return False
        if (await connection.fetchrow(statement("key_check")))["check_value"] != check_value:
            await connection.execute("insert into ledger.key_check (check_value) values ($1)", check_value)
        return True


async def _is_proved(connection: Any, makes: Makes) -> bool:
    """Databases older than the record: the wrong key must not be recorded there, or the right one would be refused."""
    card = await connection.fetchrow(statement("provable_card"))
    return card is None or makes(card["pan_token"], card["pan_masked"])
