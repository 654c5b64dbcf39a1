"""What the page shows is what was counted, and what the Prometheus library would have made of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest

from cardline.metrics import Metrics
from cardline.plain_metrics import PlainCounter, PlainHistogram

BUCKETS = (0.001, 0.0075, 1, 2.5)
WORDS = st.sampled_from(["approved", "declined", 'with "quotes"', "back\\slash", "two\nlines"])
SECONDS = st.one_of(st.sampled_from([0.0, *BUCKETS]), st.floats(min_value=0, max_value=1e6))


@given(st.lists(st.tuples(WORDS, WORDS, SECONDS), max_size=30))
def test_the_page_is_the_same_as_the_librarys(events: list[tuple[str, str, float]]) -> None:
    disable_created_metrics()  # type: ignore[no-untyped-call]
    plain, library = CollectorRegistry(), CollectorRegistry()
    count = PlainCounter("cardline_count", "Counted", ["decision", "reason"], registry=plain)
    alone = PlainCounter("cardline_alone", "Without labels", registry=plain)
    spread = PlainHistogram("cardline_seconds", "Spread", ["stage"], buckets=BUCKETS, registry=plain)
    whole = PlainHistogram("cardline_whole_seconds", "Without labels", buckets=BUCKETS, registry=plain)
    their_count = Counter("cardline_count", "Counted", ["decision", "reason"], registry=library)
    their_alone = Counter("cardline_alone", "Without labels", registry=library)
    their_spread = Histogram("cardline_seconds", "Spread", ["stage"], buckets=BUCKETS, registry=library)
    their_whole = Histogram("cardline_whole_seconds", "Without labels", buckets=BUCKETS, registry=library)
    for decision, reason, seconds in events:
        count.add((decision, reason))
        alone.add()
        spread.observe(seconds, (decision,))
        whole.observe(seconds)
        their_count.labels(decision, reason).inc()
        their_alone.inc()
        their_spread.labels(decision).observe(seconds)
        their_whole.observe(seconds)
    assert generate_latest(plain) == generate_latest(library)


def test_scrapers_that_never_pause_see_numbers_that_only_rise_and_in_the_end_every_one() -> None:
    metrics, payments, is_over = Metrics(), 5_000, threading.Event()

    def scrape() -> list[list[float]]:
        seen = []
        while not is_over.is_set():
            seen.append(counted(metrics))
        return seen

    with ThreadPoolExecutor(2) as threads:
        scrapers = [threads.submit(scrape) for _ in range(2)]
        for number in range(payments):
            metrics.message("mastercard", f"0{number % 8}00", "in")
            metrics.authorization("declined", f"reason {number % 50}", 0.001 * (number % 7))
            metrics.stage(f"stage {number % 50}", 0.1)
        is_over.set()
    for scraper in scrapers:
        for before, after in pairwise(scraper.result()):
            assert all(earlier <= later for earlier, later in zip(before, after, strict=True))
    assert counted(metrics) == [payments] * 4


def counted(metrics: Metrics) -> list[float]:
    """Over all labels: messages, authorizations, and the counts of both histograms."""
    names = ("cardline_messages_total", "cardline_authorizations_total",
             "cardline_authorization_seconds_count", "cardline_stage_seconds_count")  # fmt: skip
    samples = [sample for family in metrics.registry.collect() for sample in family.samples]
    return [sum(sample.value for sample in samples if sample.name == name) for name in names]


def test_what_several_threads_count_is_counted_exactly() -> None:
    metrics, threads, lines = Metrics(), 4, 2_000

    def lose() -> None:
        for _ in range(lines):
            metrics.lost_log_lines.inc()

    with ThreadPoolExecutor(threads) as pool:
        for _ in range(threads):
            pool.submit(lose)
    assert metrics.registry.get_sample_value("cardline_log_lines_lost_total") == threads * lines


def test_messages_being_worked_on_are_those_begun_and_not_done() -> None:
    metrics = Metrics()
    for change in (1, 1, 1, -1):
        metrics.inflight(change)
    assert metrics.registry.get_sample_value("cardline_inflight") == 2
