"""What a card and a terminal make for a message: cryptograms, codes, PIN blocks. By pyemv and psec, not by our own code.

The keys are the public test keys. psec finds no code where fewer than three digits come out of its first pass (a fault of
its own); then `cvc` says so instead of giving a shorter one.
"""

from dataclasses import dataclass

from psec import cvv as psec_cvv
from psec import des as psec_des
from psec import pin as psec_pin
from psec import pinblock as psec_pinblock
from pyemv import cvn, kd, tlv
from pyemv import cvv as pyemv_cvv

TEST_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PIN_KEY = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
PIN_KEY_AES = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
ZMK = bytes.fromhex("67C4A7191ADAFD086432CE0DD6384AB8")
CVC3_KEY = bytes.fromhex("01234567899876543210012345678998")
DECIMALISATION = "0123456789012345"
COUNTERS = bytes.fromhex("00000000000322FF")
CVR = bytes.fromhex("A00003220000")


@dataclass(frozen=True)
class Chip:
    """A chip of M/Chip with EMV session keys (cryptogram version 0x14)."""

    pan: str
    psn: str = "00"

    @property
    def _keys(self) -> cvn.MasterCardCVN20:
        return cvn.MasterCardCVN20(TEST_KEY, TEST_KEY, TEST_KEY, self.pan, self.psn)

    def data(self, atc: int, *, minor: int = 100, is_genuine: bool = True, leave_out: str = "") -> bytes:
        """DE 55 of a purchase."""
        tags = {
            "9F02": bytes.fromhex(f"{minor:012d}"), "9F03": bytes(6), "9F1A": b"\x02\x76", "95": bytes(5), "5F2A": b"\x09\x78",
            "9A": b"\x26\x01\x15", "9C": b"\x00", "9F37": atc.to_bytes(4, "little"), "82": b"\x18\x00",
            "9F36": atc.to_bytes(2, "big"),
        }  # fmt: skip
        cryptogram = self._keys.generate_ac(*tags.values(), CVR)
        if not is_genuine:
            cryptogram = bytes([cryptogram[0] ^ 1]) + cryptogram[1:]
        tags |= {"9F26": cryptogram, "9F27": b"\x80", "9F10": b"\x01\x14" + CVR + bytes(2) + COUNTERS}
        tags.pop(leave_out, None)
        return bytes(tlv.encode(tags))

    def believes(self, answer: bytes, request: bytes) -> bytes | None:
        """The ARPC response code in an answer's DE 55, where the ARPC is the issuer's; None where it is not."""
        said, asked = tlv.decode(answer), tlv.decode(request)
        issuer_authentication = bytes(said["91"])
        arpc, response_code = issuer_authentication[:8], issuer_authentication[8:]
        right = self._keys.generate_arpc(bytes(asked["9F26"]), bytes(asked["9F36"]), response_code)
        return response_code if right == arpc else None


def cvc(pan: str, expiry: str, service_code: str) -> str:
    code = str(psec_cvv.generate_cvv(TEST_KEY, pan, expiry, service_code))
    assert len(code) == 3, "psec finds no three digits for this card: take another"
    return code


def other(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def track2(pan: str, expiry: str, service_code: str, code: str) -> str:
    """The code stands behind a key index and a PVV."""
    return f"{pan}={expiry}{service_code}10000{code}0"


def dynamic_track2(pan: str, expiry: str, *, atc: int, number: int, psn: str = "00") -> str:
    """A contactless stripe: ATC, unpredictable number and code in the layout of tests/unit/authorizer/crypto/test_dynamic_track."""
    static = f"{pan}D{expiry}101"
    template = bytes.fromhex(f"{static}{'0' * 13}F" if len(static) % 2 == 0 else f"{static}{'0' * 13}")
    icc_key = kd.derive_icc_mk_a(CVC3_KEY, pan, psn)
    code = pyemv_cvv.generate_cvc3(icc_key, template, atc.to_bytes(2, "big"), int(str(number), 16).to_bytes(4, "big"))
    return f"{static}00{atc % 1000:03d}{number:03d}0{code.rjust(5, '0')[-3:]}3"


def pin_block(pin: str, pan: str, key: bytes = PIN_KEY) -> bytes:
    return bytes(psec_des.encrypt_tdes_ecb(key, psec_pinblock.encode_pinblock_iso_0(pin, pan)))


def pin_block_4(pin: str, pan: str) -> bytes:
    return bytes(psec_pinblock.encipher_pinblock_iso_4(PIN_KEY_AES, pin, pan))


def pvv(pin: str, pan: str) -> str:
    return str(psec_pin.generate_visa_pvv(TEST_KEY, "1", pin, pan))


def pin_offset(pin: str, pan: str) -> str:
    return str(psec_pin.generate_ibm3624_offset(TEST_KEY, DECIMALISATION, pin, pan, 0, 16, "F"))


def key_exchange(key: bytes, *, cycle: str) -> str:
    """DE 48 SE 11 of an 0800 with DE 70 = 161."""
    check_value = psec_des.encrypt_tdes_ecb(key, bytes(8))[:2].hex().upper()
    return f"PK00{cycle}{psec_des.encrypt_tdes_ecb(ZMK, key).hex().upper()}{check_value:<16}"
