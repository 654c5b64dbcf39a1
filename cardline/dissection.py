"""One message laid open for a person: every element with its name, value and what lies inside it.

Pure: bytes to a Dissection, a Dissection to JSON-able values or a rich renderable. Masked unless asked otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from switch.elements import all_elements
from switch.framing import FrameReader
from switch.iso8583 import Codec, Malformed, Message
from switch.masking import MASKED, shown_fields
from switch.profile import NetworkProfile
from switch.subelements import (
    SUBELEMENT_NAMES,
    TAGGED_ELEMENTS,
    TAGGED_SUBELEMENTS,
    SubelementError,
    parse_additional_amounts,
    parse_additional_data,
    parse_tagged,
    split_positions,
)
from switch.tlv import TAG_NAMES, parse_icc_data

MESSAGE_NAMES = {
    "0100": "Authorization request",
    "0110": "Authorization response",
    "0120": "Authorization advice",
    "0130": "Authorization advice response",
    "0180": "Authorization acknowledgement",
    "0190": "Authorization negative acknowledgement",
    "0200": "Financial request",
    "0210": "Financial response",
    "0220": "Financial advice",
    "0230": "Financial advice response",
    "0302": "Issuer file update request",
    "0312": "Issuer file update response",
    "0400": "Reversal request",
    "0410": "Reversal response",
    "0420": "Reversal advice",
    "0430": "Reversal advice response",
    "0620": "Administrative advice",
    "0630": "Administrative advice response",
    "0800": "Network management request",
    "0810": "Network management response",
    "0820": "Network management advice",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an element: subelement, tag or named position."""

    id: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class DissectedElement:
    """One element as shown."""

    number: int
    name: str
    value: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Where and why reading failed; element None means the message type or the bit map.

    offset counts from the message's start, or from the element's where the message is sound but the element's inside not.
    """

    element: int | None
    offset: int
    reason: str
    is_inside_element: bool = False


@dataclass(frozen=True, slots=True)
class Dissection:
    """One message. failure says what is wrong with it; notes what is odd about its frame."""

    profile: str
    length: int
    mti: str | None
    elements: tuple[DissectedElement, ...]
    failure: Failure | None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the message type is called; a repeat is named as one."""
        mti = self.mti or ""
        if mti in MESSAGE_NAMES:
            return MESSAGE_NAMES[mti]
        original = MESSAGE_NAMES.get(mti[:-1] + "0")
        return f"{original}, repeat" if original and mti.endswith("1") else "unknown message type"


def dissect(data: bytes, profile: NetworkProfile, *, reveal: bool = False) -> Dissection:
    """Any bytes, with or without the profile's framing around them."""
    codec = Codec(profile.character_set)
    payload, notes = _payload(data, profile, codec)
    decoded = codec.decode(payload)
    shown = shown_fields(decoded, profile.character_set, reveal=reveal)
    elements = tuple(_element(int(number), shown[number]) for number in sorted(shown, key=int))
    failure = _failure(decoded, profile.character_set)
    return Dissection(profile.name, len(payload), decoded.mti, elements, failure, notes)


def _failure(decoded: Message | Malformed, character_set: str) -> Failure | None:
    if isinstance(decoded, Malformed):
        return Failure(decoded.element, decoded.offset, decoded.reason)
    for inside in (parse_additional_data(decoded.raw(48), character_set), parse_icc_data(decoded.raw(55))):
        if isinstance(inside, SubelementError):
            return Failure(inside.element, inside.offset, inside.reason, is_inside_element=True)
    return None


def as_document(dissection: Dissection) -> dict[str, object]:
    """For --json."""
    failure = dissection.failure
    return {
        "profile": dissection.profile,
        "length": dissection.length,
        "mti": dissection.mti,
        "name": dissection.name,
        "elements": [
            {
                "de": element.number,
                "name": element.name,
                "value": element.value,
                "subelements": [{"id": part.id, "name": part.name, "value": part.value} for part in element.parts],
            }
            for element in dissection.elements
        ],
        "notes": list(dissection.notes),
        "error": failure
        and {
            "element": failure.element,
            "offset": failure.offset,
            "inside_element": failure.is_inside_element,
            "reason": failure.reason,
        },
    }


def as_table(dissection: Dissection) -> Table:
    """For a terminal."""
    title = f"{dissection.mti or '????'} {dissection.name} · {dissection.length} bytes · {dissection.profile}"
    table = Table(title=Text(title), title_justify="left")
    table.add_column("DE", justify="right", no_wrap=True)
    table.add_column("name", max_width=40)
    table.add_column("value", overflow="fold")
    for element in dissection.elements:
        value = "" if element.parts and element.number in (48, 55) else element.value
        table.add_row(str(element.number), Text(element.name), Text(value))
        for part in element.parts:
            table.add_row(Text(f"{element.number}.{part.id}", style="dim"), Text(f"  {part.name}", style="dim"), Text(part.value))
    return table


def failure_line(failure: Failure) -> str:
    """The one line that says what is wrong."""
    place = f"DE {failure.element}" if failure.element is not None else "message type or bit map"
    if failure.is_inside_element:
        return f"{place} is malformed inside, at its byte {failure.offset}: {failure.reason}"
    return f"not a message: {place} at byte {failure.offset}: {failure.reason}"


def _payload(data: bytes, profile: NetworkProfile, codec: Codec) -> tuple[bytes, tuple[str, ...]]:
    """The message without its frame, where there is one."""
    reader = FrameReader(profile.framing)
    payloads = reader.feed(data)
    if payloads and reader.lost is None:
        notes = []
        if len(payloads) > 1:
            notes.append(f"{len(payloads)} messages were given, this is the first")
        if reader.pending_bytes:
            notes.append(f"{reader.pending_bytes} bytes follow the message")
        return payloads[0], tuple(notes)
    start = profile.framing.lead + len(profile.framing.header)
    if _starts_a_message(codec, data[start:]) and not _starts_a_message(codec, data):
        return data[start:], (f"the length prefix does not fit the {len(data) - start} bytes that follow it",)
    return data, ()


def _starts_a_message(codec: Codec, data: bytes) -> bool:
    return codec.decode(data).mti is not None


def _element(number: int, shown: object) -> DissectedElement:
    name = all_elements()[number].name
    if isinstance(shown, dict):
        parts = tuple(_additional_data(shown) if number == 48 else _tags(shown))
        return DissectedElement(number, name, " ".join(f"{part.id}={part.value}" for part in parts), parts)
    value = str(shown)
    return DissectedElement(number, name, value, () if value == MASKED else tuple(_parts(number, value)))


def _additional_data(shown: dict[str, str]) -> Iterator[Part]:
    for identifier, value in shown.items():
        if identifier == "tcc":
            yield Part("TCC", "Transaction category code", value)
            continue
        yield Part(identifier, SUBELEMENT_NAMES.get(identifier, "unknown"), value)
        if identifier in TAGGED_SUBELEMENTS and value != MASKED:
            yield from _tagged(value, element=48, prefix=f"{identifier}.", digits=(2, 2))


def _tags(shown: dict[str, str]) -> Iterator[Part]:
    for tag, value in shown.items():
        yield Part(tag, TAG_NAMES.get(tag, "unknown"), value)


def _parts(number: int, value: str) -> Iterator[Part]:
    if number in TAGGED_ELEMENTS:
        yield from _tagged(value, element=number, prefix="", digits=TAGGED_ELEMENTS[number])
    elif number == 54:
        yield from _amounts(value)
    else:
        for position, (name, text) in enumerate(split_positions(number, value), start=1):
            yield Part(str(position), name, text)


def _tagged(value: str, *, element: int, prefix: str, digits: tuple[int, int]) -> Iterator[Part]:
    items = parse_tagged(value, element=element, id_digits=digits[0], length_digits=digits[1])
    if not isinstance(items, SubelementError):
        for identifier, text in items.items():
            yield Part(f"{prefix}{identifier}", "", text)


def _amounts(value: str) -> Iterator[Part]:
    amounts = parse_additional_amounts(value)
    if not isinstance(amounts, SubelementError):
        for position, amount in enumerate(amounts, start=1):
            name = f"account type {amount.account_type}, amount type {amount.amount_type}, currency {amount.currency}"
            yield Part(str(position), name, str(amount.amount_minor))
