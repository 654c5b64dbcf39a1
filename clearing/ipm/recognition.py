"""Finds a clearing file's framing and character set in its first bytes, by trying to read them. Pure.

The framing under which most records begin with a message type is the file's. Digits tell EBCDIC from Latin-1; the three
EBCDIC sets differ in nine bytes only, and those that occur in text are counted for the set that makes them plausible.
Where none occurs, all three read alike, and cp500 is taken.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.elements import MESSAGE_TYPES
from clearing.ipm.framing import Framing, Unframer
from clearing.ipm.messages import IpmMessage

HEAD_BYTES = 256 * 1024
"""How much of a file is looked at."""
_RECORDS = 500
_BEFORE_XML = b"\xef\xbb\xbf \t\r\n"
_EBCDIC = (CharacterSet.CP500, CharacterSet.CP037, CharacterSet.CP1047)
_DIFFERING = bytes((0x4A, 0x4F, 0x5A, 0x5F, 0xAD, 0xB0, 0xBA, 0xBB, 0xBD))
# How likely a character is in names and references; the others that the nine bytes can be are unlikely everywhere.
_LIKELY = {"!": 3, "[": 2, "]": 2, "^": 1, "|": 1}


@dataclass(frozen=True, slots=True)
class FileForm:
    """How a clearing file is written."""

    framing: Framing
    character_set: CharacterSet


def recognized(head: bytes, *, is_whole: bool) -> FileForm | str:
    """The form of the file that begins with `head`, or in words why it is no clearing file."""
    if not head:
        return "the file is empty"
    guesses = [_Guess.of(framing, head, is_whole=is_whole) for framing in (Framing.BLOCKED, Framing.VBS, Framing.RDW)]
    best = max(guesses, key=lambda guess: (guess.messages, guess.is_clean))
    if not best.messages:
        if head.lstrip(_BEFORE_XML).startswith(b"<"):
            return "XML, no clearing file; a bank statement is taken in by `cardline reconcile statement`"
        return "no framing (VBS, 1014-blocked, RDW) gives a record that begins with a message type and two bit maps"
    return FileForm(best.framing, _character_set(best.records))


@dataclass(frozen=True, slots=True)
class _Guess:
    """The head read under one framing; `messages` counts records up to the first that does not look like one."""

    framing: Framing
    records: tuple[bytes, ...]
    messages: int
    is_clean: bool

    @classmethod
    def of(cls, framing: Framing, head: bytes, *, is_whole: bool) -> "_Guess":
        unframer = Unframer(framing)
        records = tuple(payload for _, payload in unframer.feed(head))
        if is_whole:
            unframer.finish()
        messages = next((at for at, record in enumerate(records) if _begun(record) is None), len(records))
        return cls(framing, records[:_RECORDS], messages, unframer.flaw is None)


def _begun(record: bytes) -> CharacterSet | None:
    """Latin-1, some EBCDIC, or None where the record does not begin with a message type and bit 1."""
    if len(record) < 5 or not record[4] & 0x80:
        return None
    for character_set in (CharacterSet.CP500, CharacterSet.LATIN_1):
        if character_set.decode(record[:4]) in MESSAGE_TYPES:
            return character_set
    return None


def _character_set(records: Iterable[bytes]) -> CharacterSet:
    records = tuple(records)
    if _begun(records[0]) is CharacterSet.LATIN_1:
        return CharacterSet.LATIN_1
    codec = IpmCodec(CharacterSet.CP500)
    counts: Counter[int] = Counter()
    for record in records:
        decoded = codec.decode(record)
        if isinstance(decoded, IpmMessage):
            texts = [*(value for value in decoded.elements.values() if isinstance(value, str)), *decoded.pds.values()]
            counts.update(byte for byte in CharacterSet.CP500.encode("".join(texts)) if byte in _DIFFERING)
    return max(_EBCDIC, key=lambda character_set: _plausibility(character_set, counts))


def _plausibility(character_set: CharacterSet, counts: Counter[int]) -> int:
    return sum(_LIKELY.get(character_set.decode(bytes((byte,))), 0) * count for byte, count in counts.items())
