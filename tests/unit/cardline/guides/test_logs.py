"""docs/logs.md says what the code logs: each call's event, level and keys are read from the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cardline.guides.log_events import CANONICAL, EVENTS, KEYS, MESSAGE_KEYS
from cardline.guides.logs import guide

ROOT = Path(__file__).parents[4]
PACKAGES = ("switch", "authorizer", "ledger", "clearing", "cardline")
LEVELS = ("info", "warning", "error", "exception", "critical")


def logged() -> Iterator[tuple[str, str, set[str]]]:
    """Event, level and keys of each call; `say` is a level chosen before the call."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
                for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                    if (level := level_of(call)) is not None:
                        event = call.args[0]
                        assert isinstance(event, ast.Constant), f"{path}:{call.lineno}: the event's name is no constant"
                        more = handed_on(tree, function.name) if None in keys_of(call) else set()
                        yield event.value, level, {key for key in keys_of(call) if key} | more


def keys_of(call: ast.Call) -> set[str | None]:
    return {keyword.arg for keyword in call.keywords}


def handed_on(tree: ast.Module, function: str) -> set[str]:
    """What callers of a method of this file give it to be logged."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return {key for call in calls if call.func.attr == function for key in keys_of(call) if key}  # type: ignore[attr-defined]


def level_of(call: ast.Call) -> str | None:
    match call.func:
        case ast.Attribute(value=ast.Name(id="log") | ast.Attribute(attr="_log"), attr=level) if level in LEVELS:
            return level
        case ast.Name(id="say") if call.args and call.keywords:
            return "info, warning"
    return None


def test_the_schema_of_the_log_is_up_to_date() -> None:
    assert (ROOT / "docs" / "logs.md").read_text(encoding="utf-8") == guide(), "python -m cardline.guides.logs > docs/logs.md"


def test_every_event_of_the_code_is_told_with_its_keys_and_no_other_is() -> None:
    found: dict[str, tuple[str, set[str]]] = {}
    for event, level, keys in logged():
        before = found.get(event, (level, set()))
        assert before[0] == level, event
        found[event] = (level, before[1] | keys)
    told = {event.name: (event.levels, set(event.keys)) for event in EVENTS}
    assert found == told | {CANONICAL: ("info", set(MESSAGE_KEYS))}


def test_every_key_is_told_and_used() -> None:
    assert {key for event in EVENTS for key in event.keys} == set(KEYS)


def test_no_logger_has_another_name_than_log() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                assert "get_logger(" not in line or line.startswith("log = structlog.get_logger("), path
