from pathlib import Path

from cardline import known_series
from cardline.guides.metrics import described, guide
from cardline.metrics import Metrics

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
