"""What watching costs: the CPU of one payment's metrics and of its canonical log line: `python -m bench.watching`.

Both are made as the switch makes them, the line written by its thread to /dev/null. Half a minute at the most, starts nothing.
"""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from cardline import logs
from cardline.metrics import Metrics

PAYMENTS, RUNS = 20_000, 5


def main() -> None:
    metrics = Metrics()
    with Path(os.devnull).open("wb") as nowhere:
        writer = logs.configure(metrics.lost_log_lines.inc, nowhere.fileno())
        log = structlog.get_logger("bench").bind()
        for name, work in {"metrics": lambda: counted(metrics), "log line": lambda: logged(log)}.items():
            print(f"{name}: {statistics.median(microseconds(work) for _ in range(RUNS)):.1f} us of CPU a payment")
        writer.close()


def microseconds(work: Callable[[], None]) -> float:
    begun = time.process_time()  # of all threads: the log's as well
    for _ in range(PAYMENTS):
        work()
    return (time.process_time() - begun) / PAYMENTS * 1e6


def counted(metrics: Metrics) -> None:
    """As server, flow and the story of an authorization count."""
    metrics.inflight(1)
    metrics.message("mastercard", "0100", "in")
    metrics.stage("reserve", 0.001)
    metrics.stage("record", 0.002)
    metrics.message("mastercard", "0110", "out")
    metrics.authorization("approved", "approved", 0.004)
    metrics.inflight(-1)


def logged(log: structlog.typing.FilteringBoundLogger) -> None:
    log.info(
        "message", message_id=1125899906842626, link="mastercard", mti="0100", stan="000001", rrn="000000000001",
        response_code="00", decision="approved", reason="approved", repeat=False, authorization_id=1125899906842627,
        milliseconds=3.412,
    )  # fmt: skip


if __name__ == "__main__":
    main()
