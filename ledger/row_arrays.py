"""Teaches a connection to send rows that are already encoded (see `canonical`) as arrays of the schema's row types.

asyncpg encodes an array of records value by value, asking of each whether it is itself an array: a fifth of the
writer's time. Its public `set_type_codec` takes no array types; the call beneath it, which is used here, does.
"""

from collections.abc import Callable
from struct import Struct

import asyncpg

from ledger.canonical import BESIDE, FACTS, Encoded

_HEADER, _EMPTY = Struct("!iIIii").pack, Struct("!iII").pack
_TYPES = """
select t.typname as name, t.oid::bigint as element, t.typarray::bigint as type
  from pg_type t where t.typnamespace = 'ledger'::regnamespace and t.typname = any ($1::text[])
"""


async def install(connection: asyncpg.Connection) -> None:
    """Before any statement with such an array is prepared. Raises KeyError when the schema lacks a row type."""
    names = [row_type.name for row_type in (*FACTS.values(), *BESIDE.values())]
    found = {row["name"]: (row["element"], row["type"]) for row in await connection.fetch(_TYPES, names)}
    settings = connection._protocol.get_settings()
    for name in names:
        element, array = found[name]
        settings.add_python_codec(array, f"_{name}", "ledger", [], "scalar", _encoder(element), _refuse, "binary")


def _encoder(element: int) -> Callable[[Encoded], bytes]:
    def encode(rows: Encoded) -> bytes:
        if not rows.count:
            return _EMPTY(0, 0, element)
        return _HEADER(1, 0, element, rows.count, 1) + rows.payload

    return encode


def _refuse(_: bytes) -> Encoded:
    raise AssertionError("rows are only sent in this form")
