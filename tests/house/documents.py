"""What the Markdown files show: fenced blocks by language, commands, statements of SQL."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from house.tracked import ROOT, tracked_files

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?<=\n\n)((?: {4}.*\n)+)")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_PLACEHOLDER = re.compile(r"\b[A-Z][A-Z_]+\b")
PROGRAM = "cardline"
SHELLS = ("", "sh", "console")
ENDS = {"|", "||", "&&", "&", ">", "2>", ";"}


def guides() -> list[Path]:
    """The pages for readers: what changed, and why, tells of commands that were."""
    paths = [path for path in tracked_files() if path.suffix == ".md"]
    return [path for path in paths if path == ROOT / "README.md" or path.is_relative_to(ROOT / "docs")]


def blocks(text: str, *languages: str) -> list[str]:
    """Contents of the fenced blocks in one of these languages; "" is none."""
    return [content for _, language, content in _FENCE.findall(text) if language in languages]


def commands(text: str) -> Iterator[list[str]]:
    """Every command of ours that the text shows, as words behind `cardline`: in blocks, indented lines and code spans."""
    rest = _FENCE.sub("", text)
    shown = [*blocks(text, *SHELLS), *_INDENTED.findall(rest)]
    lines = [line for block in shown for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *_SPAN.findall(rest)]:
        yield from _of_line(line)


def _of_line(line: str) -> Iterator[list[str]]:
    """Nothing for a line that begins otherwise."""
    found = re.match(r"\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:docker run .* |\.venv/bin/)?cardline (?=[a-z-])(.*)", line)
    if found is None:
        return
    lexer = shlex.shlex(found[1], posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    end = next((number for number, word in enumerate(words) if word in ENDS), len(words))
    yield words[:end]


def statements(text: str) -> Iterator[str]:
    """Every query that the text shows, with 1 in the place of each placeholder (a word in capitals)."""
    quoted = re.findall(r"'(select .*?)'(?=$|\s)", "\n".join(blocks(text, *SHELLS)), re.DOTALL | re.MULTILINE)
    fenced = [one for block in blocks(text, "sql") for one in re.sub(r"--.*", "", block).split(";") if one.strip()]
    spans = [span for span in _SPAN.findall(_FENCE.sub("", text)) if span.startswith("select ")]
    for statement in [*quoted, *fenced, *spans]:
        yield _PLACEHOLDER.sub("1", statement.replace("\\\n", " ").replace("&#124;", "|"))
