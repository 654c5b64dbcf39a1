"""What is wrong with a command that cannot be stored, told without a word of its content. Pure.

Looked at only when a batch has failed: the payment path pays nothing for it, and a peer's nonsense is picked out of a batch
without a transaction for each.
"""

import types
from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from ledger.card_counters import CardUse, Objection

SMALLEST, LARGEST = -(2**63), 2**63 - 1
DIGEST_BYTES = 16
DIGESTS = frozenset({"digest", "content"})


def flaw_of(command: object) -> str | None:
    """The first field that cannot be stored, and why: `request.details: has a NUL`. None if there is none to be seen."""
    return next(_flaws(command, ""), None)


def told(error: BaseException) -> str:
    """An error for the dead letters: its class, and what Postgres says of where; never its message, which may quote content."""
    kind = type(error)
    name = (
        kind.__qualname__ if kind.__module__ in ("builtins", "asyncpg.exceptions") else f"{kind.__module__}.{kind.__qualname__}"
    )
    where = (getattr(error, said, None) for said in ("sqlstate", "table_name", "column_name", "constraint_name"))
    return " ".join([name, *(str(part) for part in where if part)])


def _flaws(value: object, path: str) -> Iterator[str]:
    kind: Any = type(value)
    for name, expected in _hints(kind).items():
        part = getattr(value, name)
        here = f"{path}.{name}" if path else name
        if not _fits(part, expected):
            yield f"{here}: is {type(part).__name__}"
        elif (flaw := _flaw_of_value(part, name)) is not None:
            yield f"{here}: {flaw}"
        elif isinstance(part, tuple) and get_origin(expected) is tuple:
            for number, each in enumerate(part):
                yield from _flaws(each, f"{here}[{number}]")
        elif is_dataclass(part):
            yield from _flaws(part, here)


def _flaw_of_value(value: object, name: str) -> str | None:
    if isinstance(value, str):
        if "\0" in value:
            return "has a NUL"
        return None if value.isascii() or _is_text(value) else "is not text"
    if isinstance(value, datetime):
        return "has no time zone" if value.tzinfo is None else None
    if isinstance(value, bytes):
        return f"has {len(value)} bytes" if name in DIGESTS and len(value) != DIGEST_BYTES else None
    if isinstance(value, int):
        return None if SMALLEST <= value <= LARGEST else "is too large"
    return None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fits(value: object, expected: Any) -> bool:
    """Exact where Python is lenient: True is no amount, and a moment is no day."""
    if get_origin(expected) in (Union, types.UnionType):
        return any(_fits(value, each) for each in get_args(expected))
    kind = get_origin(expected) or expected
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is date:
        return isinstance(value, date) and not isinstance(value, datetime)
    if isinstance(kind, type) and issubclass(kind, str) and kind is not str:
        return isinstance(value, str) and value in list(kind)  # type: ignore[call-overload]
    return isinstance(value, kind)


@cache
def _hints(kind: type) -> dict[str, Any]:
    if not is_dataclass(kind) and not hasattr(kind, "_fields"):
        return {}
    return get_type_hints(kind, localns={"CardUse": CardUse, "Objection": Objection})
