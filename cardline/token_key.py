"""Whoever makes tokens, or reads them, proves first that the token key is this database's: with another every card is unknown."""

import asyncpg

from authorizer.tokens import Tokenizer
from cardline.errors import ConfigurationError
from cardline.settings import Settings
from ledger.connection import CONNECTION_LOST
from ledger.errors import Unavailable
from ledger.key_check import record_token_key

_TIMEOUT_SECONDS = 10.0
_SETTINGS = {"application_name": "cardline token key", "role": "cardline_writer", "timezone": "UTC", "lock_timeout": "4s"}
OTHER_KEY = "token_key: is not the key of this database (set CARDLINE_TOKEN_KEY to the one under which its cards were issued)"


async def prove_token_key(settings: Settings) -> None:
    """Records it where none is. Raises ConfigurationError where it is another, Unavailable where Postgres cannot be asked.

    A schema that is not there, or too old, is told by whoever uses it.
    """
    tokenizer = Tokenizer(settings.token_key)
    try:
        connection = await asyncpg.connect(settings.postgres_dsn, timeout=_TIMEOUT_SECONDS, server_settings=_SETTINGS)
        try:
            is_ours = await record_token_key(connection, tokenizer.check_value, tokenizer.makes)
        finally:
            await connection.close(timeout=_TIMEOUT_SECONDS)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return
    except (*CONNECTION_LOST, TimeoutError) as error:
        raise Unavailable(f"Postgres cannot be reached: {type(error).__name__}") from error
    if not is_ours:
        raise ConfigurationError(OTHER_KEY)
