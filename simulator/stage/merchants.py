"""The merchants that a scenario may name, and how a card is used there. Data only; MCC and positions by the domain's lists."""

from dataclasses import dataclass

from simulator.messages import Merchant


@dataclass(frozen=True, slots=True)
class Place:
    """A merchant with its entry mode (DE 22) and the first thirteen positions of DE 61."""

    merchant: Merchant
    entry_mode: str = "051"
    pos_data: str = "0000000000800"


def _place(
    name: str, mcc: str, category: str, at: tuple[str, str, str], *, entry: str = "051", pos: str = "0000000000800"
) -> Place:
    terminal = f"T{mcc:0>7}" if entry != "810" else None
    merchant = Merchant(mcc, f"PLACE{mcc}".ljust(15, "0"), f"EXAMPLE {name}", *at, category, terminal)
    return Place(merchant, entry, pos)


ROMA, LYON, DUBLIN, WIEN, BERN = (
    ("ROMA", "ITA", "380"),
    ("LYON", "FRA", "250"),
    ("DUBLIN", "IRL", "372"),
    ("WIEN", "AUT", "040"),
    ("BERN", "CHE", "756"),
)
# Cardholder-activated terminals: SF10 is 1 (dispensing with PIN) or 2 (self-service); e-commerce: SF4 5, SF5 1, SF10 6.
PLACES = {
    "grocer": _place("GROCER", "5411", "R", ROMA),
    "restaurant": _place("BISTRO", "5812", "F", LYON),
    "web shop": _place("WEB SHOP", "5732", "T", DUBLIN, entry="810", pos="1025100006600"),
    "subscription": _place("STREAMS", "5968", "T", DUBLIN, entry="100", pos="1024100000600"),
    "fuel pump": _place("FUEL", "5542", "R", WIEN, pos="1000000001800"),
    "charging post": _place("CHARGE", "5552", "R", WIEN, pos="1000000002800"),
    "hotel": _place("HOTEL", "7011", "H", BERN),
    "car rental": _place("CARS", "7512", "A", ROMA),
    "tram": _place("TRAMS", "4111", "X", WIEN, entry="071", pos="1000000002300"),
    "cash machine": _place("BANK ATM", "6011", "Z", BERN, pos="1000000001800"),
    "bank counter": _place("BANK", "6010", "C", BERN),
    "airline": _place("AIR", "4511", "X", DUBLIN, entry="810", pos="1025100006600"),
    "money sender": _place("TRANSFERS", "6536", "P", DUBLIN, entry="810", pos="1025100006600"),
}
