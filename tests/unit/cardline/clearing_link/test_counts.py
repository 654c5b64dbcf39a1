"""What the process of the clearing links counts arrives in the metrics of the switch."""

from cardline.clearing_link.counts import Counts, begin, count_on
from cardline.metrics import Metrics


def test_counts_arrive_once_and_under_their_names() -> None:
    counts, metrics = Counts(), Metrics()
    begin(["clearing"], metrics)
    counts.clearing_connections("clearing", 1)
    counts.clearing_records("clearing", "1240", "in", 3)
    counts.clearing_records("clearing", "1240", "in", 2)
    counts.clearing_file("clearing", "kept")
    counts.connection_refused("clearing")
    counts.malformed("clearing")
    counts.handler_failed("clearing")
    count_on(counts.taken(), metrics)
    assert counts.taken() == b""
    counts.clearing_connections("clearing", -1)
    counts.clearing_connections("clearing", 1)
    count_on(counts.taken(), metrics)

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(name, labels)

    assert value("cardline_links", link="clearing", state="receiving") == 1
    assert value("cardline_messages_total", link="clearing", mti="1240", direction="in") == 5
    assert value("cardline_clearing_link_files_total", link="clearing", outcome="kept") == 1
    assert value("cardline_connections_refused_total", link="clearing") == 1
    assert value("cardline_malformed_total") == 1
    assert value("cardline_handler_failures_total") == 1


def test_a_clearing_link_without_connections_is_no_link_that_is_down() -> None:
    metrics = Metrics()
    begin(["clearing"], metrics)
    assert metrics.registry.get_sample_value("cardline_links", {"link": "clearing", "state": "connected"}) is None
