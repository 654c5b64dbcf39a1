"""How the stories say amounts and times. Pure."""

from datetime import datetime

from ledger.money import ASSETS


def money(minor: int, asset: str, *, signed: bool = False) -> str:
    known = ASSETS.get(asset)
    sign = "+" if signed and minor >= 0 else ""
    return sign + (known.format(minor) if known else f"{minor} {asset}")


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
