"""The terminal's side of a PIN: an ISO 9564 format 0 block under a test key. No other cryptography lives here."""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

# The published test key of the development set-up; never a production key.
TEST_PIN_KEY = bytes.fromhex("404142434445464748494A4B4C4D4E4F")


def pin_block(pin: str, pan: str, key: bytes = TEST_PIN_KEY) -> bytes:
    """DE 52: eight bytes, encrypted. `key` is a double-length 3DES key."""
    pin_field = bytes.fromhex(f"0{len(pin):X}{pin}".ljust(16, "F"))
    pan_field = bytes.fromhex("0000" + pan[-13:-1])
    clear = bytes(left ^ right for left, right in zip(pin_field, pan_field, strict=True))
    encryptor = Cipher(TripleDES(key + key[:8]), modes.ECB()).encryptor()  # noqa: S305 - the network's own format
    return encryptor.update(clear) + encryptor.finalize()
