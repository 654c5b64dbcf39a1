"""A reply and the key under which it is awaited."""

from simulator.load.deck import Slot
from simulator.load.mix import Kind
from switch.iso8583 import Codec, Message

CODEC = Codec("cp037")
SLOT = Slot(Kind.PURCHASE, 0, b"", b"", frozenset({"00".encode("cp037")}))


def reply(stan: int, code: str | None = "00", mti: str = "0110") -> bytes:
    elements: dict[int, str | bytes] = {7: "1126013000", 11: f"{stan:06d}"}
    return CODEC.encode(Message(mti, elements | ({39: code} if code else {})))


def key(stan: int) -> bytes:
    return f"01101126013000{stan:06d}".encode("cp037")
