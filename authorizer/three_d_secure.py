"""What an e-commerce request says about the cardholder's authentication: DE 48 SE 42, 43 and 66. Classified, not judged.

The security level indicator (SE 42 SF 01) has three positions: protocol, cardholder authentication, UCAF. Whether the
accountholder authentication value is genuine is not checked here: that takes the issuer's 3-D Secure server.
"""

import re
from dataclasses import dataclass, field
from enum import Enum

from authorizer.subfields import read_subfields

_AAV = re.compile(r"[A-Za-z0-9+/]{26,32}={0,2}", re.ASCII)
_AAV_LENGTHS = range(28, 33)


class UcafLevel(Enum):
    """The third position of the indicator."""

    NOT_SUPPORTED = "0"
    ATTEMPTED = "1"
    AUTHENTICATED = "2"
    STATIC_AAV = "3"
    DATA_ONLY = "4"
    EXEMPTED = "6"
    FOLLOWS_AUTHENTICATED = "7"


class ThreeDSecureFault(Enum):
    """Where the elements contradict each other. What to make of it is a rule's affair (`security_rules.authentication_sound`)."""

    INDICATOR_UNREADABLE = "indicator_unreadable"
    INDICATOR_MISSING = "indicator_missing"
    AAV_MISSING = "aav_missing"
    AAV_UNEXPECTED = "aav_unexpected"
    AAV_MALFORMED = "aav_malformed"


@dataclass(frozen=True, slots=True)
class ThreeDSecure:
    """Also of requests without any of it: then all is empty."""

    level: UcafLevel | None = None
    is_tokenised: bool = False
    has_aav: bool = False
    program: str = ""
    """SE 66 SF 01: 1 is 3-D Secure 1, 2 is EMV 3-D Secure."""
    directory_server_id: str = field(default="", repr=False)
    original_indicator: str = ""
    """SE 42 SF 02, where the network has lowered the indicator."""
    fault: ThreeDSecureFault | None = None

    @property
    def is_authenticated(self) -> bool:
        """The cardholder proved to be himself, and nothing contradicts it."""
        return self.level is UcafLevel.AUTHENTICATED and self.fault is None

    def word(self) -> str:
        """For the record of a decision: the contradiction, else the level."""
        return self.fault.value if self.fault else self.level.name.lower() if self.level else "none"

    @staticmethod
    def read(word: str) -> "ThreeDSecure | None":
        """As far as the rules need it. None for a word of another release."""
        fault = next((one for one in ThreeDSecureFault if one.value == word), None)
        level = UcafLevel.NOT_SUPPORTED if fault is ThreeDSecureFault.AAV_UNEXPECTED else BY_WORD.get(word)
        return ThreeDSecure(level=level, fault=fault) if fault or level or word == "none" else None


BY_WORD = {level.name.lower(): level for level in UcafLevel}
"""What people and records call the levels."""
_LEVELS = {level.value: level for level in UcafLevel}
_NEEDS_AAV = {UcafLevel.AUTHENTICATED, UcafLevel.STATIC_AAV}
_FORBIDS_AAV = {UcafLevel.NOT_SUPPORTED}
_TOKENISED = "4"


def classify(indicators: str, aav: str, authentication_data: str) -> ThreeDSecure:
    """SE 42, SE 43 and SE 66 as text; empty where absent.

    A tokenised request (second position 4) carries its cryptogram elsewhere, so it may come without an AAV.
    """
    aav, subfields, authentication = aav.strip(), read_subfields(indicators), read_subfields(authentication_data) or {}
    indicator = (subfields or {}).get("01", "")
    level = _LEVELS.get(indicator[2:3]) if re.fullmatch("[0-9]{3}", indicator, re.ASCII) else None
    is_tokenised = level is not None and indicator[1] == _TOKENISED
    return ThreeDSecure(
        level=level,
        is_tokenised=is_tokenised,
        has_aav=bool(aav),
        program=authentication.get("01", ""),
        directory_server_id=authentication.get("02", ""),
        original_indicator=(subfields or {}).get("02", ""),
        fault=_fault(indicators, level, is_tokenised, aav),
    )


def _fault(indicators: str, level: UcafLevel | None, is_tokenised: bool, aav: str) -> ThreeDSecureFault | None:
    if level is None:
        if indicators.strip():
            return ThreeDSecureFault.INDICATOR_UNREADABLE
        return ThreeDSecureFault.INDICATOR_MISSING if aav else None
    if aav and not (len(aav) in _AAV_LENGTHS and _AAV.fullmatch(aav)):
        return ThreeDSecureFault.AAV_MALFORMED
    if level in _NEEDS_AAV and not aav and not is_tokenised:
        return ThreeDSecureFault.AAV_MISSING
    return ThreeDSecureFault.AAV_UNEXPECTED if aav and level in _FORBIDS_AAV and not is_tokenised else None
