"""Presentments as a network writes them: 24 elements, eleven PDS, chip data."""

from collections.abc import Iterator

from clearing.ipm.messages import IpmMessage

_ELEMENTS: dict[int, str | bytes] = {
    2: "5413330000000019", 3: "000000", 5: "000000001250", 6: "000000001250", 9: "61000000", 10: "61000000",
    12: "261126101112", 22: "C10101C13144", 23: "001", 24: "200", 25: "1401", 26: "5411", 31: "7" * 23, 32: "200001",
    33: "200900", 37: "633010000001", 38: "A12345", 41: "TERM0001", 42: "SHOP00000000001",
    43: r"EXAMPLE GROCER\VIA ROMA 1\ROMA\00100     ITAITA", 49: "978", 50: "978", 51: "978",
    55: bytes.fromhex("9F2608AABBCCDDEEFF00119F3602001C9F02060000000012509F1A020380950580000000005F2A0209789A032611269C0100"),
    63: " MCCABC1231126  ", 93: "900001", 94: "200001",
}  # fmt: skip
_PDS = {
    "0002": "MCC", "0003": "MCC", "0023": "POI", "0146": "002901978000000000025978000000000025", "0148": "9782",
    "0158": "DMC1010401  26112601    NNNNNNN", "0159": "00000200900" + " " * 28 + "3C100000000N26112601" + "26112601",
    "0165": "M", "0177": "NN", "0191": "2", "9001": "kept as it is",
}  # fmt: skip


def presentments(count: int) -> Iterator[IpmMessage]:
    """Numbered from 1, each with its own amount."""
    for number in range(1, count + 1):
        yield IpmMessage("1240", {**_ELEMENTS, 4: f"{number % 100_000:012d}", 71: f"{number:08d}"}, dict(_PDS))
