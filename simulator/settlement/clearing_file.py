"""Puts messages in order: header, numbers from one, addenda tied to their presentment, trailer with count and checksum. Pure."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace

from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from clearing.ipm.writer import IpmWriter
from simulator.settlement.presenting import NETWORK, Sitting

CLEARING, POSITIONS = "002", "009"
"""File types, which open PDS 0105."""


def file_id(kind: str, sitting: Sitting, sequence: int = 1) -> str:
    """PDS 0105: type, date, processor, sequence."""
    return f"{kind}{sitting.business_date:%y%m%d}{NETWORK:0>11}{sequence:05d}"


def assembled(identifier: str, messages: Iterable[IpmMessage], *, is_test: bool) -> list[IpmMessage]:
    """All messages of a file, numbered; those given are not changed."""
    header = IpmMessage("1644", {24: "697"}, {"0105": identifier, "0122": "T" if is_test else "P"})
    found: list[IpmMessage] = []
    presentment = ""
    for number, message in enumerate((header, *messages), 1):
        numbered = replace(message, elements={**message.elements, 71: f"{number:08d}"})
        if message.mti == "1240":
            presentment = numbered.text(71)
        if "0501" in message.pds:
            numbered = replace(numbered, pds={**message.pds, "0501": message.pds["0501"][:8] + presentment})
        found.append(numbered)
    return [*found, _trailer(identifier, found)]


def written(messages: Iterable[IpmMessage], form: FileForm) -> bytes:
    """The file's bytes."""
    out = io.BytesIO()
    with IpmWriter(out, form) as writer:
        writer.write_all(messages)
    return out.getvalue()


def checksum(messages: Iterable[IpmMessage]) -> int:
    """The sum of all DE 4, whatever their currencies."""
    return sum(int(message.text(4, "0")) for message in messages)


def _trailer(identifier: str, before: Sequence[IpmMessage]) -> IpmMessage:
    count = len(before) + 1
    sums = {"0105": identifier, "0301": f"{checksum(before):016d}", "0306": f"{count:08d}"}
    return IpmMessage("1644", {24: "695", 71: f"{count:08d}"}, sums)
