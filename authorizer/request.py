"""What the authorizer is asked, in domain values: no ISO 8583, no clear PAN, no PIN.

`switch/translate.py` builds it; `authorizer/decide.py` reads it. Pure data.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from authorizer.card_checks import NOTHING_CHECKED, CardChecks
from authorizer.countries import BY_NUMERIC


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


class Channel(StrEnum):
    """Where a payment is made; it may be in two at once (a contactless card at a cash machine)."""

    ATM = "atm"
    ECOMMERCE = "ecommerce"
    CONTACTLESS = "contactless"
    MAIL_PHONE = "mail_phone"
    RECURRING = "recurring"
    POS = "pos"
    """Any other terminal."""


class Presence(StrEnum):
    """Of the card (DE 61 SF5, else by the entry mode)."""

    PRESENT = "present"
    ABSENT = "absent"


_CONTACTLESS_ENTRY = frozenset({"07", "91"})
_ECOMMERCE_ENTRY = frozenset({"09", "81", "82"})
_PRESENT_ENTRY = frozenset({"02", "05", "79", "80", "90"}) | _CONTACTLESS_ENTRY
_ATM_MCC = "6011"

# DE 3 SF1. PIN change and unblock (91, 92) are unsupported until something carries them out: 00 would be a lie.
_EFFECTS = {
    **dict.fromkeys(("00", "01", "02", "09", "17", "18", "50"), Effect.SPEND),
    **dict.fromkeys(("20", "21", "22", "28"), Effect.CREDIT),
    "30": Effect.NONE,
}


def effect_of(processing_code: str) -> Effect:
    """What a payment with this DE 3 does."""
    return _EFFECTS.get(processing_code[:2], Effect.UNSUPPORTED)


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
    sequence_number: str = ""  # DE 23
    checks: CardChecks = NOTHING_CHECKED  # of what the message itself carries; known once the card's facts are
    partial_allowed: bool = False  # DE 48.61 SF1
    goods_minor: int | None = None  # of a purchase with cash from the till, where the goods may be approved alone (DE 48.61 SF2)
    is_increment: bool = False  # a pre-authorization that names a first one in DE 48.63
    mcc: str = ""  # DE 18
    entry_mode: str = ""  # DE 22
    merchant_id: str = ""  # DE 42
    merchant_name: str = ""  # DE 43, first 22
    country: str = ""  # DE 43, last 3
    pos_data: str = ""  # DE 61
    transaction_currency: str = ""  # DE 49, alpha-3

    @property
    def transaction_type(self) -> str:
        """DE 3 SF1: 00 purchase, 01 withdrawal, 09 cashback, 20 refund, 30 balance inquiry."""
        return self.processing_code[:2]

    @property
    def effect(self) -> Effect:
        """An account status inquiry has no amount; what is called one and has an amount is the payment that DE 3 says."""
        if self.authorization_class is AuthorizationClass.STATUS_INQUIRY and self.amount_minor == 0:
            return Effect.NONE
        return effect_of(self.processing_code)

    @property
    def may_be_partial(self) -> bool:
        """Never cash or cashback."""
        return self.partial_allowed and self.transaction_type == "00"

    @property
    def merchant_country(self) -> str:
        """Alpha-3: DE 61 SF13 where it names a country (DE 43 has a state in the United States), else DE 43."""
        return BY_NUMERIC.get(self.pos_data[13:16], self.country)

    @property
    def presence(self) -> Presence:
        said = self.pos_data[4:5]
        is_present = said == "0" if said in ("0", "1") else self.entry_mode[:2] in _PRESENT_ENTRY
        return Presence.PRESENT if is_present else Presence.ABSENT

    @property
    def channels(self) -> tuple[Channel, ...]:
        """DE 3, 18, 22 and 61 SF4 (the cardholder) and SF10 (the terminal)."""
        entry, holder, terminal = self.entry_mode[:2], self.pos_data[3:4], self.pos_data[9:10]
        found = []
        if self.transaction_type == "01" or self.mcc == _ATM_MCC:
            found.append(Channel.ATM)
        if entry in _CONTACTLESS_ENTRY:
            found.append(Channel.CONTACTLESS)
        if entry in _ECOMMERCE_ENTRY or holder == "5" or terminal == "6":
            found.append(Channel.ECOMMERCE)
        elif holder in ("2", "3"):
            found.append(Channel.MAIL_PHONE)
        if holder == "4" or entry == "10":
            found.append(Channel.RECURRING)
        return tuple(found) or (Channel.POS,)
