"""The figures as Markdown, for the terminal and for bench/README.md. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

Figures = Mapping[str, Any]


def markdown(report: Figures) -> str:
    """The whole report; figures are medians over its runs."""
    machine, median = report["machine"], report["median"]
    about = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items())
    parts = [
        f"Command: `{report['command']}`, {len(report['runs'])} run(s), medians. Machine: {about}.",
        _headline(report),
        "### Whole system",
        _table(("load", "messages/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "approved"), _loads(median)),
        "### CPU per message, microseconds",
        _table(("load", "switch or floor", "Postgres", "Valkey", "generator"), _costs(median)),
        "### Limits of this machine, each part alone",
        _table(("part", "per second", "ms per batch"), _limits(median["limit"])),
    ]
    if report.get("memory"):
        parts += ["### Memory of the switch process", _memory(report["memory"])]
    return "\n\n".join(parts) + "\n"


def _headline(report: Figures) -> str:
    ratios = ", ".join(f"{run['ratio']:.2f}" for run in report["runs"])
    median = report["median"]
    product, floor = median["saturation"]["per_second"], median["limit"]["floor"]["saturation"]["per_second"]
    return f"Product / floor: **{median['ratio']:.2f}** (runs: {ratios}): {product:,.0f}/s of {floor:,.0f}/s."


def _named(median: Figures) -> Iterable[tuple[str, Figures]]:
    yield "alone in flight", median["alone"]
    for rate, figures in median["open_loop"].items():
        yield f"open loop {rate}/s", figures
    yield "saturation", median["saturation"]
    floor = median["limit"]["floor"]
    yield "floor, alone", floor["alone"]
    yield "floor, saturation", floor["saturation"]


def _loads(median: Figures) -> Iterable[tuple[str, ...]]:
    for name, figures in _named(median):
        times = figures["milliseconds"]
        shown = (f"{times.get(key, float('nan')):,.2f}" for key in ("p50", "p90", "p99", "p999", "max"))
        share = figures["approved"] / max(1, figures["sent"])
        yield name, f"{figures['per_second']:,.0f}", *shown, f"{share:.1%}"


def _costs(median: Figures) -> Iterable[tuple[str, ...]]:
    for name, figures in _named(median):
        cost = figures["cpu_microseconds"]
        server = cost.get("switch", cost.get("server", 0.0))
        yield name, *(f"{value:,.0f}" for value in (server, cost.get("postgres", 0), cost.get("valkey", 0), cost["generator"]))


def _limits(limit: Figures) -> Iterable[tuple[str, ...]]:
    yield "framed echo on uvloop, 32 connections x 16", f"{limit['echo']['per_second']:,.0f}", ""
    codec = limit["codec"]
    yield "pyiso8583 decode", f"{codec['decode_per_second']:,.0f}", ""
    yield "pyiso8583 encode of the answer", f"{codec['encode_per_second']:,.0f}", ""
    yield "pyiso8583 decode + encode", f"{codec['per_second']:,.0f}", ""
    for part, name in (("script", "one script call"), ("commit", "one group commit")):
        for size, figures in limit[part].items():
            yield f"{name}, {size} per batch", f"{figures['per_second']:,.0f}", f"{figures['milliseconds']:.2f}"


def _memory(memory: Figures) -> str:
    rss = memory["rss_megabytes"]["switch"]
    marks = ("first", "quarter", "half", "three_quarters", "last", "top")
    row = (f"{memory['answered']:,}", *(f"{rss[mark]:.1f}" for mark in marks), f"{memory['per_second']:,.0f}")
    return _table(("messages", *(f"{mark.replace('_', ' ')} MB" for mark in marks), "messages/s"), [row])


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = tuple(heads)
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
