"""Amounts as scenarios write them, to and from minor units. Pure."""

from simulator.currencies import by_alpha


def minor_of(text: str, currency: str) -> int:
    """ "12.50" of a currency (alpha-3) in its minor units; the text has been validated."""
    whole, _, part = text.lstrip("-").partition(".")
    exponent = by_alpha(currency).exponent
    minor = int(whole + part.ljust(exponent, "0"))
    return -minor if text.startswith("-") else minor


def text_of(minor: int, currency: str) -> str:
    """Minor units as a scenario would write them."""
    exponent = by_alpha(currency).exponent
    digits = f"{abs(minor):0{exponent + 1}d}"
    whole, part = (digits[:-exponent], f".{digits[-exponent:]}") if exponent else (digits, "")
    return f"{'-' if minor < 0 else ''}{whole}{part}"
