"""What an 0800 or 0820 of the network makes of a link, and how it is answered (DE 39: 00, 30, 79). Pure.

0820 has no answer; what it says is only done, or said not to fit.
"""

from dataclasses import dataclass

from switch.iso8583 import Message
from switch.key_exchange import Delivery, KeyBlock, WrappedKey, parse_key_block, parse_wrapped_key
from switch.link import Link
from switch.management import Management, Purpose
from switch.subelements import AdditionalData, SubelementError, parse_additional_data
from switch.translate import FormatError

ACCEPTED, KEY_REFUSED = "00", "79"
KEY_EXCHANGE_BLOCK = "11"


@dataclass(frozen=True, slots=True)
class Obeyed:
    """DE 39 of the 0810, and the words for log and metrics."""

    response_code: str
    decision: str
    reason: str


def obey(message: Message, link: Link, management: Management, character_set: str, now: float) -> Obeyed | FormatError:
    """Do what DE 70 asks. FormatError where the code is none or the key is not laid out as one."""
    code = message.text(70)
    reason = f"network_management_{code}"
    match management.purpose(code), message.mti[:3]:
        case None, _:
            return FormatError(70, "unknown network management code")
        case Purpose.SIGN_ON, "080":
            link.sign_on()
        case Purpose.SIGN_OFF, "080":
            link.sign_off()
        case Purpose.STORED_ADVICES_END, _:
            if not link.advices.ended():
                return Obeyed(ACCEPTED, "accepted", f"{reason}_without_session")
        case Purpose.KEY, kind:
            return _key(message, link, character_set, now, is_delivery=kind == "080")
        case _:
            pass
    return Obeyed(ACCEPTED, "accepted", reason)


def _key(message: Message, link: Link, character_set: str, now: float, *, is_delivery: bool) -> Obeyed | FormatError:
    """161: an 0800 delivers a key in SE 11 or DE 110 (one that carries none is only acknowledged), an 0820 says it counts now."""
    data = parse_additional_data(message.raw(48), character_set)
    if isinstance(data, SubelementError):
        return FormatError(48, data.reason)
    if not is_delivery:
        is_active = link.keys.confirmed(_block(data), now)
        return Obeyed(ACCEPTED, "accepted" if is_active else "ignored", "key_active" if is_active else "key_not_received")
    block: KeyBlock | WrappedKey | None
    if KEY_EXCHANGE_BLOCK in data.subelements:
        element, block = 48, parse_key_block(_block(data))
    elif 110 in message.elements:
        element, block = 110, parse_wrapped_key(message.text(110))
    else:
        return Obeyed(ACCEPTED, "accepted", "network_management_161")
    match link.keys.delivered(block):
        case Delivery.ACCEPTED:
            return Obeyed(ACCEPTED, "accepted", "key_received")
        case Delivery.REFUSED:
            return Obeyed(KEY_REFUSED, "declined", "key_refused")
        case Delivery.MALFORMED:
            return FormatError(element, "no key exchange block")


def _block(data: AdditionalData) -> str:
    return data.text(KEY_EXCHANGE_BLOCK)
