"""Network management codes (DE 70 of 0800) and what they ask for. Pure."""

from enum import Enum


class Purpose(Enum):
    """What an 0800 asks of the link. OTHER is acknowledged: echo, keys, store-and-forward sessions."""

    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"
    OTHER = "other"


_SIGN_ON = ("001", "061", "063", "065", "067")
_SIGN_OFF = ("002", "062", "064", "066", "068")
_OTHER = ("060", "070", "071", "072", "081", "082", "161", "162", "163", "164", "165", "166", "167", "270", "363")
_PURPOSES = {
    **dict.fromkeys(_SIGN_ON, Purpose.SIGN_ON),
    **dict.fromkeys(_SIGN_OFF, Purpose.SIGN_OFF),
    **dict.fromkeys(_OTHER, Purpose.OTHER),
}


def purpose(code: str) -> Purpose | None:
    """None for a code that no manual lists."""
    return _PURPOSES.get(code)
