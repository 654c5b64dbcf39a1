"""pyiso8583 alone: decode a request, encode the answer, in one thread. Its specification is the switch's."""

import time
from collections.abc import Callable
from typing import Any

import iso8583

from switch.elements import BITMAPS, all_elements

COUNT = 10_000
ECHOED = ("2", "3", "4", "7", "11", "15", "32", "33", "37", "41", "48", "49", "62", "63")
Texts = dict[str, str]


def specification(character_set: str) -> dict[str, dict[str, Any]]:
    """pyiso8583's form of the element table."""
    spec: dict[str, dict[str, Any]] = {
        "h": _field("b", "b", 0, 0),
        "t": _field(character_set, "b", 0, 4),
        "p": _field("b", "b", 0, 8),
        "1": _field("b", "b", 0, 8),
    }
    for number, element in all_elements().items():
        if number not in BITMAPS:
            data = "b" if element.is_binary else character_set
            spec[str(number)] = _field(data, character_set, element.length_digits, element.max_length)
    return spec


def answered(texts: Texts) -> Texts:
    """The elements of a 0110: what is echoed, an approval code and 00."""
    return {"t": "0110", **{key: texts[key] for key in ECHOED if key in texts}, "38": texts["11"], "39": "00"}


def measure_codec(payload: bytes, character_set: str) -> dict[str, float]:
    """Messages per second: decode, encode of the answer, both."""
    spec = specification(character_set)
    answer = answered(iso8583.decode(payload, spec)[0])
    decode = _seconds(lambda: iso8583.decode(payload, spec))
    encode = _seconds(lambda: iso8583.encode(answer, spec))
    return {
        "decode_per_second": round(1 / decode, 1),
        "encode_per_second": round(1 / encode, 1),
        "per_second": round(1 / (decode + encode), 1),
    }


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(COUNT):
        call()
    return (time.perf_counter() - began) / COUNT


def _field(data: str, length: str, digits: int, longest: int) -> dict[str, Any]:
    return {"data_enc": data, "len_enc": length, "len_type": digits, "max_len": longest, "desc": ""}
