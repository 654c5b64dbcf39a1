"""The figures of `bench.clearing` as Markdown. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]


def markdown(report: Figures) -> str:
    about = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in report["machine"].items())
    tables = [
        _table(("file", "MB", "read/s", "cardutil read/s", "ratio", "written/s"), _read(report["forms"])),
        _table(("read and proved", "records/s", "records per CPU second", "file MB", "memory MB"), _proved(report["proving"])),
        _table(
            ("read, matched, posted", "records/s", "posted/s", "floor/s", "ratio", "own CPU us", "Postgres CPU us", "memory MB"),
            _posted(report["posting"]),
        ),
        _table(("payments", "answered/s", "p50 ms", "p90 ms", "p99 ms", "max ms", "posted/s"), _paid(report.get("beside"))),
    ]
    reconciled = ["\n".join(_reconciled(f["reconciling"], f["records"])) for f in report["posting"] if "reconciling" in f]
    return "\n\n".join([f"Machine: {about}.", *filter(None, tables), *reconciled])


def _read(forms: Mapping[str, Figures]) -> Iterator[Sequence[str]]:
    for name, f in forms.items():
        rates = (
            f"{f['read_per_second']:,.0f}",
            f"{f['cardutil_per_second']:,.0f}",
            f"{f['ratio']:.1f}",
            f"{f['written_per_second']:,.0f}",
        )
        yield name, f"{f['megabytes']:.1f}", *rates


def _proved(sizes: Sequence[Figures]) -> Iterator[Sequence[str]]:
    for f in sizes:
        rates = f"{f['records']:,}", f"{f['per_second']:,.0f}", f"{f['per_cpu_second']:,.0f}"
        yield *rates, f"{f['file']:.0f}", f"{f['megabytes']:.0f}"


def _posted(sizes: Sequence[Figures]) -> Iterator[Sequence[str]]:
    for f in sizes:
        names = "records", "per_second", "posted_per_second", "floor_per_second"
        cost = (f"{f[name]:,.0f}" for name in ("own_cpu_microseconds", "postgres_cpu_microseconds", "peak_megabytes"))
        yield *(f"{f[name]:,.0f}" for name in names), f"{f['ratio']:.3f}", *cost


def _paid(beside: Figures | None) -> Iterator[Sequence[str]]:
    if beside is None:
        return
    rate = f"{beside['posted_beside_per_second']:,.0f}" + (" (ended before the payments)" if beside["was_over_early"] else "")
    rows = (("without a file", "before", ""), ("beside a file", "beside", rate), ("without a file, after", "after", ""))
    for name, key, posted in rows:
        times = (f"{beside[key]['milliseconds'].get(place, float('nan')):,.1f}" for place in ("p50", "p90", "p99", "max"))
        yield f"{beside['rate']:g}/s {name}", f"{beside[key]['per_second']:,.0f}", *times, posted
    if not beside["was_over_early"]:
        yield "none", "", "", "", "", "", f"{beside['posted_after_per_second']:,.0f}"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *lines]) if lines else ""


def _reconciled(figures: Figures, records: int) -> list[str]:
    lines = [
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
