"""Which kept files wait to be posted. I/O only, and light: the switch asks it when it starts."""

from datetime import datetime

import asyncpg

from clearing.statements import statement


async def files_to_post(connection: asyncpg.Connection | asyncpg.Pool, before: datetime) -> list[str]:
    """Kept before then and not posted to their end, oldest first."""
    return [row["file_id"] for row in await connection.fetch(statement("files_to_post"), before)]
