"""One clearing message laid open for a person: elements and PDS with names, values and what lies inside. Pure.

Masked unless asked otherwise: the message's own card number wherever it stands, chip data that hold one, and whatever
in any text has the form of a card number.
"""

from collections.abc import Iterable, Iterator, Mapping

from authorizer.card_numbers import SHORTEST, hide_card_numbers, masked_pan
from cardline.decoding.dissection import DissectedElement, Dissection, Failure, Part
from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.elements import CARRIERS, MESSAGE_TYPES, all_elements
from clearing.ipm.framing import Unframer
from clearing.ipm.layouts import ELEMENT_POSITIONS, all_pds, message_name, split
from clearing.ipm.messages import BadMessage, IpmMessage, Value
from clearing.ipm.recognition import recognized
from clearing.translate import ACCOUNT_PDS
from switch.masking import MASKED, SECRET_TAGS, printable
from switch.subelements import SubelementError
from switch.tlv import TAG_NAMES, IccTag, open_icc_data

_LENGTH_BYTES = 2
"""In front of a record on a clearing link."""
_PDS_ELEMENT = CARRIERS[0]
_REFERENCES = frozenset({3, 4, 5, 6, 9, 10, 12, 22, 30, 31, 37, 63, 71})
"""Elements with a place and form of their own: digits, but no free text, and never masked."""


def dissect_clearing(data: bytes, *, reveal: bool = False, is_whole: bool = True) -> Dissection:
    """The first message of a clearing file, or of its beginning, or one message by itself, with the two bytes of length that
    it has on a link or without; in whatever character set."""
    payload, codec, notes = _first_payload(data, is_whole=is_whole)
    decoded = codec.decode(payload)
    return dissected(decoded, codec.character_set, length=len(payload), reveal=reveal, notes=notes)


def dissected(
    decoded: IpmMessage | BadMessage,
    character_set: CharacterSet,
    *,
    length: int | None = None,
    reveal: bool = False,
    notes: tuple[str, ...] = (),
) -> Dissection:
    """A message read from a file."""
    function = decoded.elements.get(24, "")
    failure = None
    if isinstance(decoded, BadMessage):
        reason = decoded.reason if decoded.tag is None else f"PDS {decoded.tag} {decoded.reason}"
        failure = Failure(decoded.element, decoded.offset, reason)
    return Dissection(
        f"ipm, {character_set.value}",
        length,
        decoded.mti,
        tuple(_elements(decoded, reveal=reveal)),
        failure,
        notes,
        message_name(decoded.mti or "", function if isinstance(function, str) else "") + _taken_back(decoded),
    )


def _taken_back(decoded: IpmMessage | BadMessage) -> str:
    """PDS 0025: it says the same as the message that it takes back."""
    return ", reversal" if decoded.pds.get("0025", "").startswith("R") else ""


def _elements(decoded: IpmMessage | BadMessage, *, reveal: bool) -> Iterator[DissectedElement]:
    own = decoded.elements.get(2, "")
    pan = own if isinstance(own, str) else ""
    shown = {number: value for number, value in decoded.elements.items() if number < _PDS_ELEMENT}
    yield from _plain_elements(shown, pan, reveal=reveal)
    if decoded.pds:
        parts = tuple(_pds(decoded.pds, pan, reveal=reveal))
        yield DissectedElement(_PDS_ELEMENT, "PDS of all carriers", f"{len(decoded.pds)} PDS", parts)
    yield from _plain_elements({n: v for n, v in decoded.elements.items() if n > _PDS_ELEMENT}, pan, reveal=reveal)


def _plain_elements(elements: Mapping[int, Value], pan: str, *, reveal: bool) -> Iterator[DissectedElement]:
    for number in sorted(elements):
        value = elements[number]
        name = all_elements()[number].name
        if isinstance(value, bytes):
            yield DissectedElement(number, name, f"{len(value)} bytes", tuple(_chip_data(value, reveal=reveal)))
            continue
        shown = printable(value if reveal else _masked(number, value, pan))
        parts = tuple(Part(str(at), *piece) for at, piece in enumerate(split(shown, ELEMENT_POSITIONS.get(number, ())), 1))
        yield DissectedElement(number, name, shown, parts)


def _masked(number: int, value: str, pan: str) -> str:
    if number == 2:
        return masked_pan(value)
    text = _without(pan, value)
    return text if number in _REFERENCES else hide_card_numbers(text)


def _without(pan: str, text: str) -> str:
    """The message's own card number is hidden wherever it stands."""
    return text.replace(pan, masked_pan(pan)) if len(pan) >= SHORTEST else text


def _pds(pds: Mapping[str, str], pan: str, *, reveal: bool) -> Iterator[Part]:
    for tag in sorted(pds):
        layout = all_pds().get(tag)
        positions = layout.positions if layout else ()
        value = pds[tag]
        if not reveal and tag in ACCOUNT_PDS:
            value = MASKED
        elif not reveal:
            value = _without(pan, value) if positions else hide_card_numbers(_without(pan, value))
        value = printable(value)
        yield Part(tag, layout.name if layout else "unknown", value)
        pieces = split(value, positions, repeats=bool(layout and layout.repeats))
        for at, (name, piece) in enumerate(pieces, 1):
            yield Part(f"{tag}.{at}", name, piece)


def _chip_data(value: bytes, *, reveal: bool) -> Iterator[Part]:
    """The tags in DE 55; what is no tags is not shown at all unless revealed."""
    opened = open_icc_data(value)
    if isinstance(opened, SubelementError):
        yield Part("", "not to be parsed", value.hex().upper() if reveal else MASKED)
        return
    yield from _tags(opened, reveal=reveal)


def _tags(items: Iterable[IccTag], *, reveal: bool) -> Iterator[Part]:
    """A template is shown by what lies inside it."""
    for item in items:
        text = MASKED if item.tag in SECRET_TAGS and not reveal else item.value.hex().upper()
        yield Part(item.tag, TAG_NAMES.get(item.tag, "unknown"), "" if item.parts else text)
        yield from _tags(item.parts, reveal=reveal)


def _first_payload(data: bytes, *, is_whole: bool) -> tuple[bytes, IpmCodec, tuple[str, ...]]:
    form = recognized(data, is_whole=is_whole)
    if not isinstance(form, str):
        records = Unframer(form.framing).feed(data)
        given = f"{len(records)} messages were" if is_whole else "a whole file was"
        notes = (f"{given} given, this is the first; `cardline clearing show` prints all",)
        return records[0][1], IpmCodec(form.character_set), notes if len(records) > 1 or not is_whole else ()
    frame = int.from_bytes(data[:_LENGTH_BYTES], "big")
    for character_set in (CharacterSet.CP500, CharacterSet.LATIN_1):
        for payload in (data, data[_LENGTH_BYTES : _LENGTH_BYTES + frame]):
            if character_set.decode(payload[:4]) in MESSAGE_TYPES:
                found = recognized(len(payload).to_bytes(4, "big") + payload, is_whole=True)
                return payload, IpmCodec(character_set if isinstance(found, str) else found.character_set), ()
    return data, IpmCodec(CharacterSet.LATIN_1), ()
