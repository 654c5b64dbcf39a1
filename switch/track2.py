"""Track 2 (ISO/IEC 7813) as DE 35 carries it: number, separator, expiry, service code, discretionary data. Pure."""

import re
from dataclasses import dataclass, field

_TRACK = re.compile(r"([0-9]{8,19})[=D]([0-9]{4})([0-9]{3})([0-9]*)F?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Track2:
    """Expiry is YYMM. All of it is card data and shows in no representation."""

    pan: str = field(repr=False)
    expiry: str = field(repr=False)
    service_code: str = field(repr=False)
    discretionary: str = field(repr=False)


def read_track2(text: str) -> Track2 | None:
    """None for what has no expiry and service code: a truncated track proves nothing."""
    found = _TRACK.fullmatch(text.strip().upper())
    return Track2(*found.groups()) if found else None
