"""What a host answers that approves everything."""

from simulator.messages import reply_mti
from switch.iso8583 import Malformed, Message


def approve(message: Message | Malformed) -> Message | None:
    assert isinstance(message, Message)
    echoed = {number: message.elements[number] for number in (2, 3, 4, 7, 11, 32, 33, 37)}
    return Message(reply_mti(message.mti), echoed | {38: "000001", 39: "00"})
