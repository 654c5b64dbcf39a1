"""What the network answers to an issuer's own requests: network management, file updates, administrative messages. Pure."""

from simulator.messages import reply_mti
from switch.iso8583 import Message

SIGN_ON = frozenset({"001", "061", "063", "065", "067"})
SIGN_OFF = frozenset({"002", "062", "064", "066", "068"})
SAF_REQUEST, ECHO = "060", "270"
# Keys are not played by this network: whoever asks for one is told to come back.
KEY_REQUESTS = frozenset({"162", "163"})
OTHERS = frozenset({ECHO, "070", "071", "072", "081", "082", "161", "164", "165", "166", "167"})
ECHOED = (2, 3, 4, 7, 11, 15, 32, 33, 37, 48, 49, 63, 70, 91, 101)
NEVER_ANSWERED = frozenset({"0820", "0180", "0190"})


def answer_to(request: Message, *, is_draining: bool) -> Message | None:
    """The reply, or None to what is not answered or not understood."""
    match request.mti:
        case "0800":
            return _answered(request, _management_code(request.text(70), is_draining=is_draining))
        case "0302" | "0620":
            return _answered(request, "00")
        case "0600":
            return _answered(request, "57")
        case _:
            return None


def _management_code(code: str, *, is_draining: bool) -> str:
    if code == SAF_REQUEST:
        return "94" if is_draining else "00"
    if code in KEY_REQUESTS:
        return "91"
    return "00" if code in SIGN_ON | SIGN_OFF | OTHERS else "30"


def _answered(request: Message, code: str) -> Message:
    echoed = {number: request.elements[number] for number in ECHOED if number in request.elements}
    mti = "0312" if request.mti == "0302" else reply_mti(request.mti)
    return Message(mti, echoed | {39: code})
