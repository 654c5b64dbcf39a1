"""What the documents show can be typed as it stands: commands parse against the real command line, files parse as what they are."""

import json
import re
import tomllib
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import typer
from house.documents import blocks, commands, guides
from house.tracked import ROOT
from typer.exceptions import TyperException

from cardline.cli import app, main

PAGES = pytest.mark.parametrize("path", guides(), ids=lambda path: str(path.relative_to(ROOT)))
FRONT_DOOR = typer.main.get_command(app)


def mistake(words: list[str]) -> str:
    """Why a command line cannot be typed so; nothing where it can. Words in capitals are yours to fill in."""
    command: Any = FRONT_DOOR
    words = [word.strip("[]") for word in words if word not in ("...", "[...]")]
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        if words[0] not in command.commands:
            return f"there is no {words[0]}"
        command = command.commands[words.pop(0)]
    try:
        values, rest, _ = command.make_parser(command.context_class(command)).parse_args(list(words))
    except TyperException as error:
        return str(error)
    if rest and not hasattr(command, "commands"):
        return f"{rest[0]} is one argument too many"
    return "; ".join(filter(None, (_wrong_value(param, values.get(param.name)) for param in command.params)))


def _wrong_value(param: Any, value: Any) -> str:
    """Numbers and closed sets are tried; a list of values in a document stands for any of them."""
    kind = param.type_descriptor.annotation
    if not isinstance(value, str) or value.isupper() or not (kind in (int, float) or isinstance(kind, type(Enum))):
        return ""
    try:
        kind(value)
    except ValueError:
        return f"{value} is no {param.name}"
    return ""


@PAGES
def test_every_command_that_is_shown_can_be_typed(path: Path) -> None:
    shown = list(commands(path.read_text(encoding="utf-8")))
    assert {" ".join(words): wrong for words in shown if (wrong := mistake(words))} == {}


@PAGES
def test_every_file_that_is_shown_reads_as_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for block in blocks(text, "toml"):
        tomllib.loads(block)
    for block in blocks(text, "json"):
        json.loads(block)
    for block in blocks(text, "jsonl"):
        for line in block.splitlines():
            json.loads(line)


def decoded() -> list[list[str]]:
    """The `decode` lines whose message stands in them whole, with the dialects that there are without a file of one's own."""
    shown = [words for path in guides() for words in commands(path.read_text(encoding="utf-8")) if words[0] == "decode"]
    return [words for words in shown if re.fullmatch(r"[0-9A-F]{8,}", words[-1]) and not any(".toml" in word for word in words)]


def test_a_message_that_is_shown_decodes_without_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(decoded()) >= 2
    faulty = {" ".join(words): capsys.readouterr().err for words in decoded() if main(words) != 0}
    assert faulty == {}


def test_mistakes_are_found_and_placeholders_are_not_mistakes() -> None:
    assert mistake(["decode", "--profile", "ipm", "HEX"]) == ""
    assert mistake(["card", "set-limit", "CARD", "daily", "--amount", "1.00", "--reason", "x"]) == ""
    assert mistake(["decoed", "HEX"]) == "there is no decoed"
    assert "No such option: --profil" in mistake(["decode", "--profil", "ipm", "HEX"])
    assert mistake(["decode", "HEX", "HEX"]) == "HEX is one argument too many"
    assert mistake(["seed", "--cards", "many"]).startswith("many is no")


def test_commands_are_found_in_blocks_indented_lines_and_code_spans() -> None:
    text = "```sh\nA=1 .venv/bin/cardline up   # all\nexport X=1\n```\nuse `cardline migrate | head`\n\n    cardline seed --cards 3\n"
    assert list(commands(text)) == [["up"], ["seed", "--cards", "3"], ["migrate"]]


def test_enough_is_shown_for_the_check_to_mean_something() -> None:
    assert sum(len(list(commands(path.read_text(encoding="utf-8")))) for path in guides()) > 100
