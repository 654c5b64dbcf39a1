"""Mistakes with Redis. None of them costs money: it answers only how quickly, and payments work without it, slower."""

from cardline.watching.facts import Cause, RedisFacts
from cardline.watching.mistakes.mistake import Check, Mistake, Verdict, redis, redis_away

OLDEST = 7
_CLOCK_SECONDS = 0.5
_FULL = 0.9
_SLOWER = "payments work without it, slower, because each asks the ledger for its facts"


def _refuses_when_full(found: RedisFacts) -> str:
    if found.memory_policy != "noeviction" or found.memory_used < _FULL:
        return ""
    return f"{found.memory_used:.0%} of its memory is used, and maxmemory-policy is noeviction"


def _clock(found: RedisFacts) -> str:
    if abs(found.clock_ahead_seconds) < _CLOCK_SECONDS:
        return ""
    return f"it is {abs(found.clock_ahead_seconds):.1f} s {'ahead' if found.clock_ahead_seconds > 0 else 'behind'}"


REDIS = (
    Check(
        "Redis",
        redis(lambda r: f"version {r.version}"),
        (
            Mistake(
                "Redis", "no address", Verdict.FAILED, redis_away(Cause.NOT_GIVEN),
                "`serve` does not start without one",
                "set CARDLINE_REDIS_URL, for example redis://HOST:6379/0",
            ),
            Mistake(
                "Redis", "nobody answers at the address", Verdict.FAILED, redis_away(Cause.NOBODY_THERE, Cause.UNKNOWN_HOST),
                _SLOWER,
                "start it, or correct CARDLINE_REDIS_URL; `redis-cli -u URL ping` asks again",
            ),
            Mistake(
                "Redis", "login refused", Verdict.FAILED, redis_away(Cause.LOGIN_REFUSED),
                _SLOWER,
                "put user and password into CARDLINE_REDIS_URL (redis://USER:PASSWORD@HOST:6379/0)",
            ),
            Mistake(
                "Redis", "it does not let us in", Verdict.FAILED, redis_away(Cause.OTHER, Cause.FULL, Cause.NO_DATABASE),
                _SLOWER,
                "read its log, and CARDLINE_REDIS_URL; `redis-cli -u URL info server` asks again",
            ),
            Mistake(
                "Redis", "a version that is too old", Verdict.FAILED,
                redis(lambda r: f"version {r.version}" if int(r.version.partition(".")[0]) < OLDEST else ""),
                "it is older than any that was tried",
                f"use Redis {OLDEST}.0 or newer, or Valkey",
            ),
            Mistake(
                "Redis", "a replica", Verdict.FAILED,
                redis(lambda r: "it is a replica" if r.is_replica else ""),
                f"it takes no reservations: {_SLOWER}",
                "let CARDLINE_REDIS_URL name the primary",
            ),
            Mistake(
                "Redis", "a cluster", Verdict.FAILED,
                redis(lambda r: "it is a node of a cluster" if r.is_cluster else ""),
                f"other nodes' accounts are answered MOVED: {_SLOWER}",
                "use one Redis without cluster mode; it holds nothing that would be missed",
            ),
            Mistake(
                "Redis", "a login that may run no scripts", Verdict.FAILED,
                redis(lambda r: r.refuses_scripts),
                f"every reservation is a script: {_SLOWER}",
                "`redis-cli -u ADMIN_URL acl setuser USER +@scripting +@read +@write ~cl:*`",
            ),
            Mistake(
                "Redis", "full, and it may not evict", Verdict.WARNING, redis(_refuses_when_full),
                "full, it refuses to take accounts in, and each of their payments asks the ledger. What is evicted is only read anew",
                "`redis-cli -u URL config set maxmemory-policy allkeys-lru`, in its configuration too; or give it memory",
            ),
            Mistake(
                "Redis", "a clock of its own", Verdict.WARNING, redis(_clock),
                "limits with a sliding window are counted by its clock first (the ledger has the last word)",
                "let both machines keep time with the same NTP servers",
            ),
        ),
    ),
)  # fmt: skip
