"""Mistakes with the Postgres server and our way into it."""

from cardline.watching.facts import Away, Cause, Facts
from cardline.watching.mistakes.mistake import Check, Look, Mistake, Verdict, postgres_away, server

OLDEST, NEWEST = 15, 18
_CLOCK_WARNING_SECONDS, _CLOCK_FAILURE_SECONDS = 0.5, 5.0
"""DE 7 and expiries are resolved against the process's clock, bookings against Postgres's."""


def _too_few_connections(facts: Facts) -> str:
    """A switch that runs has its connections already."""
    if isinstance(facts.postgres, Away) or facts.machine.switch is not None:
        return ""
    left, needed = facts.postgres.server.connections_left, facts.settings.connections
    return f"{left} connections are left, and a switch takes {needed}" if left < needed else ""


def _clock(seconds: float) -> str:
    return f"Postgres is {abs(seconds) * 1000:.0f} ms {'ahead' if seconds > 0 else 'behind'}"


def _clock_off(least: float, most: float) -> Look:
    return server(lambda s: _clock(s.clock_ahead_seconds) if least <= abs(s.clock_ahead_seconds) < most else "")


POSTGRES = (
    Check(
        "Postgres",
        server(lambda s: f"version {s.version}"),
        (
            Mistake(
                "Postgres", "a host that nobody knows", Verdict.FAILED, postgres_away(Cause.UNKNOWN_HOST),
                "without the ledger every answer is 91",
                "correct the host in CARDLINE_POSTGRES_DSN; `getent hosts HOST` says whether this machine knows it",
            ),
            Mistake(
                "Postgres", "nobody answers at the address", Verdict.FAILED, postgres_away(Cause.NOBODY_THERE),
                "without the ledger every answer is 91",
                "start it, or correct host and port in CARDLINE_POSTGRES_DSN; `pg_isready --dbname DSN` asks again",
            ),
            Mistake(
                "Postgres", "login refused", Verdict.FAILED, postgres_away(Cause.LOGIN_REFUSED),
                "without the ledger every answer is 91",
                "correct user and password in CARDLINE_POSTGRES_DSN, or let pg_hba.conf admit this host; `psql DSN -c 'select 1'` asks "
                "again",
            ),
            Mistake(
                "Postgres", "a database that is not there", Verdict.FAILED, postgres_away(Cause.NO_DATABASE),
                "without the ledger every answer is 91",
                "correct the database in CARDLINE_POSTGRES_DSN, or make it: `createdb --owner=OWNER NAME`, then `cardline migrate`",
            ),
            Mistake(
                "Postgres", "no connection is free", Verdict.FAILED, postgres_away(Cause.FULL),
                "a switch that loses its connection does not get it back, and answers 91",
                "see who has them (`select usename, application_name, count(*) from pg_stat_activity group by 1, 2`), raise "
                "max_connections, restart Postgres",
            ),
            Mistake(
                "Postgres", "it does not let us in", Verdict.FAILED, postgres_away(Cause.OTHER),
                "without the ledger every answer is 91",
                "read its log, and CARDLINE_POSTGRES_DSN; `psql DSN -c 'select 1'` asks again",
            ),
            Mistake(
                "Postgres", "a version that is too old", Verdict.FAILED,
                server(lambda s: f"version {s.version}" if s.version < OLDEST else ""),
                "the schema needs what it does not have",
                f"use PostgreSQL {OLDEST} to {NEWEST}",
            ),
            Mistake(
                "Postgres", "a version that nobody has tried", Verdict.WARNING,
                server(lambda s: f"version {s.version}" if s.version > NEWEST else ""),
                "plans and errors may have changed under the writer",
                f"use PostgreSQL {OLDEST} to {NEWEST}, or try this one apart with `make test` and `python -m bench`",
            ),
            Mistake(
                "Postgres", "a standby, or a server that takes no writes", Verdict.FAILED,
                server(lambda s: "it takes no writes" if s.is_read_only else ""),
                "nothing can be stored there, so nothing is approved",
                "let CARDLINE_POSTGRES_DSN name the primary (several hosts: add target_session_attrs=read-write), or promote this one",
            ),
            Mistake(
                "Postgres", "a pooler in front", Verdict.FAILED,
                server(lambda s: "another process answers than the one that was promised" if s.is_pooled else ""),
                "a writer's stream is a lock of its session, and so are its role and plans: transaction pooling mixes them up",
                "let CARDLINE_POSTGRES_DSN name Postgres itself, not PgBouncer; a switch has pools of its own",
            ),
            Mistake(
                "Postgres", "it does not wait for its disk", Verdict.FAILED,
                server(lambda s: f"{', '.join(s.unsafe)} off" if s.unsafe else ""),
                "a power cut loses or breaks what was already answered as approved",
                "`alter system set fsync = on; alter system set full_page_writes = on; select pg_reload_conf()`",
            ),
            Mistake(
                "Postgres", "an encoding that is not UTF-8", Verdict.FAILED,
                server(lambda s: "" if s.encoding == "UTF8" else f"the database is in {s.encoding}"),
                "a merchant's name in another script cannot be stored, and its payment is a dead letter",
                "`createdb --encoding=UTF8 --template=template0 --owner=OWNER NAME`, and migrate that",
            ),
            Mistake(
                "Postgres", "too few connections for the pools", Verdict.FAILED, _too_few_connections,
                "the switch starts and loses its way to the cards' facts at the first rush",
                "raise max_connections and restart Postgres, or lower limits.postgres_pool",
            ),
            Mistake(
                "Postgres", "a timeout at the login", Verdict.WARNING,
                server(lambda s: ", ".join(f"{name} = {value}" for name, value in s.timeouts.items())),
                "it ends the writer's session or batch from outside: the stream is lost, and answers are 91 until it is leased again",
                "`alter role LOGIN set statement_timeout = 0`, the same for idle_session_timeout and transaction_timeout",
            ),
            Mistake(
                "Postgres", "a superuser as login", Verdict.WARNING,
                server(lambda s: f"{s.login} is a superuser" if s.is_superuser else ""),
                "no guard of the books binds it: facts could be changed (`ledger verify` would find that, later)",
                "`create role cardline_switch login in role cardline_writer, cardline_reader, cardline_verifier, cardline_closer`, and "
                "the switches' DSN with it; `cardline migrate` keeps the owner's",
            ),
        ),
    ),
    Check(
        "clock",
        server(lambda s: _clock(s.clock_ahead_seconds)),
        (
            Mistake(
                "clock", "clocks seconds apart", Verdict.FAILED, _clock_off(_CLOCK_FAILURE_SECONDS, float("inf")),
                "expiries, deadlines and booking days are judged by one clock and stored by the other",
                "let both machines keep time with the same NTP servers; `chronyc tracking` or `timedatectl` shows it",
            ),
            Mistake(
                "clock", "clocks apart", Verdict.WARNING, _clock_off(_CLOCK_WARNING_SECONDS, _CLOCK_FAILURE_SECONDS),
                "expiries, deadlines and booking days are judged by one clock and stored by the other",
                "let both machines keep time with the same NTP servers; `chronyc tracking` or `timedatectl` shows it",
            ),
        ),
    ),
)  # fmt: skip
