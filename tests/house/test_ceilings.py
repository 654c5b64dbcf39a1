"""Sizes, names and strangers: what keeps the source readable and free of the machine it was written on."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

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


class Function(NamedTuple):
    name: str
    line: int
    lines: int


class Outline(NamedTuple):
    says_what_it_is_for: bool
    functions: tuple[Function, ...]


@cache
def outline(path: Path) -> Outline:
    """Read once; the tree itself would fill the memory. Only statements hold functions: expressions are not looked through."""
    module = ast.parse(path.read_text())
    functions: list[Function] = []
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.append(Function(node.name, node.lineno, (node.end_lineno or 0) - node.lineno + 1))
        waiting += (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
    return Outline(bool(ast.get_docstring(module)), tuple(functions))


def is_data_table(path: Path) -> bool:
    """A module of literals: hardly any of its lines belong to functions."""
    return sum(function.lines - 1 for function in outline(path).functions) < 20


def test_no_file_is_longer_than_one_sitting() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in SOURCES
        if (lines := len(path.read_text().splitlines())) > FILE_LINES and not is_data_table(path)
    ]
    assert too_long == []


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}:{function.line} {function.name}: {function.lines} lines"
        for path in SOURCES
        for function in outline(path).functions
        if function.lines > FUNCTION_LINES
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
        if "tests" not in path.relative_to(ROOT).parts and path.read_text().strip() and not outline(path).says_what_it_is_for
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
