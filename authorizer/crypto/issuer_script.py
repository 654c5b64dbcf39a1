"""Commands for a chip in the answer (tags 71 and 72): authenticated under SMI, their data enciphered under SMC."""

from authorizer.crypto.des import BLOCK, Tdes
from authorizer.crypto.emv_keys import session_key
from authorizer.crypto.mac import Padding, padded, retail_mac_of_blocks
from authorizer.crypto.pin_block import PinBlockFormat, clear_pin_block
from authorizer.pan import Pan

PIN_UNBLOCK = bytes.fromhex("8424000008")
"""CLA INS P1 P2 Lc: PIN CHANGE/UNBLOCK without data; Lc counts the MAC."""
PIN_CHANGE = bytes.fromhex("8424000210")
HEADER_LENGTH = 5


def script_mac(icc_smi: Tdes, header: bytes, atc: bytes, arqc: bytes, data: bytes = b"") -> bytes:
    """Eight bytes over header, ATC, ARQC and the enciphered data; the session key comes from the ARQC."""
    key = session_key(icc_smi, arqc)
    blocks = padded(b"".join((header, atc, arqc, data)), Padding.METHOD_2)
    return retail_mac_of_blocks(key[:BLOCK], Tdes(key), blocks)


def script_command(icc_smi: Tdes, header: bytes, atc: bytes, arqc: bytes, data: bytes = b"") -> bytes:
    """The whole command: header, data, MAC."""
    return header + data + script_mac(icc_smi, header, atc, arqc, data)


def pin_change_command(icc_smi: Tdes, icc_smc: Tdes, pin: str, pan: Pan, atc: bytes, arqc: bytes) -> bytes:
    """The new PIN in ISO format 2 under SMC. ValueError, without content, for what is no PIN."""
    enciphered = Tdes(session_key(icc_smc, arqc)).encrypt(clear_pin_block(PinBlockFormat.ISO_2, pin, pan))
    return script_command(icc_smi, PIN_CHANGE, atc, arqc, enciphered)
