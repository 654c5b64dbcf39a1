"""The elements that are nothing but positions, as named values: DE 3, 22, 43, 60, 61, 63. Pure and total.

A short field gives empty text where it ends; what a value means for a payment is in translate. Widths: layouts.
"""

from dataclasses import dataclass

from switch.layouts import POSITIONS


@dataclass(frozen=True, slots=True)
class ProcessingCode:
    """DE 3."""

    transaction_type: str
    from_account: str
    to_account: str


@dataclass(frozen=True, slots=True)
class EntryMode:
    """DE 22 of authorizations."""

    pan_entry: str
    pin_capability: str


@dataclass(frozen=True, slots=True)
class MerchantLocation:
    """DE 43 of authorizations, without the padding. `country` is alpha-3, or a state of the USA."""

    name: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class AdviceReason:
    """DE 60: why there is an advice. detail 0000 is approved, else the reason of the decline."""

    reason: str
    detail: str
    text: str


@dataclass(frozen=True, slots=True)
class PosData:
    """DE 61: 16 to 26 characters in the field, so the postal code may be missing or short."""

    attendance: str
    location: str
    cardholder_presence: str
    card_presence: str
    card_capture: str
    status: str
    security: str
    cardholder_activated: str
    input_capability: str
    life_cycle_days: str
    country: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class NetworkData:
    """DE 63 online."""

    network: str
    reference: str


def processing_code(text: str) -> ProcessingCode:
    return ProcessingCode(*_cut(3, text))


def entry_mode(text: str) -> EntryMode:
    return EntryMode(*_cut(22, text))


def merchant_location(text: str) -> MerchantLocation:
    return MerchantLocation(*(part.strip() for part in _cut(43, text)))


def advice_reason(text: str) -> AdviceReason:
    return AdviceReason(*_cut(60, text))


def pos_data(text: str) -> PosData:
    return PosData(*_cut(61, text))


def network_data(text: str) -> NetworkData:
    return NetworkData(*_cut(63, text))


def _cut(element: int, text: str) -> list[str]:
    """Every position that has a name and is not reserved; "" where the text has ended."""
    parts: list[str] = []
    start = 0
    for name, width in POSITIONS[element]:
        if name and name != "reserved":
            parts.append(text[start : start + width])
        start += width
    return parts
