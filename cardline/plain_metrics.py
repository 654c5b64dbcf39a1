"""Counters and histograms for what happens with every payment: plain numbers, made into a page only when somebody scrapes.

The Prometheus library's own take a lock for every number and look through a histogram's bounds one by one. These are counted
by one thread alone, the event loop's; a scraper's thread only copies. What several threads count is counted with the library's.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

Labels = tuple[str, ...]


class PlainCounter(Collector):
    """`add` with the labels' values in the order of their names."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str] = (), *, registry: CollectorRegistry) -> None:
        self._name, self._documentation, self._labelnames = name, documentation, tuple(labels)
        self._counts: dict[Labels, int] = {} if labels else {(): 0}
        registry.register(self)

    def begin(self, labels: Labels) -> None:
        """The series is there, and reads nought until something is counted."""
        self._counts.setdefault(labels, 0)

    def add(self, labels: Labels = (), count: int = 1) -> None:
        self._counts[labels] = self._counts.get(labels, 0) + count

    def describe(self) -> Iterable[CounterMetricFamily]:
        return [CounterMetricFamily(self._name, self._documentation, labels=self._labelnames)]

    def collect(self) -> Iterable[CounterMetricFamily]:
        (family,) = self.describe()
        for labels, count in self._counts.copy().items():
            family.add_metric(labels, count)
        return [family]


class _Series:
    """One histogram: how many fell under each bound and above the one before; what is beyond all comes last."""

    __slots__ = ("counts", "total")

    def __init__(self, buckets: int) -> None:
        self.counts, self.total = [0] * buckets, 0.0


class PlainHistogram(Collector):
    """`observe` with the labels' values in the order of their names."""

    def __init__(
        self, name: str, documentation: str, labels: Sequence[str] = (), *, buckets: Sequence[float], registry: CollectorRegistry
    ) -> None:
        """`buckets`: upper bounds in their order, each included; what is above the last is counted, too."""
        self._name, self._documentation, self._labelnames = name, documentation, tuple(labels)
        self._bounds = list(buckets)
        self._bound_names = [*map(floatToGoString, self._bounds), "+Inf"]
        self._series: dict[Labels, _Series] = {}
        if not labels:
            self._begun(())
        registry.register(self)

    def observe(self, value: float, labels: Labels = ()) -> None:
        series = self._series.get(labels) or self._begun(labels)
        series.total += value
        series.counts[bisect_left(self._bounds, value)] += 1

    def describe(self) -> Iterable[HistogramMetricFamily]:
        return [HistogramMetricFamily(self._name, self._documentation, labels=self._labelnames)]

    def collect(self) -> Iterable[HistogramMetricFamily]:
        (family,) = self.describe()
        for labels, series in self._series.copy().items():
            cumulative = accumulate(series.counts.copy())
            family.add_metric(labels, list(zip(self._bound_names, cumulative, strict=True)), series.total)
        return [family]

    def _begun(self, labels: Labels) -> _Series:
        series = self._series[labels] = _Series(len(self._bound_names))
        return series
