"""A working key as a network sends it: DE 48 SE 11 of an 0800 with DE 70 = 161, under the transport key (ZMK).

Class 2, index 2, cycle 2, key 32 or 48 hexadecimal characters, check value 16 of which the first four count. The 0820
that makes it usable carries no key and 16 + 16 spaces.
"""

import hmac
from dataclasses import dataclass, field
from enum import Enum

from authorizer.crypto.check_value import key_check_value
from authorizer.crypto.des import Tdes

_HEADER, _CHECK = 6, 16
_KEY_LENGTHS = {32, 48}
_COUNTING_DIGITS = 4
_CONFIRMATION = _HEADER + 2 * _CHECK


class KeyExchangeFault(Enum):
    """Why a key is not taken. KEY_CLASS: it is for something else than PINs."""

    LAYOUT = "layout"
    NOT_HEXADECIMAL = "not_hexadecimal"
    NO_CHECK_VALUE = "no_check_value"
    WRONG_CHECK_VALUE = "wrong_check_value"
    KEY_CLASS = "key_class"
    NO_TRANSPORT_KEY = "no_transport_key"


@dataclass(frozen=True, slots=True)
class KeyExchange:
    """SE 11, read. The key is still enciphered, so this may be stored and taken again after a restart."""

    key_class: str
    index: str
    cycle: str
    enciphered_key: bytes = field(repr=False)
    """Empty in the confirmation."""
    check_value: str


def read_key_exchange(value: str) -> KeyExchange | KeyExchangeFault:
    key_class, index, cycle = value[:2], value[2:4], value[4:6]
    is_confirmation = len(value) == _CONFIRMATION and not value[_HEADER:].strip()
    if not (index + cycle).isdigit() or not (is_confirmation or len(value) - _HEADER - _CHECK in _KEY_LENGTHS):
        return KeyExchangeFault.LAYOUT
    if is_confirmation:
        return KeyExchange(key_class, index, cycle, b"", "")
    check_value = value[-_CHECK:].strip().upper()
    try:
        enciphered = bytes.fromhex(value[_HEADER:-_CHECK])
        bytes.fromhex(check_value)
    except ValueError:
        return KeyExchangeFault.NOT_HEXADECIMAL
    if len(enciphered) * 2 != len(value) - _HEADER - _CHECK:  # fromhex passes over spaces
        return KeyExchangeFault.NOT_HEXADECIMAL
    if len(check_value) < _COUNTING_DIGITS:
        return KeyExchangeFault.NO_CHECK_VALUE
    return KeyExchange(key_class, index, cycle, enciphered, check_value)


def key_of(exchange: KeyExchange, transport_key: Tdes) -> bytes | KeyExchangeFault:
    """The clear key, when its check value is the one that was sent."""
    if len(exchange.enciphered_key) not in (16, 24):
        return KeyExchangeFault.LAYOUT
    key = transport_key.decrypt(exchange.enciphered_key)
    ours, theirs = key_check_value(key)[:_COUNTING_DIGITS], exchange.check_value[:_COUNTING_DIGITS]
    return key if hmac.compare_digest(ours, theirs) else KeyExchangeFault.WRONG_CHECK_VALUE


def key_exchange_value(key: bytes, transport_key: Tdes, *, key_class: str = "PK", index: str = "00", cycle: str = "00") -> str:
    """SE 11 as the sender of a key writes it."""
    enciphered = transport_key.encrypt(key).hex().upper()
    return f"{key_class}{index}{cycle}{enciphered}{key_check_value(key)[:_COUNTING_DIGITS]:<{_CHECK}}"
