"""A clearing file as people look at it, record by record, as tables or as one JSON document. Reading and printing only."""

import enum
import json
import sys
from typing import BinaryIO, Protocol

from rich.console import Console

from cardline.decoding.clearing_dissection import dissected
from cardline.decoding.dissection import Dissection, as_document, as_table
from clearing.intake.naming import shown_name
from clearing.ipm.characters import CharacterSet
from clearing.ipm.messages import place
from clearing.ipm.proof import FileProof, ProofFlaw
from clearing.ipm.reader import Flaw, IpmReader, IpmRecord
from ledger.money import BY_NUMERIC


class View(enum.Enum):
    """How a file is printed."""

    TABLES = "tables"
    SUMMARY = "summary"
    JSON = "json"


class _Pages(Protocol):
    """Where records go."""

    def open(self, name: str) -> None: ...

    def record(self, number: int, offset: int, message: Dissection | None, reason: str | None) -> None: ...

    def close(self, messages: int, *, is_sound: bool) -> None: ...


def show_file(stream: BinaryIO, name: str, *, view: View, reveal: bool) -> int:
    """Exit code: 0 a sound file that keeps to its header and trailer, 1 with every flaw on standard error.

    Stops at nothing that can be read on.
    """
    reader = IpmReader(stream)
    pages: _Pages = _JsonPages(reader) if view is View.JSON else _Lines(reader) if view is View.SUMMARY else _Tables(reader)
    proof = FileProof()
    pages.open(name)
    number, flaws = 0, 0
    for record in reader:
        number = record.number if record.message is not None or record.offset else 0  # else it holds none at all
        reason = record.reason if isinstance(record, Flaw) else None
        pages.record(number, record.offset, _dissected(record, reader, reveal=reveal), reason)
        if isinstance(record, Flaw):
            flaws += 1
            _complain(record.sentence(name))
        elif not flaws and (wrong := proof.add(record.message)):
            flaws += 1
            _complain(_sentence(name, wrong, f"record {number}, "))
    if not flaws and (wrong := proof.finish()):
        flaws += 1
        _complain(_sentence(name, wrong))
    pages.close(number, is_sound=not flaws)
    return 1 if flaws else 0


def _dissected(record: IpmRecord | Flaw, reader: IpmReader, *, reveal: bool) -> Dissection | None:
    if record.message is None:
        return None
    character_set = reader.form.character_set if reader.form else CharacterSet.LATIN_1
    return dissected(record.message, character_set, reveal=reveal)


def _sentence(name: str, wrong: ProofFlaw, where: str = "") -> str:
    if wrong.tag is not None:
        where += f"PDS {wrong.tag}: "
    elif wrong.element is not None:
        where += f"{place(wrong.element, None)}: "
    return f"{name}: {where}{wrong.reason}"


def _complain(sentence: str) -> None:
    """A figure of the trailer is whatever the sender wrote, a card number too."""
    print(f"clearing: {shown_name(sentence)}", file=sys.stderr)


class _JsonPages:
    """One JSON document, written as it is read: a file of any size needs no more memory than one record."""

    def __init__(self, reader: IpmReader) -> None:
        self._form = reader.form
        self._is_first = True

    def open(self, name: str) -> None:
        form = self._form
        framing, character_set = (form.framing.value, form.character_set.value) if form else (None, None)
        head = json.dumps({"file": name, "framing": framing, "character_set": character_set}, ensure_ascii=False)
        print(f'{head[:-1]}, "records": [')

    def record(self, number: int, offset: int, message: Dissection | None, reason: str | None) -> None:
        shown = {"record": number, "offset": offset, "flaw": reason, **(as_document(message) if message else {})}
        print(("" if self._is_first else ",") + json.dumps(shown, ensure_ascii=False))
        self._is_first = False

    def close(self, messages: int, *, is_sound: bool) -> None:
        print(f'], "messages": {messages}, "is_sound": {json.dumps(is_sound)}}}')


class _Tables:
    """One table per record."""

    def __init__(self, reader: IpmReader) -> None:
        self._form = reader.form
        self._out = Console(width=None if sys.stdout.isatty() else 160, highlight=False)

    def open(self, name: str) -> None:
        if self._form is not None:
            self._out.print(f"{name}: {self._form.framing.value}, {self._form.character_set.value}")

    def record(self, number: int, offset: int, message: Dissection | None, reason: str | None) -> None:
        if message is not None:  # else there is nothing to show, and standard error has the reason
            self._out.print(f"\nrecord {number}, byte {offset}" + (f": {reason}" if reason else ""))
            self._out.print(as_table(message))

    def close(self, messages: int, *, is_sound: bool) -> None:
        self._out.print(
            f"{messages:,} record{'' if messages == 1 else 's'}"
            + ("; header, numbers, count and checksum hold" if is_sound else "")
        )


class _Lines(_Tables):
    """One line per record: what it is, card, amount of DE 4 in its currency as it is here, acquirer's reference."""

    def record(self, number: int, offset: int, message: Dissection | None, reason: str | None) -> None:  # noqa: ARG002
        if message is None:
            return
        told = {element.number: element.value for element in message.elements}
        minor, currency = told.get(4, ""), told.get(49, "")
        asset = BY_NUMERIC.get(currency)
        amount = (asset.format(int(minor)) if asset else f"{minor} {currency}") if minor.isdecimal() else ""
        parts = [f"{number:>7}  {message.mti} {told.get(24, ''):<4} {message.name or '':<28}", f"{told.get(2, ''):<19}"]
        parts += [f"{amount:>18}", told.get(31, "")]
        self._out.print("  ".join(parts).rstrip() + (f"  {reason}" if reason else ""), markup=False)
