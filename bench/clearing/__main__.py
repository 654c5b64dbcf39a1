"""`python -m bench.clearing`: reading and writing speed of clearing files, cardutil beside us in the same run.

Both read the same file, taking turns, because a shared machine changes from minute to minute. cardutil gets as few
records as give it about the same time, so that a run stays short. Rates are per second of processor time.

Beside it, where asked for: files of several sizes proved, posted, and posted while payments run.
"""

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from cardutil import mciipm

from bench.clearing import beside, posting, proving
from bench.clearing.sample import presentments
from bench.clearing.tables import markdown
from bench.machine import machine
from bench.percentiles import medians
from cardline.logs import configure_for_commands
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.reader import Flaw, IpmReader
from clearing.ipm.recognition import FileForm
from clearing.ipm.writer import IpmWriter

FORMS = (FileForm(Framing.BLOCKED, CharacterSet.CP500), FileForm(Framing.VBS, CharacterSet.LATIN_1))


def main() -> int:
    options = _options()
    configure_for_commands()
    report: dict[str, Any] = {"machine": machine(), "records": options.records, "forms": {}}
    with tempfile.TemporaryDirectory(prefix="cardline-bench-") as directory:
        path = Path(directory) / "day.ipm"
        for form in FORMS if options.records else ():
            report["forms"][f"{form.framing.value} {form.character_set.value}"] = _measured(form, path, options)
        report["proving"] = [proving.measured(records, path) for records in options.prove]
        report["posting"] = [posting.measured(records, path, reconciles=options.reconcile) for records in options.post]
        if options.beside:
            report["beside"] = beside.measured(options.beside, path, rate=options.rate, seconds=options.seconds)
    print(markdown(report))
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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.clearing", description=__doc__)
    parser.add_argument("--records", type=int, default=50_000, help="read and written, beside cardutil; 0: none")
    parser.add_argument("--turns", type=int, default=3, help="the median counts")
    parser.add_argument("--fewer", type=int, default=25, help="cardutil reads this many times fewer records")
    parser.add_argument("--prove", type=_sizes, default=(), help="also read and prove files of so many records: 20000,1000000")
    parser.add_argument("--post", type=_sizes, default=(), help="also post files of so many, each on a ledger of its own: 200000")
    parser.add_argument("--reconcile", action="store_true", help="with --post: then reconcile that day, beside payments")
    parser.add_argument("--beside", type=int, default=0, help="also post so many while payments run")
    parser.add_argument("--rate", type=float, default=200.0, help="of the payments, per second")
    parser.add_argument("--seconds", type=float, default=30.0, help="of payments without a file, beside it, and again without")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
