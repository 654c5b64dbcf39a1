"""Rates, quantiles and troubles between two scrapes."""

import math

import pytest

from cardline import known_series
from cardline.metrics import Metrics
from cardline.watching.top_view import ROWS, Between, Page


def page(metrics: Metrics) -> Page:
    from prometheus_client import generate_latest

    return Page.read(generate_latest(metrics.registry).decode())


def told(between: Between) -> dict[str, str]:
    return {name: tell(between) for name, tell in ROWS.items()}


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics()
    metrics.writer_changed(True)
    metrics.redis_is_up(True)
    known_series.begin(metrics, {"mastercard": False})
    return metrics


def test_what_happened_between_two_looks_is_told_a_second(metrics: Metrics) -> None:
    metrics.authorization("approved", "approved", 0.004)
    before = page(metrics)
    for _ in range(20):
        metrics.authorization("approved", "approved", 0.004)
    for _ in range(4):
        metrics.authorization("declined", "insufficient_funds", 0.004)
        metrics.message("mastercard", "0100", "in")
    metrics.batch_committed(12, 0.002)
    metrics.batch_committed(12, 0.004)
    rows = told(Between(before, page(metrics), 2.0))
    assert rows["authorizations a second"] == "approved 10.0  declined 2.0"
    assert rows["declines a second"] == "insufficient_funds 2.0"
    assert rows["batches"] == "1.0/s of 12.0 commands in 3.0 ms"
    assert rows["links"] == "mastercard 0 connected, 2.0/s in"
    assert rows["health"] == "nothing to see to"


def test_a_quantile_lies_in_the_bucket_that_holds_it(metrics: Metrics) -> None:
    before = page(metrics)
    for _ in range(99):
        metrics.authorization("approved", "approved", 0.004)
    metrics.authorization("approved", "approved", 0.4)
    between = Between(before, page(metrics), 1.0)
    assert 0.003 < between.quantile("cardline_authorization_seconds", 0.5) <= 0.005
    assert 0.25 < between.quantile("cardline_authorization_seconds", 0.999) <= 0.5


def test_where_nothing_happened_nothing_is_made_up(metrics: Metrics) -> None:
    between = Between(page(metrics), page(metrics), 1.0)
    assert math.isnan(between.quantile("cardline_authorization_seconds", 0.99))
    assert told(between)["time to answer"] == "p50 -  p90 -  p99 -"
    assert told(between)["batches"] == "none"


def test_a_switch_that_was_started_anew_counts_from_nought(metrics: Metrics) -> None:
    for _ in range(50):
        metrics.authorization("approved", "approved", 0.004)
    anew = Metrics()
    for _ in range(3):
        anew.authorization("approved", "approved", 0.004)
    assert Between(page(metrics), page(anew), 1.0).rate("cardline_authorizations_total") == 3


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (lambda metrics: metrics.writer_changed(False), "the ledger cannot be written"),
        (lambda metrics: metrics.redis_is_up(False), "Redis does not answer"),
        (lambda metrics: metrics.findings_open(1), "the books do not hold"),
        (lambda metrics: metrics.drifted(5), "the cache has drifted"),
        (lambda metrics: metrics.handler_failed("mastercard"), "requests without an answer"),
        (lambda metrics: metrics.messages_lost(1), "log lines or messages were lost"),
    ],
)
def test_a_trouble_is_named(metrics: Metrics, trouble, words: str) -> None:
    before = page(metrics)
    trouble(metrics)
    assert told(Between(before, page(metrics), 1.0))["health"] == words
