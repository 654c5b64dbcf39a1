"""What `doctor` concludes: every mistake of its tables, one at a time."""

from dataclasses import replace
from datetime import date

import pytest

from cardline.watching.diagnosis import Finding, diagnose
from cardline.watching.facts import (
    Away,
    BookFacts,
    Cause,
    ClearingFacts,
    Facts,
    KeptNumber,
    MachineFacts,
    PostgresFacts,
    RedisFacts,
    ServerFacts,
    SettingsFacts,
)
from cardline.watching.mistakes import CHECKS, Verdict
from ledger.file_updates import FileUpdateCounts

HEALTHY = Facts(
    settings=SettingsFacts(rates_into=("EUR",), certificate_days={"us.pem": 200.0}),
    postgres=PostgresFacts(
        ServerFacts(version=18, clock_ahead_seconds=0.01),
        BookFacts(
            schema=3, can_read_books=True, currencies=("EUR",), file_updates=FileUpdateCounts(0, 0, 0), clearing=ClearingFacts()
        ),
    ),
    newest_schema=3,
    redis=RedisFacts(version="7.2.4"),
    machine=MachineFacts(free_bytes=100_000_000_000),
)


def _settings(**changed: object) -> Facts:
    return replace(HEALTHY, settings=replace(HEALTHY.settings, **changed))


def _server(**changed: object) -> Facts:
    assert isinstance(HEALTHY.postgres, PostgresFacts)
    return replace(HEALTHY, postgres=replace(HEALTHY.postgres, server=replace(HEALTHY.postgres.server, **changed)))


def _books(facts: Facts = HEALTHY, **changed: object) -> Facts:
    assert isinstance(facts.postgres, PostgresFacts)
    return replace(facts, postgres=replace(facts.postgres, books=replace(facts.postgres.books, **changed)))


def _redis(**changed: object) -> Facts:
    return replace(HEALTHY, redis=replace(HEALTHY.redis, **changed))


def _machine(facts: Facts = HEALTHY, **changed: object) -> Facts:
    return replace(facts, machine=replace(facts.machine, **changed))


def _no_postgres(cause: Cause) -> Facts:
    return replace(HEALTHY, postgres=Away(cause, "so it said"))


def _no_redis(cause: Cause) -> Facts:
    return replace(HEALTHY, redis=Away(cause, "so it said"))


CASES = {
    "a network profile that is not there or not right": _settings(profile_faults=("link a: x",)),
    "a link takes file updates and there is no pan_key": _settings(pan_key_fault="pan_key: missing"),
    "two things listen at one address": _settings(shared_addresses=("a and b both listen on x:1",)),
    "certificate, key or authority cannot be used, or do not belong together": _settings(tls_faults=("link a: x",)),
    "a certificate has ended": _settings(certificate_days={"us.pem": 0.0}),
    "a certificate ends soon": _settings(certificate_days={"us.pem": 30.0}),
    "a policy or a draft that cannot be read": _settings(policy_faults=("strict.toml: x",)),
    "a table of hold validities that cannot be read": _settings(validity_faults=("long.toml: x",)),
    "a table of clearing tolerances that cannot be read": _settings(tolerance_faults=("wide.toml: x",)),
    "accounts in a currency that no rate leads to": _books(currencies=("CHF", "EUR")),
    "no token key": _settings(has_token_key=False),
    "a token key that anybody guesses": _settings(has_weak_key=True),
    "the public test keys": _settings(uses_test_keys=True),
    "a key file that the master key does not open": _settings(key_faults=("key_file x",)),
    "others may read the key file": _settings(open_key_file="keys.json"),
    "others may look into the data directory": _machine(open_directory=".cardline has mode 0755"),
    "a token key that did not make the stored tokens": _books(is_token_key=False),
    "a pan_key that did not seal the kept numbers": _books(kept_number=KeptNumber.OTHER_PAN_KEY),
    "a host that nobody knows": _no_postgres(Cause.UNKNOWN_HOST),
    "Postgres: nobody answers at the address": _no_postgres(Cause.NOBODY_THERE),
    "Postgres: login refused": _no_postgres(Cause.LOGIN_REFUSED),
    "a database that is not there": _no_postgres(Cause.NO_DATABASE),
    "no connection is free": _no_postgres(Cause.FULL),
    "Postgres: it does not let us in": _no_postgres(Cause.OTHER),
    "Postgres: a version that is too old": _server(version=14),
    "a version that nobody has tried": _server(version=19),
    "a standby, or a server that takes no writes": _server(is_read_only=True),
    "a pooler in front": _server(is_pooled=True),
    "it does not wait for its disk": _server(unsafe=("fsync",)),
    "an encoding that is not UTF-8": _server(encoding="SQL_ASCII"),
    "too few connections for the pools": _machine(_server(connections_left=7), switch=None),
    "a timeout at the login": _server(timeouts={"statement_timeout": "100ms"}),
    "a superuser as login": _server(is_superuser=True),
    "clocks seconds apart": _server(clock_ahead_seconds=5),
    "clocks apart": _server(clock_ahead_seconds=-1),
    "there is none": _books(schema=None),
    "older than the program": _books(schema=2),
    "newer than the program": _books(schema=4),
    "the reports cannot be read": _books(can_read_books=False),
    "a login that may not take the roles of the schema": _books(roles_refused=("cardline_writer",)),
    "grants that are gone": _books(grants_missing=("insert on ledger.posting",)),
    "a chart of accounts that changed a role": _books(chart_conflict="chart: role.bank.number: is 1"),
    "partitions that are missing": _books(partition_warnings=("partitions: ledger.journal lacks x",)),
    "all streams are leased": _machine(_books(streams_free=1), switch=None),
    "nobody verifies": _books(unverified_seconds=900.0),
    "books that do not hold": _books(open_findings=1),
    "the network is not told of blocked cards": _books(file_updates=FileUpdateCounts(2, 0, 900)),
    "file updates that were given up": _books(file_updates=FileUpdateCounts(0, 1, 0)),
    "a kept file that nobody posts": _books(clearing=ClearingFacts(2, "0022611260000020090000001", 900.0)),
    "exceptions whose deadline has passed": _books(clearing=ClearingFacts(overdue_items=3, overdue_since=date(2026, 11, 20))),
    "the last business date is not reconciled": _books(clearing=ClearingFacts(unreconciled=date(2026, 11, 25))),
    "no address": _no_redis(Cause.NOT_GIVEN),
    "Redis: nobody answers at the address": _no_redis(Cause.NOBODY_THERE),
    "Redis: login refused": _no_redis(Cause.LOGIN_REFUSED),
    "Redis: it does not let us in": _no_redis(Cause.OTHER),
    "Redis: a version that is too old": _redis(version="6.2.1"),
    "a replica": _redis(is_replica=True),
    "a cluster": _redis(is_cluster=True),
    "a login that may run no scripts": _redis(refuses_scripts="NOPERM"),
    "full, and it may not evict": _redis(memory_policy="noeviction", memory_used=0.95),
    "a clock of its own": _redis(clock_ahead_seconds=0.5),
    "hardly any space": _machine(free_bytes=1),
    "little space": _machine(free_bytes=1_000_000_000),
    "too few open files for the links": _machine(open_files=99),
    "a file of anchors that cannot be written": _machine(anchors="/x is not there"),
    "no file of anchors": _machine(anchors=""),
    "its ports are taken": _machine(ports_taken=("mastercard: x is in use by y",)),
    "variables that are no settings": _settings(stray_variables=("CARDLINE_POLCY",)),
    "an address that is not this machine's": _machine(foreign_addresses=("mastercard: 203.0.113.5:1",)),
    "a network that takes no connection": _machine(silent_networks=("net: 127.0.0.1:1: Connection refused",)),
    "none runs": _machine(switch=None),
    "it is not ready": _machine(switch="postgres: the ledger's writer has no stream"),
    "it warns": _machine(switch="ready; warning: link net is not connected"),
}
MISTAKES = [(check.name, mistake) for check in CHECKS for mistake in check.mistakes]
BESIDES = {"none runs"}
"""Made along with others here: what a running switch has already got is asked for only where none runs."""


def wrong(facts: Facts) -> list[Finding]:
    return [finding for finding in diagnose(facts) if finding.verdict is not Verdict.FINE]


def test_a_healthy_system_has_nothing_to_do() -> None:
    findings = diagnose(HEALTHY)
    assert wrong(HEALTHY) == []
    assert [finding.check for finding in findings] == [check.name for check in CHECKS]
    assert all(finding.found and not finding.advice for finding in findings)


@pytest.mark.parametrize(("check", "mistake"), MISTAKES, ids=[f"{check}: {mistake.name}" for check, mistake in MISTAKES])
def test_one_mistake_is_one_finding_that_says_why_and_what_to_do(check: str, mistake) -> None:
    facts = CASES.get(f"{check}: {mistake.name}") or CASES[mistake.name]
    found = [finding for finding in wrong(facts) if finding.name not in BESIDES - {mistake.name}]
    assert [(finding.check, finding.name, finding.verdict) for finding in found] == [(check, mistake.name, mistake.verdict)]
    assert found[0].found
    assert found[0].why == mistake.why
    assert found[0].advice == mistake.advice


def test_there_is_a_case_for_nothing_but_what_is_known() -> None:
    names = {name for check, mistake in MISTAKES for name in (mistake.name, f"{check}: {mistake.name}")}
    assert CASES.keys() <= names
    assert len({(check, mistake.name) for check, mistake in MISTAKES}) == len(MISTAKES) == len(CASES)


@pytest.mark.parametrize(
    "facts",
    [
        _server(version=15),
        _server(clock_ahead_seconds=0.49),
        _server(connections_left=0),
        _books(streams_free=0),
        _books(unverified_seconds=899.0),
        _books(file_updates=FileUpdateCounts(2, 0, 899)),
        _books(clearing=ClearingFacts(1, "0022611260000020090000001", 899.0)),
        _redis(memory_policy="allkeys-lru", memory_used=1.0),
        _redis(memory_policy="noeviction", memory_used=0.5),
        _settings(certificate_days={"us.pem": 31.0}),
        replace(_books(currencies=("CHF",)), settings=replace(HEALTHY.settings, rates_into=())),
    ],
)
def test_what_is_still_in_order_is_not_a_mistake(facts: Facts) -> None:
    assert wrong(facts) == []


def test_without_a_schema_or_a_postgres_nothing_else_is_said_of_them() -> None:
    assert [finding.name for finding in wrong(_books(_books(open_findings=3), schema=None))] == ["there is none"]
    away = diagnose(_no_postgres(Cause.NOBODY_THERE))
    assert {"schema", "clock", "books", "file updates", "clearing"}.isdisjoint(finding.check for finding in away)


def test_a_kept_number_with_another_token_tells_of_another_token_key_too() -> None:
    (found,) = wrong(_books(kept_number=KeptNumber.OTHER_CARD))
    assert found.name == "a token key that did not make the stored tokens"


def test_in_development_neither_anchors_nor_open_files_are_asked_for() -> None:
    facts = _machine(_settings(uses_test_keys=True, is_development=True), anchors="", open_files=1)
    assert [finding.name for finding in wrong(facts)] == ["the public test keys"]
