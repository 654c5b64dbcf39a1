"""One message laid open for a person: every element with its name, value and what lies inside it.

Pure: bytes to a Dissection, a Dissection to JSON-able values or a rich renderable. Masked unless asked otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from switch.elements import all_elements
from switch.framing import FrameReader
from switch.iso8583 import Codec, Malformed, Message, Value
from switch.layouts import (
    AMOUNT_TYPES,
    POSITIONS,
    REPEATING_SUBELEMENTS,
    SUBELEMENT_NAMES,
    SUBELEMENT_POSITIONS,
    TAGGED_ELEMENTS,
    TAGGED_SUBELEMENTS,
    TaggedLayout,
)
from switch.masking import MASKED, printable, shown_fields
from switch.profile import NetworkProfile
from switch.subelements import (
    AdditionalData,
    SubelementError,
    parse_additional_amounts,
    parse_additional_data,
    parse_original_data_elements,
    parse_replacement_amounts,
    split_positions,
)
from switch.tlv import TAG_NAMES, open_icc_data

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
    "0422": "Issuer reversal advice",
    "0432": "Issuer reversal advice response",
    "0600": "Administrative request",
    "0610": "Administrative response",
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
    length: int | None
    mti: str | None
    elements: tuple[DissectedElement, ...]
    failure: Failure | None
    notes: tuple[str, ...] = ()
    title: str = ""
    """What the message is called where its type alone does not say."""

    @property
    def name(self) -> str:
        """What the message type is called; a repeat is named as one."""
        if self.title:
            return self.title
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
    clear = shown if reveal else shown_fields(decoded, profile.character_set, reveal=True)
    elements = tuple(
        _element(number, shown[str(number)], clear[str(number)], decoded.elements[number], profile.character_set)
        for number in sorted(decoded.elements)
    )
    failure = _failure(decoded, profile.character_set)
    return Dissection(profile.name, len(payload), decoded.mti, elements, failure, notes)


def _failure(decoded: Message | Malformed, character_set: str) -> Failure | None:
    if isinstance(decoded, Malformed):
        return Failure(decoded.element, decoded.offset, decoded.reason)
    insides = (
        parse_additional_data(decoded.raw(48), character_set),
        parse_additional_amounts(decoded.text(54)),
        open_icc_data(decoded.raw(55)),
        parse_original_data_elements(decoded.text(90, "0" * 42)),
        parse_replacement_amounts(decoded.text(95, "0" * 42)),
    )
    for inside in insides:
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
    length = "" if dissection.length is None else f" · {dissection.length} bytes"
    title = f"{dissection.mti or '????'} {dissection.name}{length} · {dissection.profile}"
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


def _element(number: int, shown: object, clear: object, raw: Value, character_set: str) -> DissectedElement:
    """`shown` is the element as masking gives it, `clear` the same in clear: where they agree, it is as on the wire."""
    name = all_elements()[number].name
    parts = tuple(_parts(number, shown, clear, raw, character_set))
    return DissectedElement(number, name, _value(shown, clear, None if number in (48, 55) else raw), parts)


def _value(shown: object, clear: object, raw: Value | None) -> str:
    """One line: as on the wire where nothing of it is hidden, else its parts."""
    if isinstance(shown, str):
        return shown
    if shown == clear and raw is not None:
        return printable(raw)
    if isinstance(shown, dict):
        return " ".join(f"{'TCC' if key == 'tcc' else key}={_value(value, None, None)}" for key, value in shown.items())
    return str(shown)


def _parts(number: int, shown: object, clear: object, raw: Value, character_set: str) -> Iterator[Part]:
    if number == 48 and isinstance(shown, dict) and isinstance(clear, dict):
        data = parse_additional_data(raw if isinstance(raw, bytes) else b"", character_set)
        assert isinstance(data, AdditionalData), "masking has read it"
        yield from _additional_data(shown, clear, data)
    elif number == 55 and isinstance(shown, dict):
        yield from _tags(shown, "")
    elif number == 54 and isinstance(shown, list):
        yield from _amounts(shown)
    elif number in TAGGED_ELEMENTS and isinstance(shown, dict):
        yield from _tagged(shown, TAGGED_ELEMENTS[number], "")
    elif isinstance(shown, dict):
        for position, value in shown.items():
            yield Part(position, POSITIONS[number][int(position) - 1][0], value)
    elif isinstance(shown, str) and shown != MASKED:
        for position, (name, text) in enumerate(split_positions(number, shown), start=1):
            yield Part(str(position), name, text)


def _additional_data(shown: dict[str, object], clear: dict[str, object], data: AdditionalData) -> Iterator[Part]:
    yield Part("TCC", "Transaction category code", str(shown["tcc"]))
    for identifier in data.subelements:
        value = shown[identifier]
        name = SUBELEMENT_NAMES.get(identifier, "unknown")
        yield Part(identifier, name, _value(value, clear[identifier], data.text(identifier)))
        if isinstance(value, dict):
            yield from _tagged(value, TAGGED_SUBELEMENTS[identifier], f"{identifier}.")
        elif isinstance(value, str) and value != MASKED:
            yield from _subelement(identifier, value)


def _subelement(identifier: str, value: str) -> Iterator[Part]:
    """The positions of a subelement that has them, or the entries of one that repeats."""
    widths = SUBELEMENT_POSITIONS.get(identifier, ())
    if width := REPEATING_SUBELEMENTS.get(identifier):
        widths = tuple(("", width) for _ in range(0, len(value), width))
    start = 0
    for position, (name, width) in enumerate(widths, start=1):
        if start < len(value):
            yield Part(f"{identifier}.{position}", name, value[start : start + width])
        start += width


def _tagged(shown: dict[str, object], layout: TaggedLayout, prefix: str) -> Iterator[Part]:
    for identifier, value in shown.items():
        name = layout.names.get(identifier, "unknown" if layout.names else "")
        yield Part(f"{prefix}{identifier}", name, _value(value, None, None))
        if isinstance(value, dict):
            yield from _tagged(value, layout.inside[identifier], f"{prefix}{identifier}.")


def _tags(shown: dict[str, object], prefix: str) -> Iterator[Part]:
    for tag, value in shown.items():
        yield Part(f"{prefix}{tag}", TAG_NAMES.get(tag.partition("#")[0], "unknown"), _value(value, None, None))
        if isinstance(value, dict):
            yield from _tags(value, f"{prefix}{tag}.")


def _amounts(shown: list[dict[str, str]]) -> Iterator[Part]:
    for position, amount in enumerate(shown, start=1):
        kind = AMOUNT_TYPES.get(amount["amount_type"], "unknown")
        name = f"{kind} ({amount['amount_type']}), account type {amount['account_type']}, currency {amount['currency']}"
        yield Part(str(position), name, str(amount["amount_minor"]))
