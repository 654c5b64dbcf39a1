"""Frames that are no good message: a bad element, no readable header, a length beyond the limit. Pure.

Each is made from a good message by the wire code itself; where an element begins is found by encoding it twice.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from simulator.expectation import Expectation
from simulator.messages import altered, reply_mti
from simulator.replies import NEVER_RETURNED
from simulator.script import Aftermath, Kind, Probe, Step
from switch.framing import Framing
from switch.iso8583 import Codec, Message


@dataclass(frozen=True, slots=True)
class Damage:
    """Spoils one element of an otherwise good message: two valid values of it, and what is done where they part."""

    element: int
    values: tuple[str, str]
    spoil: Callable[[bytes, int, str], bytes]


def _letter(payload: bytes, at: int, character_set: str) -> bytes:
    """A letter where a digit must stand."""
    return payload[:at] + "X".encode(character_set) + payload[at + 1 :]


def _cut(payload: bytes, at: int, character_set: str) -> bytes:
    """The message ends inside the element."""
    del character_set
    return payload[: at + 1]


def _bad_length(payload: bytes, at: int, character_set: str) -> bytes:
    """The three length digits before the value are not digits."""
    return payload[: at - 3] + "0X9".encode(character_set) + payload[at:]


AMOUNT_LETTER = Damage(4, ("1" * 12, "2" * 12), _letter)
CURRENCY_LETTER = Damage(49, ("111", "222"), _letter)
NAME_CUT = Damage(43, ("A" * 40, "B" * 40), _cut)
NETWORK_DATA_LENGTH = Damage(63, ("AAAAAAAAA", "BBBBBBBBB"), _bad_length)
ORIGINAL_LETTER = Damage(90, ("1" * 42, "2" * 42), _letter)
# What is spoiled in a message of which type; DE 7, 11 and 32 stay readable, so that the reply can be matched.
DAMAGES = (
    ("0100", CURRENCY_LETTER),
    ("0400", ORIGINAL_LETTER),
    ("0100", NAME_CUT),
    ("0120", CURRENCY_LETTER),
    ("0100", NETWORK_DATA_LENGTH),
    ("0100", AMOUNT_LETTER),
)


def bad_element(message: Message, damage: Damage, codec: Codec, framing: Framing, echo: Step) -> Probe:
    """`message` with one element spoiled behind a readable header: answered 30, DE 44 naming the element."""
    first, second = (codec.encode(altered(message, {damage.element: value})) for value in damage.values)
    at = next(place for place, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1])
    expected = Expectation(
        mti=reply_mti(message.mti),
        code="30",
        reason="format error",
        elements={number: message.text(number) for number in (7, 11, 32, 33) if number in message.elements},
        absent=NEVER_RETURNED,
        bad_element=damage.element,
    )
    frame = framing.wrap(damage.spoil(first, at, codec.character_set))
    sent = f"{message.mti} with a bad DE {damage.element}"
    return Probe(Kind.BAD_ELEMENT, sent, frame, Aftermath.REPLY, echo, expected)


def unreadable(rng: random.Random, message: Message, codec: Codec, framing: Framing, echo: Step) -> Probe:
    """Noise, nothing at all, an MTI alone, or a bitmap that breaks off: no reply, and the connection stays."""
    good = codec.encode(message)
    noise = ("40 bytes of noise", b"\x00" + rng.randbytes(39))
    sent, payload = rng.choice([noise, ("an empty frame", b""), ("an MTI alone", good[:4]), ("half a bitmap", good[:8])])
    return Probe(Kind.UNREADABLE, sent, framing.wrap(payload), Aftermath.SILENCE, echo)


def oversized(echo: Step, framing: Framing) -> Probe:
    """A length over the limit: the framing is lost, so the connection is closed."""
    size = framing.max_frame + 1
    frame = replace(framing, max_frame=size).wrap(bytes(size))
    return Probe(Kind.OVERSIZED, f"a frame of {size} bytes", frame, Aftermath.CLOSED, echo)
