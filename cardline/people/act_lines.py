"""People's acts as lines for people. Pure."""

from ledger.acts import Act

_LISTS = {"controls_set", "limits_set"}
"""Their detail is the whole list; here its version is enough."""


def line(act: Act) -> str:
    """2026-11-26 01:35:43 ada: card status, was active, now blocked, because: the holder called"""
    detail = act.detail.partition(":")[0] if act.action in _LISTS else act.detail
    said = ", ".join(part for part in (act.action.replace("_", " "), detail) if part)
    return f"{act.at:%Y-%m-%d %H:%M:%S} {act.actor}: {said}{because(act)}"


def because(act: Act) -> str:
    return f", because: {act.reason}" if act.reason else ""
