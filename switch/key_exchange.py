"""Exchange of the PIN working key of a link: received, checked, and used only after the network says so.

A key comes in DE 48 SE 11, or as a TR-31 block in DE 110, which has no name on the link: it is called by its key version.

Pure but for the importer, which the caller gives and which alone sees key material. A key whose check value is wrong is
refused and stays refused, also where the network confirms it all the same (seen in the field).
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeyName:
    """What a key is called on the link: class (PK: PIN), index, cycle 00 to 99."""

    key_class: str
    index: str
    cycle: str


@dataclass(frozen=True, slots=True)
class KeyBlock:
    """DE 48 SE 11 of an 0800/161: a double or triple length key under the transport key, with its check value."""

    name: KeyName
    encrypted_key: bytes = field(repr=False)
    check_value: str
    """The significant hexadecimal digits, four to sixteen."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """DE 110 of an 0800/161: a TR-31 block (09, three digits of length) and its check value (10, 006)."""

    text: str = field(repr=False)
    """DE 110 as it came."""
    block: str = field(repr=False)
    check_value: str

    @property
    def name(self) -> KeyName:
        """By the key version in the header (positions 9 and 10)."""
        return KeyName(PIN_KEY_CLASS, "00", self.block[9:11])


class KeyImporter(Protocol):
    """Where working keys go: the HSM behind the links. Never raises for a wrong key."""

    def receive_key(self, link: str, block: KeyBlock | WrappedKey) -> bool:
        """Decrypt under the link's transport key, compare the check value, keep for later. False: refused."""

    def activate_key(self, link: str, name: KeyName) -> bool:
        """Use from now on what receive_key has accepted under this name. False: there is no such key."""


class KeyState(Enum):
    """What the exchange waits for: nothing, the network's delivery, the network's confirmation."""

    IDLE = "idle"
    PENDING = "pending"
    RECEIVED = "received"


class Delivery(Enum):
    """What became of a delivered key."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    MALFORMED = "malformed"


PIN_KEY_CLASS = "PK"
_WRAPPED = re.compile(r"09([0-9]{3})([A-Z0-9]+)10006([0-9A-F]{6})")
_SHORTEST_BLOCK = 16 + 2 * 24
"""Header, and the least that a key with its code takes."""
_DELIVERED = re.compile(r"([A-Z0-9]{2})([0-9]{2})([0-9]{2})([0-9A-F]{32}|[0-9A-F]{48})([0-9A-F ]{16})")
_CONFIRMED = re.compile(r"([A-Z0-9]{2})([0-9]{2})([0-9]{2})([0-9A-F ]{32})")


def parse_key_block(text: str) -> KeyBlock | None:
    """54 characters for a double, 70 for a triple length key; None for anything else."""
    match = _DELIVERED.fullmatch(text)
    if match is None:
        return None
    check_value = match[5].rstrip(" ")
    if len(check_value) < 4 or " " in check_value:
        return None
    return KeyBlock(KeyName(match[1], match[2], match[3]), bytes.fromhex(match[4]), check_value)


def parse_wrapped_key(text: str) -> WrappedKey | None:
    """None for anything that is not a block and its check value. What the block holds is for the HSM to find out."""
    match = _WRAPPED.fullmatch(text.rstrip(" "))
    if match is None or int(match[1]) != len(match[2]) or len(match[2]) < _SHORTEST_BLOCK:
        return None
    return WrappedKey(match[0], match[2], match[3])


def key_block_text(block: KeyBlock) -> str:
    """What parse_key_block has read."""
    name = block.name
    return f"{name.key_class}{name.index}{name.cycle}{block.encrypted_key.hex().upper()}{block.check_value:<16}"


def parse_confirmation(text: str) -> KeyName | None:
    """DE 48 SE 11 of an 0820/161: 38 characters, of which the name counts."""
    match = _CONFIRMED.fullmatch(text)
    return KeyName(match[1], match[2], match[3]) if match else None


class KeyExchange:
    """The exchange of one link, over all its connections."""

    __slots__ = ("_activated_at", "_importer", "_lifetime", "_link", "_received", "_retry_at", "active", "state")

    def __init__(self, link: str, importer: KeyImporter | None, *, lifetime_seconds: float) -> None:
        self._link, self._importer, self._lifetime = link, importer, lifetime_seconds
        self._received: KeyName | None = None
        self._activated_at: float | None = None
        self._retry_at = 0.0
        self.active: KeyName | None = None
        self.state = KeyState.IDLE

    def delivered(self, block: KeyBlock | WrappedKey | None) -> Delivery:
        """0800/161 with a key (None: what was to be one is none). Without an importer nothing can be checked: all is refused."""
        if block is None:
            return Delivery.MALFORMED
        if self._importer is None or not self._importer.receive_key(self._link, block):
            self._received, self.state = None, KeyState.IDLE
            return Delivery.REFUSED
        self._received, self.state = block.name, KeyState.RECEIVED
        return Delivery.ACCEPTED

    def confirmed(self, text: str, now: float) -> bool:
        """0820/161: whether the key that was received is in use from now on. A name, where given, has to be its own."""
        name = parse_confirmation(text) if text else self._received
        if name is None or name != self._received or self._importer is None:
            return False
        self._received, self.state = None, KeyState.IDLE
        if not self._importer.activate_key(self._link, name):
            return False
        self.active, self._activated_at = name, now
        return True

    def due_at(self) -> float:
        """When a new key should be asked for: at once where there is none, then before the old one is too old."""
        expires_at = self._activated_at + self._lifetime if self._activated_at is not None else 0.0
        return max(expires_at, self._retry_at)

    def requested(self, now: float) -> None:
        """0800/162 has left; the next one may follow after a tenth of a lifetime, should no key come."""
        self.state = KeyState.PENDING
        self._retry_at = now + self._lifetime / 10
