"""Which labels and values a query of Prometheus asks for, held against what a page exposes. Pure: text in, mistakes out."""

import re
from collections import defaultdict
from collections.abc import Mapping

from cardline.guides.metrics import described
from cardline.metrics import KNOWN_MTIS

SCRAPERS = {"instance", "job"}
CLOSED = {"mti": set(KNOWN_MTIS), "direction": {"in", "out"}}
"""Of messages, which are only there when some have come."""
SELECTOR = re.compile(r"\b((?:cardline|process|python)[a-z0-9_:]+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")

Labels = dict[str, dict[str, set[str]]]
"""By metric and label the values that are there."""


def exposed_labels(page: str) -> Labels:
    found: Labels = defaultdict(lambda: defaultdict(set))
    for metric, names in described():
        for suffix in ("", "_total", "_bucket", "_sum", "_count"):
            for label in names:
                found[metric.name + suffix][label] = set()
        found[metric.name + "_bucket"].setdefault("le", set())
    for line in page.splitlines():
        name, _, labels = line.rpartition(" ")[0].partition("{")
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            found[name][label].add(value)
    return found


def grouped(expression: str) -> set[str]:
    return {label.strip() for labels in GROUPING.findall(expression) for label in labels.split(",") if label.strip()}


def mistakes(expression: str, known: Labels, recorded: Mapping[str, str]) -> list[str]:
    """`recorded`: the expressions of the recording rules by name."""
    found = []
    there = set(SCRAPERS)
    for name, matchers in SELECTOR.findall(expression):
        labels = {label: set() for label in grouped(recorded[name])} if name in recorded else known[name]
        there |= labels.keys()
        for label, _, text in MATCHER.findall(matchers):
            values = labels.get(label, set()) | CLOSED.get(label, set())
            if label not in SCRAPERS:
                found += [f"{name}: {label}={value}" for value in text.split("|") if value not in values]
    return found + [f"by {label}" for label in grouped(expression) - there]
