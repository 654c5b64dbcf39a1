"""Times as a histogram with three significant digits (HdrHistogram), merged over processes. Pure.

Generators count in a dictionary of rounded microseconds, because that costs a fraction of a recording; the rounding is the
histogram's own, so nothing is lost on the way.
"""

from collections.abc import Iterable, Mapping

from hdrh.histogram import HdrHistogram

SIGNIFICANT_DIGITS = 3
LONGEST_MICROSECONDS = 3_600_000_000
KEPT_BITS = 11
"""Of a rounded value: 2048 steps per power of two, which is what three digits need."""
SHOWN = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9}

Counts = Mapping[int, int]
"""How often each rounded number of microseconds was seen."""


def rounded(seconds: float) -> int:
    """Microseconds to three digits, downwards; nothing is negative."""
    value = int(seconds * 1_000_000)
    if value < 1 << KEPT_BITS:
        return max(value, 0)
    shift = value.bit_length() - KEPT_BITS
    return value >> shift << shift


def histogram(counts: Iterable[Counts]) -> HdrHistogram:
    """One of all of them; what is longer than an hour counts as an hour."""
    merged = HdrHistogram(1, LONGEST_MICROSECONDS, SIGNIFICANT_DIGITS)
    for each in counts:
        for microseconds, times in each.items():
            merged.record_value(min(microseconds, LONGEST_MICROSECONDS), times)
    return merged


def milliseconds(counts: Counts) -> dict[str, float]:
    """p50, p90, p99, p99.9, the largest and the mean; nothing of nothing."""
    if not counts:
        return {}
    merged = histogram([counts])
    found = merged.get_percentile_to_value_dict(list(SHOWN.values()))
    shown = {name: found[percentile] / 1000 for name, percentile in SHOWN.items()}
    shown |= {"max": merged.get_max_value() / 1000, "mean": merged.get_mean_value() / 1000}
    return {name: round(value, 3) for name, value in shown.items()}


def share_above(counts: Counts, seconds: float) -> float:
    """The part of all that took longer."""
    total = sum(counts.values())
    limit = seconds * 1_000_000
    return sum(times for value, times in counts.items() if value > limit) / total if total else 0.0
