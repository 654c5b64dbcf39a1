from collections.abc import Callable
from pathlib import Path

import pytest

from cardline import known_series
from cardline.guides.metrics import described, guide
from cardline.metrics import Metrics
from switch.link import LinkState

ROOT = Path(__file__).parents[4]
FEW_LABELS = 3
FIXED = {
    "cardline_authorizations_total": ("counter", ("decision", "reason")),
    "cardline_authorization_seconds": ("histogram", ()),
    "cardline_stage_seconds": ("histogram", ("stage",)),
    "cardline_links": ("gauge", ("link", "state")),
    "cardline_messages_total": ("counter", ("link", "mti", "direction")),
    "cardline_repeats_total": ("counter", ()),
    "cardline_malformed_total": ("counter", ()),
    "cardline_ledger_batch_size": ("histogram", ()),
    "cardline_cache_drift_minor": ("gauge", ()),
    "cardline_inflight": ("gauge", ()),
    "cardline_exceptions_open": ("gauge", ("kind",)),
    "cardline_chain_verified_age_seconds": ("gauge", ()),
}
"""What outsiders rely on."""


def test_the_table_of_metrics_is_up_to_date() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8") == guide(), (
        "python -m cardline.guides.metrics > docs/metrics.md"
    )


def test_every_metric_bears_our_name_and_says_what_it_is() -> None:
    for metric, labels in described():
        assert metric.name.startswith("cardline_")
        assert metric.documentation
        assert len(labels) <= FEW_LABELS


def test_the_names_that_outsiders_rely_on_stay_as_they_are() -> None:
    found = {
        metric.name + ("_total" if metric.type == "counter" else ""): (metric.type, labels) for metric, labels in described()
    }
    assert {name: found.get(name) for name in FIXED} == FIXED


def test_a_kind_of_exception_that_is_worked_off_reads_nought_and_does_not_vanish() -> None:
    metrics = Metrics()
    metrics.exceptions_seen({"over_cleared": (3, 60.0)})
    metrics.exceptions_seen({"missing": (1, 5.0)})
    read = metrics.registry.get_sample_value
    assert [read("cardline_exceptions_open", {"kind": kind}) for kind in ("over_cleared", "missing")] == [0, 1]
    assert read("cardline_exceptions_oldest_seconds", {"kind": "over_cleared"}) == 0


def test_a_link_to_which_nobody_came_can_be_seen() -> None:
    metrics = Metrics()
    known_series.begin(metrics, {"mastercard": False})
    assert metrics.registry.get_sample_value("cardline_links", {"link": "mastercard", "state": "connected"}) == 0


def test_a_queue_is_asked_when_somebody_scrapes() -> None:
    metrics, waiting = Metrics(), [1, 2]
    metrics.queue("ledger", lambda: len(waiting))
    waiting.append(3)
    assert metrics.registry.get_sample_value("cardline_queue_depth", {"queue": "ledger"}) == len(waiting)


def test_a_repair_of_the_cache_is_counted_beside_the_drift() -> None:
    metrics = Metrics()
    metrics.drifted(-7)
    metrics.drifted(3)
    assert metrics.registry.get_sample_value("cardline_cache_drift_minor") == 10
    assert metrics.registry.get_sample_value("cardline_cache_repairs_total") == 2


MOVES: dict[str, tuple[Callable[[Metrics], object], dict[str, str]]] = {
    "cardline_links": (lambda m: m.link_state("a", LinkState.CONNECTED, 1), {"link": "a", "state": "connected"}),
    "cardline_messages_total": (lambda m: m.message("a", "0100", "in"), {"link": "a", "mti": "0100", "direction": "in"}),
    "cardline_malformed_total": (lambda m: m.malformed("a"), {}),
    "cardline_unknown_elements_total": (lambda m: m.unknown_element(48), {"element": "48"}),
    "cardline_inflight": (lambda m: m.inflight(1), {}),
    "cardline_connections_refused_total": (lambda m: m.connection_refused("a"), {"link": "a"}),
    "cardline_handler_failures_total": (lambda m: m.handler_failed("a"), {}),
    "cardline_replies_lost_total": (lambda m: m.replies_lost("a", 1), {"link": "a"}),
    "cardline_outgoing_replies_total": (lambda m: m.reply("a", "late"), {"link": "a", "outcome": "late"}),
    "cardline_link_round_trip_seconds_sum": (lambda m: m.round_trip("a", 1), {"link": "a"}),
    "cardline_file_update_attempts_total": (lambda m: m.file_update("a", "done"), {"link": "a", "outcome": "done"}),
    "cardline_links_down_total": (lambda m: m.link_down("a", "echo_unanswered"), {"link": "a", "reason": "echo_unanswered"}),
    "cardline_authorizations_total": (lambda m: m.authorization("d", "r", 1), {"decision": "d", "reason": "r"}),
    "cardline_authorization_seconds_sum": (lambda m: m.authorization("d", "r", 1), {}),
    "cardline_authorizations_late_total": (lambda m: m.authorization_late(), {}),
    "cardline_stage_seconds_sum": (lambda m: m.stage("record", 1), {"stage": "record"}),
    "cardline_repeats_total": (lambda m: m.repeated(), {}),
    "cardline_overload_total": (lambda m: m.overloaded("a"), {"link": "a"}),
    "cardline_shadow_differences_total": (lambda m: m.shadow_difference("r"), {"reason": "r"}),
    "cardline_ledger_batch_size_sum": (lambda m: m.batch_committed(1, 1), {}),
    "cardline_ledger_batch_seconds_sum": (lambda m: m.batch_committed(1, 1), {}),
    "cardline_dead_letters_total": (lambda m: m.command_poisoned(), {}),
    "cardline_voids_total": (lambda m: m.approval_voided(), {}),
    "cardline_ledger_writer_ready": (lambda m: m.watch_writer(lambda: True), {}),
    "cardline_messages_lost_total": (lambda m: m.messages_lost(1), {}),
    "cardline_chain_batches_verified_total": (lambda m: m.batches_verified(1), {}),
    "cardline_chain_findings": (lambda m: m.findings_open(1), {}),
    "cardline_reserve_batch_size_sum": (lambda m: m.reserved(1, 1), {}),
    "cardline_cache_misses_total": (lambda m: m.missed("down", 1), {"reason": "down"}),
    "cardline_cache_lag_versions_total": (lambda m: m.lagged(1), {}),
    "cardline_cache_confirms_lost_total": (lambda m: m.confirms_dropped(1), {}),
    "cardline_cache_up": (lambda m: m.redis_is_up(is_up=True), {}),
    "cardline_loop_heartbeat_age_seconds": (lambda m: m.watch_loop(lambda: 1.0), {}),
}


@pytest.mark.parametrize("name", MOVES)
def test_what_is_told_is_on_the_page(name: str) -> None:
    metrics = Metrics()
    tell, labels = MOVES[name]
    assert metrics.registry.get_sample_value(name, labels) in (None, 0)
    tell(metrics)
    assert metrics.registry.get_sample_value(name, labels) == 1


def test_a_writer_that_is_not_ready_reads_nought_whatever_it_said_before() -> None:
    metrics, ready = Metrics(), [True]
    metrics.watch_writer(lambda: ready[0])
    assert metrics.registry.get_sample_value("cardline_ledger_writer_ready") == 1
    ready[0] = False
    assert metrics.registry.get_sample_value("cardline_ledger_writer_ready") == 0


def test_the_ages_of_what_waits_grow_after_they_were_told() -> None:
    metrics = Metrics()
    metrics.verified_until(5.0)
    metrics.holds_expired_until(7.0)
    assert (metrics.registry.get_sample_value("cardline_chain_verified_age_seconds") or 0) > 5
    assert (metrics.registry.get_sample_value("cardline_hold_expiry_lag_seconds") or 0) > 7


def test_the_first_event_of_a_known_kind_is_an_increase() -> None:
    metrics = Metrics()
    known_series.begin(metrics, {"a": True})
    read = metrics.registry.get_sample_value
    assert read("cardline_links_down_total", {"link": "a", "reason": "sign_on_refused"}) == 0
    assert read("cardline_authorizations_total", {"decision": "declined", "reason": "overloaded"}) == 0
    assert read("cardline_overload_total", {"link": "a"}) == read("cardline_replies_lost_total", {"link": "a"}) == 0
    assert read("cardline_cache_misses_total", {"reason": "down"}) == 0
    assert read("cardline_link_needs_sign_on", {"link": "a"}) == 1
