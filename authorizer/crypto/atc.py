"""Whether an application transaction counter may follow the last one seen: a copied cryptogram comes with an old one."""

from enum import Enum

MOST = 0xFFFF


class AtcVerdict(Enum):
    """REPLAYED: not above the last one. TOO_FAR: more steps ahead than a card makes between two online messages."""

    IN_ORDER = "in_order"
    REPLAYED = "replayed"
    TOO_FAR = "too_far"


def atc_verdict(last_seen: int | None, atc: int, *, window: int) -> AtcVerdict:
    """`last_seen` is the highest counter accepted so far (None: no message of this card yet); `window` >= 1 steps.

    The counter never wraps: a card that reached 65,535 is dead. Repeats of one message are recognised before this.
    """
    assert window >= 1
    if last_seen is None:
        return AtcVerdict.IN_ORDER
    if atc <= last_seen:
        return AtcVerdict.REPLAYED
    return AtcVerdict.IN_ORDER if atc - last_seen <= window else AtcVerdict.TOO_FAR
