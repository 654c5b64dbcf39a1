"""What the authorizer is asked, in domain values: no ISO 8583, no clear PAN, no PIN.

`switch/translate.py` builds it; `authorizer/decide.py` reads it. Pure data.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from authorizer.card_checks import NOTHING_CHECKED, CardChecks


class AuthorizationClass(StrEnum):
    """DE 61 SF7 and DE 48.61 SF5; it sets how long a hold stands."""

    UNDEFINED = "undefined"
    FINAL = "final"
    PREAUTHORIZATION = "preauthorization"
    STATUS_INQUIRY = "status_inquiry"


class Effect(Enum):
    """What an approval does to the cardholder's account (DE 3 SF1)."""

    SPEND = "spend"
    CREDIT = "credit"
    NONE = "none"
    UNSUPPORTED = "unsupported"


# DE 3 SF1. PIN change and unblock (91, 92) are unsupported until something carries them out: 00 would be a lie.
_EFFECTS = {
    **dict.fromkeys(("00", "01", "02", "09", "17", "18", "50"), Effect.SPEND),
    **dict.fromkeys(("20", "21", "22", "28"), Effect.CREDIT),
    "30": Effect.NONE,
}


@dataclass(slots=True, kw_only=True)  # not frozen: made for every payment
class AuthorizationRequest:
    """A 0100 or 0200 as the issuer sees it. `amount_minor` and `asset`: the billing amount (DE 6/51, else DE 4/49)."""

    token: bytes
    amount_minor: int
    asset: str
    transmitted_at: datetime
    processing_code: str = "000000"
    authorization_class: AuthorizationClass = AuthorizationClass.UNDEFINED
    expiry: str | None = None  # DE 14, YYMM
    checks: CardChecks = NOTHING_CHECKED  # of what the message itself carries; known once the card's facts are
    partial_allowed: bool = False  # DE 48.61 SF1
    is_increment: bool = False  # a pre-authorization that names a first one in DE 48.63
    mcc: str = ""  # DE 18
    entry_mode: str = ""  # DE 22
    merchant_id: str = ""  # DE 42
    merchant_name: str = ""  # DE 43, first 22
    country: str = ""  # DE 43, last 3

    @property
    def transaction_type(self) -> str:
        """DE 3 SF1: 00 purchase, 01 withdrawal, 09 cashback, 20 refund, 30 balance inquiry."""
        return self.processing_code[:2]

    @property
    def effect(self) -> Effect:
        if self.authorization_class is AuthorizationClass.STATUS_INQUIRY:
            return Effect.NONE
        return _EFFECTS.get(self.transaction_type, Effect.UNSUPPORTED)
