"""Inputs that several published vectors share, and what random keys and cards are drawn from."""

from hypothesis import strategies as st

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
IMK_AC, IMK_SMI, IMK_SMC = (
    KEY,
    bytes.fromhex("FEDCBA98765432100123456789ABCDEF"),
    bytes.fromhex("89ABCDEF0123456776543210FEDCBA98"),
)
CHIP_PAN, CHIP_PSN = "1234567890123456", "00"

CHIP_TAGS = {
    tag: bytes.fromhex(value)
    for tag, value in {
        "9F02": "000000009999", "9F03": "000000000000", "9F1A": "0124", "95": "8000000000", "5F2A": "0124", "9A": "209906",
        "9C": "00", "9F37": "ABCDEF12", "82": "1800", "9F36": "001C", "9F27": "80",
    }.items()
}  # fmt: skip
CVR, COUNTERS = bytes.fromhex("A00003220000"), bytes.fromhex("00000000000322FF")
ARC = bytes.fromhex("0010")

# Version, ARQC, ARPC by method 1, script MAC of 8424000008, PIN change to 9999 (pyemv tests, computed anew).
CHIP_VECTORS = [
    (0x10, "24CCF3DEE3158C70", "73F6BBF389A6586C", "ED0AB162BAB1DE61", "842400021000859B8FE53F316DEB4B64C36BF88E39"),
    (0x11, "EAE8A620A75648D8", "29CF11FBDB9CA650", "4D1858456CD0F22A", "84240002108661C474E4940A4378390C64CB96756E"),
    (0x14, "CD29615D6452E70E", "DFD0956606B68D64", "01C0F0DFBF6AA230", "84240002107647E71F85AA6A35AE4B4E838666773D"),
    (0x15, "C30E54BE496CF5E5", "4F51F9CC63CE8B3C", "5E89E990C51CEE94", "8424000210D9F5896BE8E283C682264E1D32DF1D51"),
]

pans = st.text("0123456789", min_size=13, max_size=19)
pins = st.text("0123456789", min_size=4, max_size=12)
keys = st.binary(min_size=16, max_size=16)


def issuer_data(version: int, *, index: int = 1, cvr: bytes = CVR, counters: bytes = COUNTERS) -> bytes:
    return bytes([index, version]) + cvr + bytes(2) + counters


def chip_tags(version: int, arqc: str) -> dict[str, bytes]:
    return CHIP_TAGS | {"9F10": issuer_data(version), "9F26": bytes.fromhex(arqc)}
