"""What an issuer keeps instead of a PIN: the PVV, or the offset of IBM 3624. Both are recomputed and compared."""

from dataclasses import dataclass, field

from authorizer.crypto.cvc import decimal_digits
from authorizer.crypto.des import Tdes
from authorizer.pan import Pan


@dataclass(frozen=True, slots=True)
class OffsetRule:
    """How a natural PIN comes from a PAN: `length` digits from `start`, filled with `pad` to 16, then the table.

    Raises ValueError where that is no rule.
    """

    decimalisation: str = field(default="0123456789012345", repr=False)
    start: int = 0
    length: int = 16
    pad: str = "F"

    def __post_init__(self) -> None:
        if len(self.decimalisation) != 16 or not (self.decimalisation.isascii() and self.decimalisation.isdigit()):
            raise ValueError("a decimalisation table has 16 digits")
        if not 0 <= self.start < 19 or not 1 <= self.length <= 16 or len(self.pad) != 1 or self.pad not in "0123456789ABCDEF":
            raise ValueError("an offset rule takes 1 to 16 PAN digits from a start below 19, and one hexadecimal digit of fill")


def pvv(key: Tdes, index: int, pan: Pan, pin: str) -> str:
    """Four digits from 11 PAN digits (the rightmost but the check digit), the key index and four PIN digits."""
    assert 0 <= index <= 9
    return decimal_digits(key.encrypt(bytes.fromhex(f"{pan.clear[-12:-1]}{index}{pin[:4]}")), 4)


def natural_pin(key: Tdes, rule: OffsetRule, pan: Pan, digits: int) -> str:
    """The PIN that a card has with offset 0000..."""
    data = pan.clear[rule.start : rule.start + rule.length].ljust(16, rule.pad)
    return "".join(rule.decimalisation[int(digit, 16)] for digit in key.encrypt(bytes.fromhex(data)).hex()[:digits])


def pin_offset(key: Tdes, rule: OffsetRule, pan: Pan, pin: str) -> str:
    """As many digits as the PIN has."""
    natural = natural_pin(key, rule, pan, len(pin))
    return "".join(str((int(chosen) - int(own)) % 10) for chosen, own in zip(pin, natural, strict=True))


def pin_of_offset(key: Tdes, rule: OffsetRule, pan: Pan, offset: str) -> str:
    """The PIN that belongs to an offset: for issuing, never on the payment path."""
    natural = natural_pin(key, rule, pan, len(offset))
    return "".join(str((int(step) + int(own)) % 10) for step, own in zip(offset, natural, strict=True))
