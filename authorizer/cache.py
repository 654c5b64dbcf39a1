"""The Redis client: runs the scripts and the directory look-ups, one round trip each, and maps every fault to one error.

What the answers mean is decided in `store.py`. Nothing here retries but a script that Redis has forgotten.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from authorizer.errors import CacheUnavailableError
from authorizer.scripts import (
    ConfirmItem,
    Hit,
    LoadItem,
    Miss,
    Older,
    ReserveItem,
    Stored,
    confirm_arguments,
    load_arguments,
    read_confirm_reply,
    read_load_reply,
    read_reserve_reply,
    reserve_arguments,
    token_key,
)

# One each for reservations, loads, confirmations and the probe; the rest is slack for connections being closed.
MAX_CONNECTIONS = 8
_DIRECTORY_SECONDS = 7 * 86_400
_PROBE_KEY = "cl:probe"


@dataclass(frozen=True, slots=True)
class _Script:
    source: bytes
    digest: str


class Cache:
    """Every method raises CacheUnavailableError, and nothing else, when Redis is away, slow or talks nonsense."""

    def __init__(self, redis_url: str, *, timeout_seconds: float) -> None:
        # The time limit stands around each call (one timer) instead of in the client (a task for every write).
        pool = ConnectionPool.from_url(
            redis_url,
            max_connections=MAX_CONNECTIONS,
            protocol=2,
            socket_timeout=None,
            socket_connect_timeout=timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._timeout_seconds = timeout_seconds
        self.epoch = ""
        self._reserve, self._load, self._confirm = (_script(name) for name in ("reserve", "load", "confirm"))

    async def close(self) -> None:
        await self._redis.aclose()

    async def probe(self) -> None:
        """A write, because a Redis that is full or read-only answers PING."""
        await self._call("SET", _PROBE_KEY, "1", "EX", 60)

    async def accounts(self, tokens: Sequence[bytes]) -> list[int | None]:
        """The accounts that the tokens belong to, in their order."""
        reply = await self._call("MGET", *(token_key(token) for token in tokens))
        return [int(entry) if isinstance(entry, bytes) and entry.isdigit() else None for entry in _array(reply, tokens)]

    async def reserve(self, items: Sequence[ReserveItem]) -> list[Hit | Miss]:
        keys, packed = reserve_arguments(items)
        reply = _array(await self._run(self._reserve, keys, [packed, self.epoch]), items)
        return [read_reserve_reply(_array(entry), item.account_id) for entry, item in zip(reply, items, strict=True)]

    async def load(self, items: Sequence[LoadItem]) -> list[Stored | Older]:
        keys, arguments = load_arguments(items)
        reply = _array(await self._run(self._load, keys, [*arguments, self.epoch]), items)
        try:
            return [read_load_reply(_array(entry)) for entry in reply]
        except ValueError as error:
            raise CacheUnavailableError(str(error), is_refusal=True) from error

    async def list_accounts(self, accounts: dict[bytes, int]) -> None:
        """Remembers which account each token belongs to."""
        pipeline = self._redis.pipeline(transaction=False)
        for token, account_id in accounts.items():
            pipeline.set(token_key(token), account_id, ex=_DIRECTORY_SECONDS)
        await self._bounded(pipeline.execute())

    async def confirm(self, items: Sequence[ConfirmItem]) -> list[tuple[int, int]]:
        """Item numbers with the balance that was cached at the same version, where the ledger's was another."""
        keys, packed = confirm_arguments(items)
        return read_confirm_reply(_array(await self._run(self._confirm, keys, [packed, self.epoch])))

    async def _run(self, script: _Script, keys: Sequence[str], arguments: Sequence[bytes | int | str]) -> object:
        try:
            return await self._call("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except CacheUnavailableError as error:
            if not isinstance(error.__cause__, NoScriptError):
                raise
        return await self._call("EVAL", script.source, len(keys), *keys, *arguments)

    async def _call(self, *command: str | bytes | int) -> object:
        return await self._bounded(self._redis.execute_command(*command))  # type: ignore[no-untyped-call]

    async def _bounded(self, call: Any) -> object:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await call
        except ResponseError as error:
            raise CacheUnavailableError(type(error).__name__, is_refusal=True) from error
        except (RedisError, OSError, TimeoutError) as error:
            raise CacheUnavailableError(type(error).__name__) from error


def _script(name: str) -> _Script:
    source = resources.files("authorizer").joinpath(f"{name}.lua").read_bytes()
    return _Script(source, hashlib.sha1(source, usedforsecurity=False).hexdigest())


def _array(reply: object, expected: Sequence[object] | None = None) -> list[Any]:
    if not isinstance(reply, list) or (expected is not None and len(reply) != len(expected)):
        raise CacheUnavailableError("Redis answered something else", is_refusal=True)
    return reply
