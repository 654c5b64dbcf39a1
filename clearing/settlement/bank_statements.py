"""What a bank says of an account over a day, as values. Amounts are minor units, positive where the account is credited."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

_SETTLEMENT = re.compile(r"(?<![A-Z0-9])([A-Z0-9]{10})/([0-9]{6})([0-9]{2})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Settlement:
    """Which settlement an entry is: the network's service, the business date and the cycle."""

    service: str
    business_date: date
    cycle: int


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One booked movement. `details`: what its parts add up to, None where they do not say it in the account's currency."""

    number: int
    reference: str
    minor: int
    booked_on: date
    value_on: date
    is_reversal: bool = False
    details: int | None = None
    said: tuple[str, ...] = field(default=(), repr=False)
    """Texts that may name the settlement: references and remittance information."""

    @property
    def settlement(self) -> Settlement | None:
        """Named as SERVICE/YYMMDDCC; None where no text does, or two disagree."""
        named = {found for text in self.said for found in _SETTLEMENT.findall(text)}
        if len(named) != 1:
            return None
        service, day, cycle = named.pop()
        try:
            return Settlement(service, datetime.strptime(day, "%y%m%d").date(), int(cycle))  # noqa: DTZ007 - a date alone
        except ValueError:
            return None

    @property
    def is_explained(self) -> bool:
        """Its details, where it has any, are the whole of it."""
        return self.details is None or self.details == self.minor


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One account's statement, proved: opening and entries make the closing balance."""

    place: int
    """Which of the document's statements, from 1."""
    reference: str
    account: str
    asset: str
    opening: int
    closing: int
    closed_on: date
    entries: tuple[BankEntry, ...]
    signs_turned: bool = False
    """Entries marked as reversals count the other way than their side says: only so the balances hold."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a statement is refused. `place`: statement, entry and element, as far as there is one. No content."""

    name: str
    place: str
    why: str

    @property
    def reason(self) -> str:
        """In one line, with the file."""
        return ": ".join(filter(None, (self.name, self.place, self.why)))
