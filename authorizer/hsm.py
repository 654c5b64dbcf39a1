"""Card cryptography behind one interface: CVC, PVV and ISO format 0 PIN blocks, in software on `cryptography`.

Pure over the keys given at construction. Keys and clear PINs never leave by repr, exception or log. ARQC and key blocks
come with their own issue.
"""

import hmac
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from authorizer.pan import Pan

CVC2_SERVICE_CODE = "000"
MIN_PIN_DIGITS, MAX_PIN_DIGITS = 4, 12


class Hsm(Protocol):
    """What the switch asks of a hardware security module. Expiry is YYMM."""

    def cvc(self, pan: Pan, expiry: str, service_code: str) -> str: ...

    def verify_cvc2(self, pan: Pan, expiry: str, cvc2: str) -> bool: ...

    def pvv(self, pan: Pan, pin: str) -> str: ...

    def pin_block_pvv(self, block: bytes, pan: Pan) -> str | None:
        """The PVV of the PIN inside an encrypted block; None when the block holds no PIN for this PAN."""

    def encrypt_pin_block(self, pin: str, pan: Pan) -> bytes: ...


class SoftwareHsm:
    """For development, tests and the simulator; a hardware module takes its place in production.

    All keys are double-length (16 bytes) 3DES keys. Raises ValueError, without content, for a key of another length.
    """

    __slots__ = ("_cvk", "_cvk_left", "_pin_key", "_pvk", "_pvk_index")

    def __init__(self, *, cvk: bytes, pvk: bytes, pvk_index: int, pin_key: bytes) -> None:
        if not 0 <= pvk_index <= 9:
            raise ValueError("the PVK index is one digit")
        self._cvk_left = _Des(cvk[:8] * 2)
        self._cvk = _Des(cvk)
        self._pvk = _Des(pvk)
        self._pvk_index = pvk_index
        self._pin_key = _Des(pin_key)

    def cvc(self, pan: Pan, expiry: str, service_code: str) -> str:
        """CVC1 (card's service code), CVC2 (000) or chip CVC (999): three digits."""
        data = bytes.fromhex(f"{pan.clear}{expiry}{service_code}".ljust(32, "0"))
        first = self._cvk_left.encrypt(data[:8])
        return _decimal_digits(self._cvk.encrypt(_xor(first, data[8:])), 3)

    def verify_cvc2(self, pan: Pan, expiry: str, cvc2: str) -> bool:
        return hmac.compare_digest(self.cvc(pan, expiry, CVC2_SERVICE_CODE).encode(), cvc2.encode())

    def pvv(self, pan: Pan, pin: str) -> str:
        """Four digits from 11 PAN digits (the rightmost but the check digit), the key index and four PIN digits."""
        security_parameter = f"{pan.clear[-12:-1]}{self._pvk_index}{pin[:4]}"
        return _decimal_digits(self._pvk.encrypt(bytes.fromhex(security_parameter)), 4)

    def pin_block_pvv(self, block: bytes, pan: Pan) -> str | None:
        pin = _pin_in_format_0(self._pin_key.decrypt(block), pan) if len(block) == 8 else None
        return None if pin is None else self.pvv(pan, pin)

    def encrypt_pin_block(self, pin: str, pan: Pan) -> bytes:
        return self._pin_key.encrypt(pin_block_format_0(pin, pan))

    def __repr__(self) -> str:
        return "SoftwareHsm(keys hidden)"


def pin_block_format_0(pin: str, pan: Pan) -> bytes:
    """ISO 9564-1 format 0, clear. Raises ValueError, without content, for a PIN that is not 4 to 12 digits."""
    if not (MIN_PIN_DIGITS <= len(pin) <= MAX_PIN_DIGITS and pin.isascii() and pin.isdigit()):
        raise ValueError("a PIN has 4 to 12 digits")
    return _xor(bytes.fromhex(f"0{len(pin):X}{pin}".ljust(16, "F")), _pan_field(pan))


def key_check_value(key: bytes) -> str:
    """The first three bytes of 3DES(key, nought), in hex: shows that two sides hold the same key, and no more."""
    return _Des(key).encrypt(bytes(8))[:3].hex().upper()


def _pin_in_format_0(clear_block: bytes, pan: Pan) -> str | None:
    field = _xor(clear_block, _pan_field(pan)).hex().upper()
    length = int(field[1], 16)
    pin, fill = field[2 : 2 + length], field[2 + length :]
    if field[0] != "0" or not MIN_PIN_DIGITS <= length <= MAX_PIN_DIGITS or not pin.isdigit() or fill.strip("F"):
        return None
    return pin


def _pan_field(pan: Pan) -> bytes:
    return bytes.fromhex(pan.clear[-13:-1].rjust(16, "0"))


def _decimal_digits(block: bytes, count: int) -> str:
    """Digits from left to right; if too few, a second pass takes A to F as 0 to 5."""
    text = block.hex()
    digits = "".join(c for c in text if c.isdigit())
    letters = "".join(str(int(c, 16) - 10) for c in text if not c.isdigit())
    return (digits + letters)[:count]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


class _Des:
    """3DES on single blocks. ECB keeps no state between blocks, so one context serves for ever."""

    __slots__ = ("_decrypt", "_encrypt")

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError("a key has 16 bytes (double-length 3DES)")
        cipher = Cipher(TripleDES(key + key[:8]), modes.ECB())  # noqa: S305 - the card schemes prescribe single blocks
        self._encrypt = cipher.encryptor()
        self._decrypt = cipher.decryptor()

    def encrypt(self, block: bytes) -> bytes:
        return self._encrypt.update(block)

    def decrypt(self, block: bytes) -> bytes:
        return self._decrypt.update(block)
