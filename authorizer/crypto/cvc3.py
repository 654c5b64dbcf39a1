"""CVC3: the dynamic code that a contactless stripe card makes from its track, its counter and the terminal's number."""

from authorizer.crypto.des import BLOCK, Tdes
from authorizer.crypto.mac import Padding, padded, retail_mac_of_blocks

LEAST_DIGITS, MOST_DIGITS = 3, 5


def cvc3(icc_key: bytes, track: bytes, atc: bytes, unpredictable_number: bytes) -> str:
    """Five digits; terminals send the last three or more.

    `track` is the track template with the positions of ATC, UN and CVC3 as personalised: track 2 packed with D and F,
    track 1 as ASCII. `atc` has 2 bytes, `unpredictable_number` 4.
    """
    whole = Tdes(icc_key)
    vector = retail_mac_of_blocks(icc_key[:BLOCK], whole, padded(track, Padding.METHOD_2))[-2:]
    code = whole.encrypt(vector + unpredictable_number + atc)[-2:]
    return f"{int.from_bytes(code, 'big'):05}"


def track2_template(track2: str) -> bytes:
    """Track 2 as it is packed on a chip: `=` becomes D, an odd length is filled with F. ValueError for other text."""
    text = track2.upper().replace("=", "D")
    return bytes.fromhex(text if len(text) % 2 == 0 else f"{text}F")
