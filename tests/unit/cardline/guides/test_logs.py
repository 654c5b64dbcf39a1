"""docs/logs.md says what the code logs: each call's event, level and keys are read from the source."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cardline.guides.log_events import CANONICAL, EVENTS, KEYS, MESSAGE_KEYS
from cardline.guides.logs import guide

ROOT = Path(__file__).parents[4]
PACKAGES = ("switch", "authorizer", "ledger", "clearing", "cardline")
LEVELS = ("info", "warning", "error", "exception", "critical")


def logged() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Event, level and keys of each call; `say` is a level chosen before the call."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
                if (level := level_of(call)) is not None:
                    event = call.args[0]
                    assert isinstance(event, ast.Constant), f"{path}:{call.lineno}: the event's name is no constant"
                    assert all(keyword.arg for keyword in call.keywords), f"{path}:{call.lineno}: keys that nobody can see"
                    yield event.value, level, tuple(keyword.arg or "" for keyword in call.keywords)


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
    found = defaultdict(set)
    for event, level, keys in logged():
        found[event].add((level, keys))
    told = {event.name: {(event.levels, event.keys)} for event in EVENTS}
    assert dict(found) == told | {CANONICAL: {("info", tuple(MESSAGE_KEYS))}}


def test_every_key_is_told_and_used() -> None:
    assert {key for event in EVENTS for key in event.keys} == set(KEYS)


def test_no_logger_has_another_name_than_log() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                assert "get_logger(" not in line or line.startswith("log = structlog.get_logger("), path
