from pathlib import Path

from cardline.guides.metrics import described, guide
from cardline.metrics import Metrics

ROOT = Path(__file__).parents[4]
FEW_LABELS = 3


def test_the_table_of_metrics_is_up_to_date() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8") == guide(), (
        "python -m cardline.guides.metrics > docs/metrics.md"
    )


def test_every_metric_bears_our_name_and_says_what_it_is() -> None:
    for metric, labels in described():
        assert metric.name.startswith("cardline_")
        assert metric.documentation
        assert len(labels) <= FEW_LABELS


def test_a_link_to_which_nobody_came_can_be_seen() -> None:
    metrics = Metrics()
    metrics.links_configured(["mastercard"])
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
