"""Whoever scrapes, and however often: the page is complete, and making it takes its share and no more."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Metric

from cardline.running.metrics_page import MOST_REST_SECONDS, PIECE_REST_SECONDS, REST, Clocks, MetricsPage

LIMIT_SECONDS = 10


class Hours:
    """Clocks that pass when somebody rests or works."""

    def __init__(self) -> None:
        self.seconds, self.worked = 0.0, 0.0
        self.rests: list[float] = []

    def work(self, seconds: float) -> None:
        self.seconds += seconds
        self.worked += seconds

    def rest(self, seconds: float) -> None:
        self.seconds += seconds
        self.rests.append(seconds)

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.seconds, lambda: self.worked, self.rest)


class Dear:
    """A collector that costs something, and how often it was asked."""

    def __init__(self, hours: Hours, seconds: float = 0.01) -> None:
        self._hours, self._seconds, self.asked = hours, seconds, 0

    def collect(self) -> Iterable[Metric]:
        self.asked += 1
        self._hours.work(self._seconds)
        return [Metric("cardline_dear", "Costs something", "gauge")]


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_one_who_asks_again_and_again_gets_a_twentieth_of_the_time(hours: Hours, registry: CollectorRegistry) -> None:
    registry.register(Dear(hours))
    page = MetricsPage(registry, hours.clocks())
    for _ in range(11):
        page.text()
    assert hours.worked == pytest.approx(11 * 0.01)
    assert hours.seconds >= 10 * REST * 0.01


def test_sending_the_page_to_many_makes_the_rest_longer_up_to_a_limit(hours: Hours, registry: CollectorRegistry) -> None:
    page = MetricsPage(registry, hours.clocks())
    for spent, rest in ((0.0, 0.0), (0.02, 0.02 * REST), (100.0, MOST_REST_SECONDS)):
        page.text()
        page.charge(spent)
        hours.rests.clear()
        page.text()
        assert sum(hours.rests) == pytest.approx(rest)


def test_one_who_asks_now_and_then_does_not_wait(hours: Hours, registry: CollectorRegistry) -> None:
    registry.register(Dear(hours))
    page = MetricsPage(registry, hours.clocks())
    page.text()
    hours.seconds += REST * 0.01
    hours.rests.clear()
    page.text()
    assert hours.rests == [PIECE_REST_SECONDS]


def test_payments_have_their_turn_between_the_families(hours: Hours, registry: CollectorRegistry) -> None:
    families = [f"cardline_number_{number}" for number in range(7)]
    for name in families:
        Gauge(name, "A number", registry=registry)
    page = MetricsPage(registry, hours.clocks()).text().decode()
    assert hours.rests == [PIECE_REST_SECONDS] * len(families)
    assert [line.split()[2] for line in page.splitlines() if line.startswith("# TYPE")] == families


def test_every_page_shows_what_was_counted_before_it_was_asked_for(hours: Hours, registry: CollectorRegistry) -> None:
    counter = Counter("cardline_payments", "Counted", registry=registry)
    registry.register(Dear(hours))
    page = MetricsPage(registry, hours.clocks())
    for number in range(1, 6):
        counter.inc()
        assert f"cardline_payments_total {number}.0\n" in page.text().decode()


def test_a_metric_that_cannot_be_read_costs_its_rest_as_well(hours: Hours, registry: CollectorRegistry) -> None:
    class Broken(Dear):
        def collect(self) -> Iterable[Metric]:
            super().collect()
            raise ValueError("no")

    registry.register(Broken(hours))
    page = MetricsPage(registry, hours.clocks())
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            page.text()
    assert hours.seconds >= 2 * REST * 0.01


def test_all_who_ask_while_a_page_is_made_share_the_next_one(registry: CollectorRegistry) -> None:
    scrapers = 20
    asked, is_making, may_go_on = threading.Semaphore(0), threading.Event(), threading.Event()

    class Slow(Dear):
        def collect(self) -> Iterable[Metric]:
            is_making.set()
            assert may_go_on.wait(LIMIT_SECONDS)
            return super().collect()

    def now() -> float:
        asked.release()
        return time.monotonic()

    slow = Slow(Hours())
    registry.register(slow)
    page = MetricsPage(registry, Clocks(now, rest=lambda _: None))
    with ThreadPoolExecutor(scrapers + 1) as threads:
        pages = [threads.submit(page.text)]
        assert is_making.wait(LIMIT_SECONDS)
        while asked.acquire(blocking=False):
            pass
        pages += [threads.submit(page.text) for _ in range(scrapers)]
        for _ in range(scrapers):
            assert asked.acquire(timeout=LIMIT_SECONDS)
        may_go_on.set()
    assert slow.asked == 2
    assert len({id(each.result()) for each in pages}) == 2
