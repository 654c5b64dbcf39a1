"""Sizes, names and strangers: what keeps the source readable and free of the machine it was written on."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from house.tracked import ROOT, text_of, tracked_files

FILE_LINES, FUNCTION_LINES = 400, 60
FORBIDDEN_MODULES = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}

SOURCES = [path for path in tracked_files() if path.suffix == ".py"]

_MACHINE = re.compile(r"(?<![\w./-])/(?:work|root|home/\w+|opt/\w+)/")
# In halves, so that this file does not name them itself.
_HOSTS = ("py" + r"pi\.org", "python" + r"hosted\.org", "files" + r"\.python", "arti" + "factory", "nex" + "us", "dev" + "pi")
_REGISTRY = re.compile(rf"\b(?:{'|'.join(_HOSTS)})\b", re.IGNORECASE)
_THIS_FILE = Path(__file__)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_data_table(path: Path) -> bool:
    """A module of literals: hardly any of its lines belong to functions."""
    code = sum((f.end_lineno or f.lineno) - f.lineno for f in functions(path))
    return code < 20


def test_no_file_is_longer_than_one_sitting() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in SOURCES
        if (lines := len(path.read_text().splitlines())) > FILE_LINES and not is_data_table(path)
    ]
    assert too_long == []


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {lines} lines"
        for path in SOURCES
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    ]
    assert too_long == []


def test_every_module_is_named_for_what_it_holds() -> None:
    nameless = [str(path.relative_to(ROOT)) for path in SOURCES if FORBIDDEN_MODULES & {path.stem, *path.parts}]
    stuttering = [str(path.relative_to(ROOT)) for path in SOURCES if path.stem == path.parent.name]
    assert nameless + stuttering == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if "tests" not in path.relative_to(ROOT).parts
        and path.read_text().strip()
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("pattern", [_MACHINE, _REGISTRY], ids=["paths of one machine", "registries"])
def test_nothing_points_to_the_machine_it_was_written_on(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked_files()
        if path != _THIS_FILE and (text := text_of(path)) is not None and (match := pattern.search(text))
    ]
    assert found == []
