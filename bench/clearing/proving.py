"""Reading and proving a file of any size, alone: its rate and the memory it takes."""

import itertools
import time
from pathlib import Path

from bench.clearing.child import alone
from bench.clearing.files import file_id, write
from clearing.intake.proving import ProvedFile, proved

PAN, TRACE = "5413330000000019", "MCCABC1231126"


def measured(records: int, path: Path) -> dict[str, float]:
    """Of a file that is made for it."""
    write(path, file_id(), itertools.repeat((PAN, TRACE), records))
    (seconds, cpu), megabytes = alone(_proved, path)
    size = path.stat().st_size / 1e6
    path.unlink()
    return {
        "records": records,
        "per_second": records / seconds,
        "per_cpu_second": records / cpu,
        "megabytes": megabytes,
        "file": size,
    }


def _proved(path: Path) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as stream:
        found = proved(stream, path.name)
    assert isinstance(found, ProvedFile), found
    return time.perf_counter() - began, time.process_time() - cpu
