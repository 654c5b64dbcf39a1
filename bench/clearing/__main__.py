"""`python -m bench.clearing`: reading and writing speed of clearing files, cardutil beside us in the same run.

Both read the same file, taking turns, because a shared machine changes from minute to minute. cardutil gets as few
records as give it about the same time, so that a run stays short. Rates are per second of processor time.
"""

import argparse
import asyncio
import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from cardutil import mciipm

from bench.clearing.posting import measured
from bench.clearing.sample import presentments
from bench.machine import machine
from bench.percentiles import medians
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.reader import Flaw, IpmReader
from clearing.ipm.recognition import FileForm
from clearing.ipm.writer import IpmWriter

FORMS = (FileForm(Framing.BLOCKED, CharacterSet.CP500), FileForm(Framing.VBS, CharacterSet.LATIN_1))


def main() -> int:
    options = _options()
    report: dict[str, Any] = {"machine": machine(), "records": options.records, "forms": {}}
    with tempfile.TemporaryDirectory(prefix="cardline-bench-") as directory:
        for form in FORMS:
            name = f"{form.framing.value} {form.character_set.value}"
            report["forms"][name] = _measured(form, Path(directory) / "day.ipm", options)
        if options.post:
            report["posting"] = asyncio.run(measured(options.post, Path(directory) / "post.ipm", reconciles=options.reconcile))
            report["posting"]["records"] = options.post
    report["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(_markdown(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def _measured(form: FileForm, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    began = time.process_time()
    with path.open("wb") as out, IpmWriter(out, form) as writer:
        writer.write_all(presentments(options.records))
    written = options.records / (time.process_time() - began)
    few = io.BytesIO()
    with IpmWriter(few, form) as writer:
        writer.write_all(presentments(max(1, options.records // options.fewer)))
    turns = []
    for _ in range(options.turns):
        with path.open("rb") as stream:
            ours = _rate(partial(_count, stream))
        few.seek(0)
        theirs = _rate(lambda: sum(1 for _ in _cardutil(few, form)))
        turns.append({"read_per_second": ours, "cardutil_per_second": theirs, "ratio": ours / theirs})
    return {**medians(turns), "written_per_second": written, "megabytes": path.stat().st_size / 1e6}


def _count(stream: BinaryIO) -> int:
    count = 0
    for record in IpmReader(stream):
        assert not isinstance(record, Flaw), record.sentence("the benchmark's own file")
        count += 1
    return count


def _cardutil(stream: BinaryIO, form: FileForm) -> mciipm.IpmReader:
    return mciipm.IpmReader(stream, encoding=form.character_set.value, blocked=form.framing is Framing.BLOCKED)


def _rate(count: Callable[[], int]) -> float:
    began = time.process_time()
    records = count()
    return records / (time.process_time() - began)


def _markdown(report: dict[str, Any]) -> str:
    about = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in report["machine"].items())
    lines = [f"{report['records']:,} presentments, {report['peak_megabytes']:.0f} MB at most. Machine: {about}.", ""]
    lines += ["| file | MB | read/s | cardutil read/s | ratio | written/s |", "| --- | --- | --- | --- | --- | --- |"]
    for name, figures in report["forms"].items():
        rates = f"{figures['read_per_second']:,.0f} | {figures['cardutil_per_second']:,.0f} | {figures['ratio']:.1f}"
        lines.append(f"| {name} | {figures['megabytes']:.1f} | {rates} | {figures['written_per_second']:,.0f} |")
    if posting := report.get("posting"):
        lines += ["", f"{posting['records']:,} presentments against as many authorizations, in wall time:", ""]
        lines += [
            "| read, matched, posted/s | posted/s | floor/s | ratio | own CPU us | MB |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines.append(
            f"| {posting['per_second']:,.0f} | {posting['posted_per_second']:,.0f} | {posting['floor_per_second']:,.0f} "
            f"| {posting['ratio']:.2f} | {posting['own_cpu_microseconds']:.0f} | {posting['peak_megabytes']:.0f} |"
        )
        lines += _reconciled(posting["reconciling"], posting["records"]) if "reconciling" in posting else []
    return "\n".join(lines)


def _reconciled(figures: dict[str, Any], records: int) -> list[str]:
    lines = [
        "",
        f"The day of {records:,} records reconciled in a process of its own, beside 200 payments/s:",
        "",
        "| run | s | CPU us/record | findings | longest statement ms | longest snapshot ms |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in ("first", "again"):
        one = figures[name]
        lines.append(
            f"| {name} | {one['seconds']:.2f} | {one['cpu_seconds'] / records * 1e6:.0f} | {one['findings']} "
            f"| {one['longest_ms']:.0f} (`{one['longest']}`) | {one['snapshot_ms']:.0f} |"
        )
    said = f"{figures['quiet_p99_ms']:.1f} ms before, {figures['busy_p99_ms']:.1f} ms during the runs"
    return [*lines, "", f"{figures['peak_megabytes']:.0f} MB at most; a hold at the journal, p99: {said}."]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.clearing", description=__doc__)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--turns", type=int, default=3, help="the median counts")
    parser.add_argument("--fewer", type=int, default=25, help="cardutil reads this many times fewer records")
    parser.add_argument("--post", type=int, default=0, help="also post so many presentments on a ledger of its own (aim: 200000)")
    parser.add_argument("--reconcile", action="store_true", help="with --post: then reconcile that day, beside payments")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
