"""What lies inside PDS and elements, by position, and what messages are called: for people who look at a file. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from clearing.ipm.elements import MESSAGE_TYPES

FUNCTIONS = {
    ("1240", "200"): "First presentment",
    ("1240", "205"): "Second presentment, full",
    ("1240", "282"): "Second presentment, partial",
    ("1442", "450"): "First chargeback, full",
    ("1442", "453"): "First chargeback, partial",
    ("1442", "451"): "Arbitration chargeback, full",
    ("1442", "454"): "Arbitration chargeback, partial",
    ("1644", "603"): "Retrieval request",
    ("1644", "605"): "Retrieval request acknowledgement",
    ("1644", "640"): "Currency update",
    ("1644", "680"): "File currency summary",
    ("1644", "685"): "Financial position detail",
    ("1644", "688"): "Settlement position detail",
    ("1644", "691"): "Message exception",
    ("1644", "693"): "Text",
    ("1644", "695"): "File trailer",
    ("1644", "696"): "Addendum",
    ("1644", "697"): "File header",
    ("1644", "699"): "File reject",
    ("1740", "700"): "Fee collection",
    ("1740", "780"): "Fee collection return",
    ("1740", "781"): "Fee collection resubmission",
    ("1740", "782"): "Fee collection arbitration return",
    ("1740", "783"): "Fee collection, system generated",
    ("1740", "790"): "Funds transfer",
}
ELEMENT_POSITIONS = {
    3: (("transaction type", 2), ("from account", 2), ("to account", 2)),
    30: (("original transaction", 12), ("original reconciliation", 12)),
    31: (("mixed use", 1), ("acquirer BIN", 6), ("date", 4), ("sequence", 11), ("check digit", 1)),
    63: (("life-cycle indicator", 1), ("trace id", 15)),
}

Positions = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PdsLayout:
    """A PDS's name, and its positions where known; `repeats`: the positions come again until the value ends."""

    name: str
    positions: Positions
    repeats: bool


def message_name(mti: str, function_code: str) -> str:
    """By message type and DE 24; what is not known keeps the name of its message type."""
    return FUNCTIONS.get((mti, function_code)) or MESSAGE_TYPES.get(mti, "unknown message type")


@cache
def all_pds() -> dict[str, PdsLayout]:
    """The known PDS by tag, read from pds.tsv."""
    lines = files("clearing.ipm").joinpath("pds.tsv").read_text("ascii").splitlines()
    return dict(map(_layout, lines[1:]))


def split(value: str, positions: Positions, *, repeats: bool = False) -> Iterator[tuple[str, str]]:
    """The named pieces of a value, as far as it reaches."""
    at = 0
    while at < len(value) and positions:
        for name, width in positions:
            if at < len(value):
                yield name, value[at : at + width]
            at += width
        if not repeats:
            return


def _layout(line: str) -> tuple[str, PdsLayout]:
    tag, name, written = line.split("\t")
    positions: list[tuple[str, int]] = []
    words: list[str] = []
    for word in written.removeprefix("* ").split():
        name_end, found, width = word.partition(":")
        words.append(name_end)
        if found:
            positions.append((" ".join(words), int(width)))
            words = []
    return tag, PdsLayout(name, tuple(positions), written.startswith("* "))
