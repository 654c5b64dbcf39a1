"""What `cardline top` shows: two pages of metrics and the time between them in, a table out. Pure."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

Labels = tuple[tuple[str, str], ...]
SHOWN_REASONS = 6


@dataclass(frozen=True, slots=True)
class Page:
    """The samples of one scrape."""

    samples: Mapping[str, Mapping[Labels, float]]

    @classmethod
    def read(cls, text: str) -> "Page":
        """Raises ValueError where it is no page of metrics."""
        samples: dict[str, dict[Labels, float]] = defaultdict(dict)
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples[sample.name][tuple(sorted(sample.labels.items()))] = sample.value
        return cls(samples)

    def of(self, name: str) -> Mapping[Labels, float]:
        return self.samples.get(name, {})

    def value(self, name: str, **labels: str) -> float:
        """The sum over all series that have these labels; 0 where there is none."""
        wanted = set(labels.items())
        return sum(value for given, value in self.of(name).items() if wanted <= set(given))


@dataclass(frozen=True, slots=True)
class Between:
    """What happened from one page to the next."""

    before: Page
    after: Page
    seconds: float

    def rate(self, name: str, **labels: str) -> float:
        """A second. A process that was started anew counts from nought."""
        rise = self.after.value(name, **labels) - self.before.value(name, **labels)
        return (rise if rise >= 0 else self.after.value(name, **labels)) / self.seconds

    def rates(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """By the values of a label, the quickest first; only those that happened."""
        values = {dict(given).get(label, "") for given in self.after.of(name) if set(labels.items()) <= set(given)}
        found = {value: self.rate(name, **{label: value}, **labels) for value in values}
        return dict(sorted(((value, rate) for value, rate in found.items() if rate > 0), key=lambda pair: -pair[1]))

    def quantile(self, name: str, share: float) -> float:
        """In the bucket that holds it, as if its values were spread evenly; NaN where nothing happened."""
        bounds = sorted(float(dict(given)["le"]) for given in self.after.of(f"{name}_bucket"))
        counts = [self._below(name, bound) for bound in bounds]
        if not counts or counts[-1] <= 0:
            return math.nan
        target, low, reached = share * counts[-1], 0.0, 0.0
        for bound, count in zip(bounds, counts, strict=True):
            if count >= target:
                inside = (target - reached) / (count - reached) if count > reached else 1.0
                return low if math.isinf(bound) else low + (bound - low) * inside
            low, reached = bound, count
        return low

    def _below(self, name: str, bound: float) -> float:
        def count(page: Page) -> float:
            return sum(value for given, value in page.of(f"{name}_bucket").items() if float(dict(given)["le"]) == bound)

        return count(self.after) - count(self.before)


def table(between: Between, title: str) -> Table:
    """One row per question that somebody at the screen has."""
    drawn = Table(title=title, title_justify="left", show_header=False)
    for name, tell in ROWS.items():
        drawn.add_row(name, tell(between))
    return drawn


def _listed(rates: Mapping[str, float], most: int = SHOWN_REASONS) -> str:
    return "  ".join(f"{name} {rate:,.1f}" for name, rate in list(rates.items())[:most]) or "none"


def _milliseconds(seconds: float) -> str:
    return "-" if math.isnan(seconds) else f"{seconds * 1000:,.1f} ms"


def _latency(between: Between) -> str:
    told = ((f"p{share * 100:g}", between.quantile("cardline_authorization_seconds", share)) for share in (0.5, 0.9, 0.99))
    return "  ".join(f"{name} {_milliseconds(seconds)}" for name, seconds in told)


def _links(between: Between) -> str:
    states: dict[str, float] = defaultdict(float)
    for labels, value in between.after.of("cardline_links").items():
        named = dict(labels)
        states[named["link"]] += value if named["state"] in ("connected", "signed_on") else 0
    return "  ".join(
        f"{link} {count:.0f} connected, {between.rate('cardline_messages_total', link=link, direction='in'):,.1f}/s in"
        for link, count in sorted(states.items())
    )


def _batches(between: Between) -> str:
    batches = between.rate("cardline_ledger_batch_size_count")
    if not batches:
        return "none"
    commands = between.rate("cardline_ledger_batch_size_sum") / batches
    seconds = between.rate("cardline_ledger_batch_seconds_sum") / batches
    return f"{batches:,.1f}/s of {commands:,.1f} commands in {_milliseconds(seconds)}"


def _waiting(between: Between) -> str:
    queues = {dict(labels)["queue"]: value for labels, value in between.after.of("cardline_queue_depth").items()}
    told = "  ".join(f"{name} {value:.0f}" for name, value in sorted(queues.items()))
    return f"in flight {between.after.value('cardline_inflight'):.0f}  {told}"


def _health(between: Between) -> str:
    page = between.after
    troubles = {
        "the ledger cannot be written": page.value("cardline_ledger_writer_ready") == 0,
        "Redis does not answer": page.value("cardline_cache_up") == 0,
        "the books do not hold": page.value("cardline_chain_findings") > 0,
        "the cache has drifted": page.value("cardline_cache_drift_minor") > 0,
        "requests without an answer": page.value("cardline_handler_failures_total") > 0,
        "log lines or messages were lost": between.rate("cardline_messages_lost_total")
        + between.rate("cardline_log_lines_lost_total") > 0,
    }  # fmt: skip
    return "; ".join(name for name, is_so in troubles.items() if is_so) or "nothing to see to"


def _exceptions(between: Between) -> str:
    waiting = {dict(labels)["kind"]: value for labels, value in between.after.of("cardline_exceptions_open").items() if value}
    return "  ".join(f"{kind} {value:.0f}" for kind, value in sorted(waiting.items())) or "none"


ROWS: Mapping[str, Callable[[Between], str]] = {
    "health": _health,
    "authorizations a second": lambda between: _listed(between.rates("cardline_authorizations_total", "decision")),
    "time to answer": _latency,
    "declines a second": lambda between: _listed(between.rates("cardline_authorizations_total", "reason", decision="declined")),
    "links": _links,
    "batches": _batches,
    "waiting": _waiting,
    "cache misses a second": lambda between: _listed(between.rates("cardline_cache_misses_total", "reason")),
    "exceptions": _exceptions,
}
