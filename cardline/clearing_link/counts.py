"""What the process of the clearing links counts, on its way into the metrics of the switch beside it. Pure.

Counts are gathered in the one process and told every second as one line of JSON: what happened, with which labels, how
often. In the other they are counted on.
"""

import enum
from collections import Counter
from collections.abc import Iterable

import orjson

from cardline.metrics import Metrics

RECEIVING = "receiving"
"""The state of a clearing link's connections: not "connected", for there is no harm in there being none."""


class _What(enum.StrEnum):
    CONNECTIONS = "connections"
    RECORDS = "records"
    FILES = "files"
    REFUSED = "refused"
    MALFORMED = "malformed"
    FAILED = "failed"


class Counts:
    """An `IntakeMeter` that keeps what it is told until it is taken."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()

    def clearing_connections(self, link: str, change: int) -> None:
        self._counts[_What.CONNECTIONS, link] += change

    def clearing_records(self, link: str, mti: str, direction: str, count: int) -> None:
        self._counts[_What.RECORDS, link, mti, direction] += count

    def clearing_file(self, link: str, outcome: str) -> None:
        self._counts[_What.FILES, link, outcome] += 1

    def connection_refused(self, link: str) -> None:
        self._counts[_What.REFUSED, link] += 1

    def malformed(self, link: str) -> None:
        self._counts[_What.MALFORMED, link] += 1

    def handler_failed(self, link: str) -> None:
        self._counts[_What.FAILED, link] += 1

    def taken(self) -> bytes:
        """All since it was last asked, as one line; b"" where nothing happened."""
        counts, self._counts = self._counts, Counter()
        return orjson.dumps([[*labels, count] for labels, count in counts.items()]) + b"\n" if counts else b""


def begin(links: Iterable[str], metrics: Metrics) -> None:
    """Where no process is, no connection is."""
    for link in links:
        metrics.links.labels(link, RECEIVING).set(0)


def count_on(line: bytes, metrics: Metrics) -> None:
    """One line of the other process, which is ours."""
    for what, link, *labels, count in orjson.loads(line):
        match _What(what):
            case _What.CONNECTIONS:
                metrics.links.labels(link, RECEIVING).inc(count)
            case _What.RECORDS:
                metrics.messages.add((link, *labels), count)
            case _What.FILES:
                metrics.clearing_files.labels(link, *labels).inc(count)
            case _What.REFUSED:
                metrics.refused_connections.labels(link).inc(count)
            case _What.MALFORMED:
                metrics.malformed_messages.add(count=count)
            case _What.FAILED:
                metrics.handler_failures.inc(count)
