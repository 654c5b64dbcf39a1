"""What lies inside an element: DE 48 subelements, DE 54, DE 90, DE 95, character TLV and the positions of layouts.

Pure and total: any content gives a value or a SubelementError with its offset. Unknown subelements are kept byte-exact
and in order. DE 55 is in tlv, names and widths are in layouts; what the values mean for a payment is in translate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from switch.errors import EncodeError
from switch.layouts import POSITIONS


@dataclass(frozen=True, slots=True)
class SubelementError:
    """Content that does not follow its element's layout; never shows it. offset counts from the value's start."""

    element: int
    offset: int
    reason: str
    subelement: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class AdditionalData:
    """DE 48 of authorization messages: transaction category code, then subelements as raw bytes in wire order.

    tcc is "" in key exchange (0800), which has none. character_set is how text() reads the bytes.
    """

    tcc: str
    subelements: Mapping[str, bytes] = field(default_factory=dict)
    character_set: str = "cp037"

    def text(self, subelement: str, default: str = "") -> str:
        """A character subelement, or the default where it is absent."""
        value = self.subelements.get(subelement)
        return default if value is None else value.decode(self.character_set, "replace")

    def with_text(self, subelement: str, value: str) -> "AdditionalData":
        """The same with one character subelement set."""
        return replace(self, subelements={**self.subelements, subelement: value.encode(self.character_set)})

    def __repr__(self) -> str:
        return f"AdditionalData({self.tcc!r}, SE {' '.join(self.subelements)})"


def parse_additional_data(raw: bytes, character_set: str) -> AdditionalData | SubelementError:
    """DE 48: TCC, then 2-digit id, 2-digit length, value."""
    text = raw.decode(character_set, "replace")  # one character per byte in every character set we know
    start = 0 if text[:1].isdigit() else 1
    subelements: dict[str, bytes] = {}
    position = start
    while position < len(raw):
        head = text[position : position + 4]
        if len(head) < 4 or not (head.isascii() and head.isdigit()):
            return SubelementError(48, position, "no subelement id and length")
        identifier, end = head[:2], position + 4 + int(head[2:])
        if end > len(raw):
            return SubelementError(48, position, "longer than what is left", identifier)
        if identifier in subelements:
            return SubelementError(48, position, "given twice", identifier)
        subelements[identifier] = raw[position + 4 : end]
        position = end
    return AdditionalData(text[:start], subelements, character_set)


def build_additional_data(data: AdditionalData, character_set: str) -> bytes:
    """DE 48 in the order of data.subelements. EncodeError where an id or a length does not fit."""
    parts = [data.tcc.encode(character_set)]
    for identifier, value in data.subelements.items():
        if len(identifier) != 2 or not identifier.isdigit() or len(value) > 99:
            raise EncodeError(48, "a subelement needs a two-digit id and at most 99 bytes")
        parts += [f"{identifier}{len(value):02d}".encode(character_set), value]
    return b"".join(parts)


def parse_tagged(text: str, *, element: int, id_digits: int, length_digits: int) -> dict[str, str] | SubelementError:
    """Character TLV, as layouts.TAGGED_ELEMENTS and TAGGED_SUBELEMENTS list it; every id once, unknown ones kept."""
    items: dict[str, str] = {}
    position, head_size = 0, id_digits + length_digits
    while position < len(text):
        head = text[position : position + head_size]
        if len(head) < head_size or not (head.isascii() and head.isdigit()):
            return SubelementError(element, position, "no id and length")
        end = position + head_size + int(head[id_digits:])
        if end > len(text):
            return SubelementError(element, position, "longer than what is left", head[:id_digits])
        if head[:id_digits] in items:
            return SubelementError(element, position, "given twice", head[:id_digits])
        items[head[:id_digits]] = text[position + head_size : end]
        position = end
    return items


def build_tagged(items: Mapping[str, str], *, element: int, id_digits: int, length_digits: int) -> str:
    """What parse_tagged reads, in the order of items. EncodeError where an id or a length does not fit."""
    parts: list[str] = []
    for identifier, value in items.items():
        if len(identifier) != id_digits or not identifier.isdigit() or len(value) >= 10**length_digits:
            raise EncodeError(element, f"a part needs an id of {id_digits} digits and a length of {length_digits}")
        parts.append(f"{identifier}{len(value):0{length_digits}d}{value}")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class AdditionalAmount:
    """One occurrence of DE 54. currency is ISO 4217 numeric; amount_minor is negative for sign D."""

    account_type: str
    amount_type: str
    currency: str
    amount_minor: int


def parse_additional_amounts(text: str) -> tuple[AdditionalAmount, ...] | SubelementError:
    """DE 54: occurrences of 20 characters."""
    amounts: list[AdditionalAmount] = []
    for position in range(0, len(text), 20):
        part = text[position : position + 20]
        digits = part[:7] + part[8:]
        if len(part) < 20 or not (digits.isascii() and digits.isdigit()) or part[7] not in "CD":
            return SubelementError(54, position, "not account type, amount type, currency, sign and twelve digits")
        sign = -1 if part[7] == "D" else 1
        amounts.append(AdditionalAmount(part[:2], part[2:4], part[4:7], sign * int(part[8:])))
    return tuple(amounts)


def build_additional_amounts(amounts: Iterable[AdditionalAmount]) -> str:
    """DE 54. EncodeError for more than six occurrences or an amount over twelve digits."""
    parts = [
        f"{a.account_type}{a.amount_type}{a.currency}{'D' if a.amount_minor < 0 else 'C'}{abs(a.amount_minor):012d}"
        for a in amounts
    ]
    if len(parts) > 6 or any(len(part) != 20 for part in parts):
        raise EncodeError(54, "more than six amounts, or one that is not 20 characters")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class OriginalDataElements:
    """DE 90: what names the original. acquirer and forwarder are right-justified and zero-filled to 11."""

    mti: str
    stan: str
    transmitted: str
    acquirer: str
    forwarder: str


def parse_original_data_elements(text: str) -> OriginalDataElements | SubelementError:
    """DE 90: MTI 4, STAN 6, DE 7 10, DE 32 11, DE 33 11."""
    if len(text) != 42 or not (text.isascii() and text.isdigit()):
        return SubelementError(90, 0, "not 42 digits")
    return OriginalDataElements(text[:4], text[4:10], text[10:20], text[20:31], text[31:])


def build_original_data_elements(original: OriginalDataElements) -> str:
    """DE 90; acquirer and forwarder may be given as in DE 32 and 33."""
    text = f"{original.mti}{original.stan}{original.transmitted}{zero_filled(original.acquirer)}{zero_filled(original.forwarder)}"
    if len(text) != 42:
        raise EncodeError(90, "not 42 digits")
    return text


def zero_filled(institution: str) -> str:
    """DE 32 or 33 as DE 90 carries it; two institution ids are the same when these are."""
    return institution.rjust(11, "0")


@dataclass(frozen=True, slots=True)
class ReplacementAmounts:
    """DE 95: actual amounts of a partial reversal, in minor units. All zero means a full reversal."""

    transaction_minor: int
    settlement_minor: int
    billing_minor: int

    @property
    def is_full(self) -> bool:
        """Nothing remains of the original."""
        return not (self.transaction_minor or self.settlement_minor or self.billing_minor)


def parse_replacement_amounts(text: str) -> ReplacementAmounts | SubelementError:
    """DE 95: 12 + 12 + 12 + 6 zeros (the zeros are not insisted on)."""
    if len(text) != 42 or not (text.isascii() and text.isdigit()):
        return SubelementError(95, 0, "not 42 digits")
    return ReplacementAmounts(int(text[:12]), int(text[12:24]), int(text[24:36]))


def build_replacement_amounts(amounts: ReplacementAmounts) -> str:
    """DE 95."""
    text = f"{amounts.transaction_minor:012d}{amounts.settlement_minor:012d}{amounts.billing_minor:012d}000000"
    if len(text) != 42:
        raise EncodeError(95, "an amount over twelve digits")
    return text


def split_positions(element: int, text: str) -> list[tuple[str, str]]:
    """The named positions of an element, as far as the text goes; empty for an element without positions."""
    parts: list[tuple[str, str]] = []
    start = 0
    for name, width in POSITIONS.get(element, ()):
        part = text[start : start + width]
        start += width
        if name and part:
            parts.append((name, part))
    return parts
