"""What `doctor` concludes, case by case."""

from dataclasses import replace

import pytest

from cardline.watching.diagnosis import Facts, PostgresFacts, Verdict, diagnose
from ledger.file_updates import FileUpdateCounts

POSTGRES = PostgresFacts(version=18, schema=3, clock_ahead_seconds=0.01, can_read_books=True)
HEALTHY = Facts(
    postgres=POSTGRES,
    newest_schema=3,
    redis_version="7.2.4",
    redis_fault="",
    has_all_keys=True,
    uses_test_keys=False,
    profile_faults=(),
    policy_faults=(),
    validity_faults=(),
    tolerance_faults=(),
    free_bytes=100_000_000_000,
    switch="ready",
)


def verdicts(facts: Facts) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in diagnose(facts) if finding.verdict is not Verdict.FINE}


def test_a_healthy_system_has_nothing_to_do() -> None:
    assert verdicts(HEALTHY) == {}
    assert all(not finding.advice for finding in diagnose(HEALTHY))


@pytest.mark.parametrize(
    ("facts", "check", "verdict"),
    [
        (replace(HEALTHY, postgres="connection refused"), "Postgres", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, version=14)), "Postgres", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, version=15)), "", Verdict.FINE),
        (replace(HEALTHY, postgres=replace(POSTGRES, schema=None)), "schema", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, schema=2)), "schema", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, schema=4)), "schema", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, can_read_books=False)), "schema", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, clock_ahead_seconds=-1)), "clock", Verdict.WARNING),
        (replace(HEALTHY, postgres=replace(POSTGRES, clock_ahead_seconds=5)), "clock", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, file_updates=FileUpdateCounts(2, 0, 899))), "", Verdict.FINE),
        (replace(HEALTHY, postgres=replace(POSTGRES, file_updates=FileUpdateCounts(2, 0, 900))), "file updates", Verdict.FAILED),
        (replace(HEALTHY, postgres=replace(POSTGRES, file_updates=FileUpdateCounts(0, 1, 0))), "file updates", Verdict.WARNING),
        (replace(HEALTHY, redis_version=None, redis_fault="refused"), "Redis", Verdict.FAILED),
        (replace(HEALTHY, redis_version="6.2.1"), "Redis", Verdict.FAILED),
        (replace(HEALTHY, has_all_keys=False), "keys", Verdict.FAILED),
        (replace(HEALTHY, uses_test_keys=True), "keys", Verdict.WARNING),
        (replace(HEALTHY, profile_faults=("link a: x",)), "configuration", Verdict.FAILED),
        (replace(HEALTHY, policy_faults=("strict.toml: x",)), "policy", Verdict.FAILED),
        (replace(HEALTHY, validity_faults=("long.toml: x",)), "hold validity", Verdict.FAILED),
        (replace(HEALTHY, tolerance_faults=("wide.toml: x",)), "tolerances", Verdict.FAILED),
        (replace(HEALTHY, free_bytes=1_000_000_000), "disk", Verdict.WARNING),
        (replace(HEALTHY, free_bytes=1), "disk", Verdict.FAILED),
        (replace(HEALTHY, switch=None), "switch", Verdict.WARNING),
        (replace(HEALTHY, switch="no stream"), "switch", Verdict.FAILED),
        (replace(HEALTHY, switch="ready; warning: link net is not connected"), "switch", Verdict.WARNING),
    ],
)
def test_one_thing_wrong_is_one_finding(facts: Facts, check: str, verdict: Verdict) -> None:
    assert verdicts(facts) == ({check: verdict} if check else {})


def test_whatever_is_wrong_comes_with_advice() -> None:
    broken = replace(HEALTHY, postgres="refused", redis_version=None, free_bytes=1, switch=None, has_all_keys=False)
    assert all(finding.advice for finding in diagnose(broken) if finding.verdict is not Verdict.FINE)
