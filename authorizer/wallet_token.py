"""The token behind a request: DE 48 SE 33 (PAN mapping) and SE 26 (wallet). The PAN of DE 2 is the funding card's already."""

from dataclasses import dataclass
from enum import Enum

from authorizer.pan import Pan
from authorizer.subfields import read_subfields


class AccountNumberKind(Enum):
    """SE 33 SF 01. Only the first three are tokens of a wallet or a merchant."""

    SECURE_ELEMENT = "C"
    CLOUD = "H"
    CARD_ON_FILE = "F"
    PRIMARY = "M"
    EMBOSSED = "E"
    VIRTUAL = "V"
    OTHER = ""


_KINDS = {kind.value: kind for kind in AccountNumberKind}
TOKENS = frozenset({AccountNumberKind.SECURE_ELEMENT, AccountNumberKind.CLOUD, AccountNumberKind.CARD_ON_FILE})


@dataclass(frozen=True, slots=True)
class WalletToken:
    """The number is as sensitive as a PAN and shows as little. Expiry is YYMM; empty text where a subfield is absent."""

    kind: AccountNumberKind
    number: Pan
    expiry: str = ""
    assurance_level: str = ""
    requestor_id: str = ""
    storage_technology: str = ""
    wallet: str = ""
    """SE 26: 103 Apple Pay, 216 Google Pay, 217 Samsung Pay, 327 a merchant's token."""

    @property
    def is_token(self) -> bool:
        return self.kind in TOKENS


class PanMappingFault(Enum):
    UNREADABLE = "unreadable"
    NO_NUMBER = "no_number"


def read_wallet_token(pan_mapping: str, wallet: str = "") -> WalletToken | PanMappingFault | None:
    """SE 33 and SE 26 as text; None where SE 33 is absent."""
    if not pan_mapping.strip():
        return None
    subfields = read_subfields(pan_mapping)
    if subfields is None:
        return PanMappingFault.UNREADABLE
    try:
        number = Pan(subfields.get("02", "").strip())
    except ValueError:
        return PanMappingFault.NO_NUMBER
    return WalletToken(
        kind=_KINDS.get(subfields.get("01", "").strip(), AccountNumberKind.OTHER),
        number=number,
        expiry=subfields.get("03", "").strip(),
        assurance_level=subfields.get("05", "").strip(),
        requestor_id=subfields.get("06", "").strip(),
        storage_technology=subfields.get("08", "").strip(),
        wallet=wallet.strip(),
    )
