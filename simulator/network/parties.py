"""Who stands on the acquiring side: acquirers, merchants and their terminals, as data."""

from dataclasses import dataclass

from simulator.messages import Merchant


@dataclass(frozen=True, slots=True)
class Acquirer:
    """DE 32, and DE 33 where it comes through a forwarder."""

    number: str
    forwarder: str | None = None


ACQUIRERS = (Acquirer("200001", "200900"), Acquirer("200002"), Acquirer("200003", "200900"), Acquirer("200004"))

GROCER = Merchant("5411", "SHOP00000000001", "EXAMPLE GROCER", "ROMA", "ITA", "380", "R", "TERM0001")
BISTRO = Merchant("5812", "REST00000000002", "EXAMPLE BISTRO", "LYON", "FRA", "250", "F", "TERM0002")
WEB_SHOP = Merchant("5732", "WEBSHOP00000003", "EXAMPLE WEB SHOP", "DUBLIN", "IRL", "372", "T", None)
TRAMS = Merchant("4111", "TRANSIT00000004", "EXAMPLE TRAMS", "WIEN", "AUT", "040", "X", "TRAM0004")
CASH_MACHINE = Merchant("6011", "BANK00000000005", "EXAMPLE BANK ATM", "BERN", "CHE", "756", "Z", "ATM00005", "756")
MERCHANTS = (GROCER, BISTRO, WEB_SHOP, TRAMS)
