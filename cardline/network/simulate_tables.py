"""What `cardline simulate` prints: a line for each step, both views where one did not hold, a summary. Pure."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from simulator.stage.results import RunResult, ScenarioResult, StepResult, Verdict, View

MARKS = {Verdict.HELD: "[green]held[/]", Verdict.BROKEN: "[bold red]BROKEN[/]", Verdict.NOT_PLAYED: "[dim]not played[/]"}

SURPLUS_TOLD_TOGETHER = 2
"""So many elements too many are told in one line."""


def scenario_lines(result: ScenarioResult, *, is_audited: bool = True) -> Iterator[RenderableType]:
    """The scenario step by step."""
    yield f"[bold]{escape(result.name)}[/]  {escape(result.title)}"
    if result.skipped is not None:
        yield f"  [yellow]skipped[/]: {escape(result.skipped)}"
        return
    width = max((len(step.name) for step in result.steps), default=0)
    for step in result.steps:
        yield f"  {MARKS[step.verdict]} {escape(step.name):<{width}}  {_told(step)}"
        yield from _views(step, is_audited=is_audited)
    if result.unasked_replies:
        frames = "1 frame" if result.unasked_replies == 1 else f"{result.unasked_replies} frames"
        yield f"  [bold red]BROKEN[/] {frames} came that answer nothing"


def _told(step: StepResult) -> str:
    parts = [step.sent]
    if step.expected:
        parts.append(f"expected {step.expected}")
    if step.got:
        parts.append(f"got {step.got}")
    if step.latency_seconds is not None:
        parts.append(f"{step.latency_seconds * 1000:.1f} ms")
    if step.note:
        parts.append(f"({step.note})")
    return escape("  ".join(part for part in parts if part))


def _views(step: StepResult, *, is_audited: bool) -> Iterator[RenderableType]:
    """Scenario, auditor and host side by side; what a host echoes beyond need is told in one line."""
    surplus = [view.what for view in step.broken if _is_surplus(view)]
    if len(surplus) < SURPLUS_TOLD_TOGETHER:
        surplus = []
    shown = [view for view in step.broken if view.what not in surplus]
    if shown:
        table = Table(box=None, pad_edge=True, padding=(0, 2), show_edge=False)
        for heading in ("", "what", "scenario", *(["auditor"] if is_audited else []), "host"):
            table.add_column(heading, overflow="fold")
        for view in shown:
            opinions = [_opinion(view.stated), *([_opinion(view.predicted)] if is_audited else [])]
            table.add_row("     ", view.what, *opinions, f"[red]{escape(view.got)}[/]")
        yield table
    if surplus:
        named = ", ".join(what.removeprefix("DE ") for what in surplus)
        yield f"       {len(surplus)} elements came back that were not expected: DE {named}; --no-audit lets them pass"


def _is_surplus(view: View) -> bool:
    """An element that the auditor would leave out, and of which the scenario says nothing."""
    return view.stated is None and (view.predicted, view.got) == ("absent", "present") and view.what.startswith("DE ")


def _opinion(text: str | None) -> str:
    return "-" if text is None else escape(text)


def summary(run: RunResult) -> str:
    held = sum(result.ok for result in run.played)
    steps = sum(len(result.steps) for result in run.played)
    skipped = len(run.scenarios) - len(run.played)
    if not run.played:
        return f"[bold red]nothing was played: {skipped} skipped[/]"
    text = f"{held} of {len(run.played)} scenarios held, {steps} steps, {run.seconds:.1f} s"
    text += f", {skipped} skipped" if skipped else ""
    text += "" if run.are_books_observed else "; books not observed: only replies were judged"
    return f"[bold green]{text}[/]" if run.ok else f"[bold red]{text}[/]"


def as_document(run: RunResult) -> dict[str, object]:
    """For --json."""
    return {
        "seed": run.seed,
        "ok": run.ok,
        "seconds": round(run.seconds, 3),
        "books_observed": run.are_books_observed,
        "scenarios": [_scenario_document(result) for result in run.scenarios],
    }


def _scenario_document(result: ScenarioResult) -> dict[str, object]:
    verdict = "skipped" if result.skipped is not None else "held" if result.ok else "broken"
    found: dict[str, object] = {"name": result.name, "title": result.title, "verdict": verdict}
    if result.skipped is not None:
        found["skipped"] = result.skipped
    return found | {"unasked_replies": result.unasked_replies, "steps": [_step_document(step) for step in result.steps]}


def _step_document(step: StepResult) -> dict[str, object]:
    return {
        "name": step.name,
        "verdict": step.verdict.value,
        "sent": step.sent,
        "expected": step.expected,
        "got": step.got,
        "note": step.note,
        "latency_ms": None if step.latency_seconds is None else round(step.latency_seconds * 1000, 3),
        "broken": [
            {"what": view.what, "scenario": view.stated, "auditor": view.predicted, "host": view.got} for view in step.broken
        ],
    }
