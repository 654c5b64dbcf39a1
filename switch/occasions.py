"""What an authorization's hold validity depends on, read from the message: class, category, presence, initiator. Pure."""

from authorizer.request import Effect
from authorizer.validity import HoldClass, Initiator, Occasion, Presence
from switch.iso8583 import Message
from switch.subelements import AdditionalData, SubelementError, parse_tagged
from switch.translate import PREAUTHORIZATION, is_completion

STANDING_ORDER = "4"
"""DE 61 SF4: no cardholder is there, the merchant collects what was agreed."""


def occasion_of(message: Message, additional: AdditionalData, effect: Effect) -> Occasion:
    pos = message.text(61)
    return Occasion(
        _class_of(message, additional, effect),
        message.text(18),
        # DE 61 SF5: 0 present, 1 not present. Without it the narrower promise is not given.
        Presence.NOT_PRESENT if pos[4:5] == "1" else Presence.PRESENT,
        Initiator.MERCHANT if _is_by_merchant(pos, additional) else Initiator.CARDHOLDER,
    )


def _class_of(message: Message, additional: AdditionalData, effect: Effect) -> HoldClass:
    if is_completion(message):
        return HoldClass.COMPLETION
    if effect is Effect.CREDIT:
        return HoldClass.REFUND
    if message.text(61)[6:7] == PREAUTHORIZATION:
        return HoldClass.PREAUTHORIZATION
    return HoldClass.FINAL if additional.text("61")[4:5] == "1" else HoldClass.UNDEFINED


def _is_by_merchant(pos: str, additional: AdditionalData) -> bool:
    """DE 48.22 SF5 is C... or M...; older messages only have DE 61 SF4."""
    if "22" in additional.subelements:
        parts = parse_tagged(additional.text("22"), element=48, id_digits=2, length_digits=2)
        if not isinstance(parts, SubelementError) and parts.get("05"):
            return parts["05"].startswith("M")
    return pos[3:4] == STANDING_ORDER
