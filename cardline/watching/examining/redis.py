"""Asks a Redis what `doctor` wants to know, and changes nothing."""

import time
from typing import Any

from redis import Redis
from redis import exceptions as refusals

from cardline.watching.facts import Away, Cause, RedisFacts

TIMEOUT_SECONDS = 5.0


def examine_redis(url: str) -> RedisFacts | Away:
    if not url:
        return Away(Cause.NOT_GIVEN, "CARDLINE_REDIS_URL is not set")
    try:
        with Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS) as client:
            return _facts(client)
    except (refusals.RedisError, OSError) as error:
        return Away(_cause(error), str(error))


def _cause(error: Exception) -> Cause:
    said = str(error)
    match error:
        case refusals.AuthenticationError():
            return Cause.LOGIN_REFUSED
        case refusals.ResponseError() if said.startswith(("WRONGPASS", "NOAUTH")) or "AUTH" in said:
            return Cause.LOGIN_REFUSED
        case refusals.ConnectionError() | refusals.TimeoutError() | OSError():
            return Cause.NOBODY_THERE
        case _:
            return Cause.OTHER


def _facts(client: Any) -> RedisFacts:
    info = client.info()
    before = time.time()
    seconds, microseconds = client.time()
    middle = (before + time.time()) / 2
    limit = int(info.get("maxmemory", 0))
    return RedisFacts(
        version=str(info["redis_version"]),
        clock_ahead_seconds=seconds + microseconds / 1e6 - middle,
        is_replica=info.get("role") != "master",
        is_cluster=bool(int(info.get("cluster_enabled", 0))),
        memory_policy=str(info.get("maxmemory_policy", "")),
        memory_used=int(info["used_memory"]) / limit if limit else 0.0,
        refuses_scripts=_refuses_scripts(client),
    )


def _refuses_scripts(client: Any) -> str:
    try:
        client.eval("return 1", 0)
    except refusals.ResponseError as error:
        return str(error)
    return ""
