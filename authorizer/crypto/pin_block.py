"""PIN blocks of ISO 9564-1, formats 0 to 4. Clear PINs pass through here as arguments and nowhere else.

A block that holds no PIN is a value with its reason, because somebody must answer it. Building one from what is no PIN
is a ValueError without content.
"""

import secrets
from enum import Enum

from authorizer.crypto.aes import Aes
from authorizer.crypto.des import xor
from authorizer.pan import Pan

FEWEST_DIGITS, MOST_DIGITS = 4, 12
_DIGITS, _LETTERS = "0123456789", "ABCDEF"


class PinBlockFormat(Enum):
    """The value is the control digit. Formats 1 and 2 hold no PAN; format 4 exists only enciphered."""

    ISO_0 = "0"
    ISO_1 = "1"
    ISO_2 = "2"
    ISO_3 = "3"
    ISO_4 = "4"


class PinBlockFault(Enum):
    """Why a block holds no PIN. A wrong key, or the block of another card, shows as any but the first."""

    BLOCK_LENGTH = "block_length"
    CONTROL_DIGIT = "control_digit"
    PIN_LENGTH = "pin_length"
    PIN_DIGITS = "pin_digits"
    FILL = "fill"


def clear_pin_block(form: PinBlockFormat, pin: str, pan: Pan) -> bytes:
    """Eight bytes, formats 0 to 3. Random fill where the format asks for it."""
    field = f"{form.value}{len(_checked(pin)):X}{pin}"
    missing = 16 - len(field)
    match form:
        case PinBlockFormat.ISO_0:
            return xor(bytes.fromhex(field + "F" * missing), _pan_field(pan))
        case PinBlockFormat.ISO_1:
            return bytes.fromhex(field + _drawn(_DIGITS, missing))
        case PinBlockFormat.ISO_2:
            return bytes.fromhex(field + "F" * missing)
        case PinBlockFormat.ISO_3:
            return xor(bytes.fromhex(field + _drawn(_LETTERS, missing)), _pan_field(pan))
        case PinBlockFormat.ISO_4:
            raise ValueError("format 4 exists only enciphered")


def read_pin_block(form: PinBlockFormat, block: bytes, pan: Pan) -> str | PinBlockFault:
    """The PIN in a clear block of formats 0 to 3."""
    if len(block) != 8:
        return PinBlockFault.BLOCK_LENGTH
    with_pan = form in (PinBlockFormat.ISO_0, PinBlockFormat.ISO_3)
    field = (xor(block, _pan_field(pan)) if with_pan else block).hex().upper()
    fill = {PinBlockFormat.ISO_1: _DIGITS + _LETTERS, PinBlockFormat.ISO_3: _LETTERS}.get(form, "F")
    return _pin_in(field, form, fill)


def encipher_format_4(key: Aes, pin: str, pan: Pan, fill: bytes | None = None) -> bytes:
    """Sixteen bytes. `fill` is eight random bytes, drawn unless given."""
    head = f"4{len(_checked(pin)):X}{pin}".ljust(16, "A")
    field = bytes.fromhex(head) + (secrets.token_bytes(8) if fill is None else fill)
    return key.encrypt(xor(key.encrypt(field), _format_4_pan_field(pan)))


def decipher_format_4(key: Aes, block: bytes, pan: Pan) -> str | PinBlockFault:
    """The PIN in a format 4 block. Another card's block shows as random content, so mostly as CONTROL_DIGIT."""
    if len(block) != 16:
        return PinBlockFault.BLOCK_LENGTH
    field = key.decrypt(xor(key.decrypt(block), _format_4_pan_field(pan))).hex().upper()
    return _pin_in(field[:16], PinBlockFormat.ISO_4, "A")


def is_pin(pin: str) -> bool:
    """4 to 12 decimal digits."""
    return FEWEST_DIGITS <= len(pin) <= MOST_DIGITS and pin.isascii() and pin.isdigit()


def _pin_in(field: str, form: PinBlockFormat, fill: str) -> str | PinBlockFault:
    if field[0] != form.value:
        return PinBlockFault.CONTROL_DIGIT
    length = int(field[1], 16)
    if not FEWEST_DIGITS <= length <= MOST_DIGITS:
        return PinBlockFault.PIN_LENGTH
    pin, rest = field[2 : 2 + length], field[2 + length :]
    if not pin.isdigit():
        return PinBlockFault.PIN_DIGITS
    return PinBlockFault.FILL if rest.strip(fill) else pin


def _checked(pin: str) -> str:
    if not is_pin(pin):
        raise ValueError("a PIN has 4 to 12 digits")
    return pin


def _drawn(alphabet: str, count: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(count))


def _pan_field(pan: Pan) -> bytes:
    """0000 and the rightmost twelve digits without the check digit."""
    return bytes.fromhex(pan.clear[-13:-1].rjust(16, "0"))


def _format_4_pan_field(pan: Pan) -> bytes:
    return bytes.fromhex(f"{len(pan.clear) - 12}{pan.clear}".ljust(32, "0"))
