"""Each alert fires on its fault and on nothing else, judged by promtool over what a running system exposed."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from operations.alert_days import RULES, Day, firing
from operations.prometheus_programs import promtool

ROOT = Path(__file__).parents[3]
ALERTS = RULES / "alerts.rules.yml"
ONLY_LATENCY = "cardline_authorization_seconds|cardline_authorizations_late|cardline_handler_failures|cardline_replies_lost"


def answers(*, late: float = 0.0, slow: float = 0.0, times: int = 450) -> dict[str, str]:
    """Sixty authorizations a minute, of which so many are late and take more than 0.1 s: a fault too slow to be recorded."""
    name = "cardline_authorization_seconds"
    quick = {"0.1": 60 * (1 - slow - late), "+Inf": 60.0}
    buckets = {f'{name}_bucket{{le="{bound}"}}': f"0+{step:g}x{times}" for bound, step in quick.items()}
    return buckets | {f"{name}_count": f"0+60x{times}", "cardline_authorizations_late_total": f"0+{60 * late:g}x{times}"}


def answered(reason: str) -> dict[str, str]:
    """Sixty a minute, quickly, with this."""
    return answers(times=30) | {f'cardline_authorizations_total{{decision="declined",reason="{reason}"}}': "0+60x30"}


def signing_on(states: str) -> dict[str, str]:
    """A link that wants a sign-on, with a connection all the time and one signed on in these minutes."""
    link = 'link="mastercard"'
    return {
        f"cardline_link_needs_sign_on{{{link}}}": "1x30",
        f'cardline_links{{{link},state="connected"}}': "1x30",
        f'cardline_links{{{link},state="signed_on"}}': states,
    }


FAULTS: dict[str, tuple[Day, set[str]]] = {
    "answers are late": (Day(changed=answers(late=0.05)), {"AnswersLate", "AnswersLateSlowly", "AnswersLateForDays"}),
    "a few answers are late for hours": (
        Day(changed=answers(late=0.007), minutes=375, only=ONLY_LATENCY), {"AnswersLateSlowly", "AnswersLateForDays"}),
    "hardly any answer is late, but for days": (
        Day(changed=answers(late=0.002), minutes=440, interval="10m", only=ONLY_LATENCY), {"AnswersLateForDays"}),
    "answers are slow": (Day(changed=answers(slow=0.3)), {"ApprovalsSlow", "ApprovalsSlowly"}),
    "answers are rather slow for hours": (
        Day(changed=answers(slow=0.1), minutes=375, only=ONLY_LATENCY), {"ApprovalsSlowly"}),
    "everything is answered 91 at once because too much waits": (Day(changed=answered("overloaded")), {"NotDecided"}),
    "answers cannot be written": (
        Day(changed=answers(times=30) | {'cardline_replies_lost_total{link="mastercard"}': "0+3x30"}),
        {"AnswersLate", "AnswersLateSlowly", "AnswersLateForDays"}),
    "a handler fails": (
        Day(changed={"cardline_handler_failures_total": "0x25 1x5"}), {"RequestsUnanswered"}),
    "the cache lies": (Day("drift"), {"CacheDrift"}),
    "the cache lies before anybody looks": (Day(changed={"cardline_cache_drift_minor": "_x20 300x10"}), {"CacheDrift"}),
    "the cache lies again after a restart, by less": (
        Day(changed={"cardline_cache_drift_minor": "5000x80 0x3 300x7"}, minutes=90), {"CacheDrift"}),
    "the verifier is shut out everywhere": (Day("verifier_dead", minutes=30), {"VerifiedAge"}),
    "nobody verifies": (
        Day(changed={"cardline_chain_verified_age_seconds": "0+60x30"}), {"VerifiedAge"}),
    "the books do not hold": (Day(changed={"cardline_chain_findings": "0x20 1x10"}), {"BooksDoNotHold"}),
    "an exception waits": (
        Day(changed={'cardline_exceptions_oldest_seconds{kind="duplicate_mismatch"}': "172000+60x30"}),
        {"ExceptionsOld"}),
    "nobody is connected": (Day("nobody_connected"), {"LinkDown"}),
    "our sign-on is refused, again and again": (
        Day(changed=signing_on("0x30") | {'cardline_links_down_total{link="mastercard",reason="sign_on_refused"}': "0+0.5x30"}),
        {"LinkDown", "LinkGivenUp"}),
    "a link flaps": (Day(changed=signing_on("1x10 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 1 0 0 1 1")), {"LinkDown"}),
    "an event loop hangs": (Day(changed={"cardline_loop_heartbeat_age_seconds": "0.2x28 12 72"}), {"LoopHangs"}),
    "a file update waits": (
        Day(changed={"cardline_file_update_oldest_seconds": "0+60x30"}), {"FileUpdatesStuck"}),
    "a file update was given up": (
        Day(changed={'cardline_file_updates{state="failed"}': "1x30"}), {"FileUpdatesStuck"}),
    "next month is missing": (
        Day(changed={'cardline_partitions_ahead_months{table="posting"}': "0x30"}), {"PartitionsMissing"}),
    "Postgres hangs": (
        Day("postgres_hangs"),
        {"WriterLost", "NotDecided", "AnswersLate", "AnswersLateSlowly", "AnswersLateForDays", "ApprovalsSlow", "ApprovalsSlowly"}),
    "Redis hangs": (Day("redis_hangs"), {"RedisAway"}),
    "holds are not given back": (
        Day(changed={"cardline_hold_expiry_lag_seconds": "3000+60x30"}), {"HoldsNotExpired"}),
    "an ingest was killed and nobody began again": (Day("clearing_file_stuck"), {"ClearingFileStuck"}),
    "a date is cleared and nobody reconciles it": (Day("not_reconciled"), {"ReconciliationOverdue"}),
    "a command cannot be stored": (
        Day(changed={"cardline_dead_letters_total": "0x20 1x10"}), {"DeadLetters"}),
    "the log cannot be written": (
        Day(changed={"cardline_log_lines_lost_total": "0+9x30"}), {"RecordsLost"}),
    "a switch is gone": (Day(changed={"up": "1x20 0x10"}), {"SwitchDown"}),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_an_alert_fires_on_its_fault_and_on_nothing_else(fault: str, tmp_path: Path) -> None:
    lived, expected = FAULTS[fault]
    assert firing(lived, tmp_path) == expected


def test_a_normal_day_is_quiet(tmp_path: Path) -> None:
    assert firing(Day(), tmp_path) == set()


QUIET = {
    "another process verifies": {'cardline_chain_verified_age_seconds{replica="2"}': "0+60x30"},
    "the cache lied yesterday": {"cardline_cache_drift_minor": "300x90"},
    "a link that wants a sign-on is signed on": signing_on("1x30"),
    "a connection is given up once": {'cardline_links_down_total{link="mastercard",reason="echo_unanswered"}': "0x20 1x10"},
}


@pytest.mark.parametrize("news", QUIET)
def test_what_is_no_fault_wakes_nobody(news: str, tmp_path: Path) -> None:
    assert firing(Day(changed=QUIET[news], minutes=90 if "yesterday" in news else 30), tmp_path) == set()


def test_few_payments_at_night_prove_nothing(tmp_path: Path) -> None:
    one_an_hour = {
        name: re.sub(r"\+([\d.]+)x", lambda step: f"+{float(step[1]) / 60:g}x", values)
        for name, values in answers(late=0.5).items()
    }
    lived = Day(changed=one_an_hour)
    assert firing(lived, tmp_path) == set()


def test_every_alert_has_a_fault_that_it_fires_on() -> None:
    tested = set().union(*(expected for _, expected in FAULTS.values()))
    assert tested == {name.removeprefix("Cardline") for name in alerts()}


def test_every_alert_says_how_bad_it_is_what_is_the_case_and_where_to_read_on() -> None:
    for rule in alerts().values():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        assert (ROOT / rule["annotations"]["runbook"]).is_file()


def test_prometheus_takes_the_configuration() -> None:
    run = subprocess.run(
        [promtool(), "check", "config", RULES / "prometheus.yml"], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr


def alerts() -> dict[str, dict[str, dict[str, str]]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}
