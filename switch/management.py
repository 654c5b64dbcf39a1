"""Network management as data: what the codes of DE 70 ask for, what a profile says about them, and the 0800 that we send.

Pure. When something is asked or answered is in link; key exchange and stored advices have rooms of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from switch.iso8583 import Message, Value


class Purpose(Enum):
    """What an 0800 or 0820 asks of the link. OTHER is acknowledged: echo, requests for keys, fraud services."""

    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"
    KEY = "key"
    STORED_ADVICES_END = "stored_advices_end"
    OTHER = "other"


class SignOnWhen(Enum):
    """On which connections we sign on: those that we opened, all, or none."""

    CONNECTING = "when_connecting"
    ALWAYS = "always"
    NEVER = "never"


class Code(StrEnum):
    """DE 70 of what we send, beside the sign-on and sign-off codes that the profile names."""

    ECHO = "270"
    STORED_ADVICES = "060"
    KEY_REQUEST = "162"
    WRAPPED_KEY_REQUEST = "163"


KEY_FORMS: Mapping[str, Code] = {"se11": Code.KEY_REQUEST, "tr31": Code.WRAPPED_KEY_REQUEST}
_SIGN_ON = ("001", "061", "063", "067")
_SIGN_OFF = ("002", "062", "064", "068")
_OTHER = ("060", "070", "071", "072", "081", "082", "162", "163", "164", "165", "166", "167", "270")
_PURPOSES = {
    **dict.fromkeys(_SIGN_ON, Purpose.SIGN_ON),
    **dict.fromkeys(_SIGN_OFF, Purpose.SIGN_OFF),
    **dict.fromkeys(_OTHER, Purpose.OTHER),
    "161": Purpose.KEY,
    "363": Purpose.STORED_ADVICES_END,
}
SIGN_OFF_AFTER: Mapping[str, str] = {**dict(zip(_SIGN_ON, _SIGN_OFF, strict=True)), "065": "066", "066": "065"}


@dataclass(frozen=True, slots=True)
class Management:
    """The part of a profile that is about 08xx messages."""

    sign_on: SignOnWhen = SignOnWhen.CONNECTING
    sign_on_code: str = "061"
    """061 for a group, 001 for a prefix; the sign-off follows from it."""
    code_065: Purpose = Purpose.SIGN_ON
    """Sources disagree: dual-message networks sign on with 065 and off with 066, single-message ones the other way round."""
    forwarder: str = ""
    """DE 33 of our requests: who we are to the network."""
    group: str = ""
    """DE 2 of our sign-on, where the network knows us by a group."""
    service_indicator: str = ""
    """DE 94 of our sign-on (seven characters)."""
    request_stored_advices: bool = False
    """Ask for stored advices (0800/060) after our sign-on."""
    request_keys: bool = False
    """Ask for a PIN working key after our sign-on, and again before it is too old."""
    key_form: str = "se11"
    """How it is asked for: se11 (0800/162, DE 48 SE 11) or tr31 (0800/163, a key block in DE 110). Either is taken."""

    def purpose(self, code: str) -> Purpose | None:
        """None for a code that no manual lists."""
        if code == "065":
            return self.code_065
        if code == "066":
            return Purpose.SIGN_OFF if self.code_065 is Purpose.SIGN_ON else Purpose.SIGN_ON
        return _PURPOSES.get(code)

    @property
    def key_request_code(self) -> str:
        return KEY_FORMS[self.key_form].value

    @property
    def sign_off_code(self) -> str:
        return SIGN_OFF_AFTER[self.sign_on_code]

    def mistakes(self) -> list[str]:
        """What cannot be in a profile, each starting with its key."""
        found = []
        if self.sign_on_code not in SIGN_OFF_AFTER or self.purpose(self.sign_on_code) is not Purpose.SIGN_ON:
            found.append(f"sign_on_code: {self.sign_on_code!r} is no sign-on")
        for key, text, most in (("forwarder", self.forwarder, 11), ("group", self.group, 19)):
            if text and not (text.isascii() and text.isdigit() and len(text) <= most):
                found.append(f"{key}: has to be up to {most} digits")
        if self.key_form not in KEY_FORMS:
            found.append(f"key_form: {self.key_form!r} is not one of {', '.join(KEY_FORMS)}")
        if len(self.service_indicator) not in (0, 7):
            found.append("service_indicator: has to be seven characters")
        if self.sign_on is SignOnWhen.ALWAYS and not self.forwarder:
            found.append("forwarder: has to be given where we sign on (DE 33 says who does)")
        return found

    def request(self, code: str, stan: str, transmitted: str) -> Message:
        """The 0800 with this code. transmitted is DE 7 (MMDDhhmmss, UTC)."""
        elements: dict[int, Value] = {7: transmitted, 11: stan, 70: code}
        if self.forwarder:
            elements[33] = self.forwarder
        if code in (self.sign_on_code, self.sign_off_code):
            if self.group:
                elements[2] = self.group
            if self.service_indicator:
                elements[94] = self.service_indicator
        return Message("0800", elements)
