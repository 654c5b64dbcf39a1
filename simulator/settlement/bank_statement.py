"""The settlement bank's statement of the day: ISO 20022 camt.053.001.08, one statement per account and currency. Pure.

Opening and entries make the closing balance, always: a bank that is wrong is wrong in an entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from xml.etree import ElementTree

from simulator.currencies import by_numeric
from simulator.settlement.presenting import Sitting, service

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
BANK = "EXAMPLE SETTLEMENT BANK"


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked movement in minor units, positive where the account is credited; its details add up to it."""

    reference: str
    minor: int
    text: str
    details: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account's day."""

    currency: str
    opening_minor: int
    entries: Sequence[Entry]

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + sum(entry.minor for entry in self.entries)


def settlement_entry(currency: str, amount: int, fee: int, sitting: Sitting) -> Entry:
    """What the bank books for one settlement service: amounts and fees in one sum, told apart in the details."""
    reference = f"{service(currency)}/{sitting.stamp}"
    details = [(name, minor) for name, minor in (("TRANSACTIONS", amount), ("FEES", fee)) if minor]
    return Entry(reference, amount + fee, f"NET SETTLEMENT {reference}", details)


def bank_statement(accounts: Sequence[AccountDay], sitting: Sitting, sequence: int) -> bytes:
    """The document, the same bytes for the same input."""
    document = ElementTree.Element("Document", xmlns=NAMESPACE)
    statement = _add(document, "BkToCstmrStmt")
    made = datetime.combine(sitting.business_date, time(23, 30), UTC).isoformat()
    head = _add(statement, "GrpHdr")
    _add(head, "MsgId", f"STMT{sitting.stamp}")
    _add(head, "CreDtTm", made)
    for account in accounts:
        _account(_add(statement, "Stmt"), account, sitting, sequence, made)
    ElementTree.indent(document)
    body: bytes = ElementTree.tostring(document, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _account(parent: ElementTree.Element, account: AccountDay, sitting: Sitting, sequence: int, made: str) -> None:
    alpha = by_numeric(account.currency).alpha
    day = sitting.business_date
    _add(parent, "Id", f"{alpha}{sitting.stamp}")
    _add(parent, "ElctrncSeqNb", str(sequence))
    _add(parent, "CreDtTm", made)
    period = _add(parent, "FrToDt")
    _add(period, "FrDtTm", datetime.combine(day, time(0), UTC).isoformat())
    _add(period, "ToDtTm", datetime.combine(day, time(23, 59, 59), UTC).isoformat())
    own = _add(parent, "Acct")
    _add(_add(_add(own, "Id"), "Othr"), "Id", f"SETTLEMENT{alpha}")
    _add(own, "Ccy", alpha)
    _add(_add(_add(own, "Svcr"), "FinInstnId"), "Nm", BANK)
    _balance(parent, "OPBD", account.opening_minor, account.currency, day)
    _balance(parent, "CLBD", account.closing_minor, account.currency, day)
    for entry in account.entries:
        _entry(parent, entry, account.currency, day)


def _balance(parent: ElementTree.Element, kind: str, minor: int, currency: str, day: date) -> None:
    balance = _add(parent, "Bal")
    _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", kind)
    _money(balance, minor, currency)
    _add(_add(balance, "Dt"), "Dt", day.isoformat())


def _entry(parent: ElementTree.Element, entry: Entry, currency: str, day: date) -> None:
    booked = _add(parent, "Ntry")
    _add(booked, "NtryRef", entry.reference)
    _money(booked, entry.minor, currency)
    _add(_add(booked, "Sts"), "Cd", "BOOK")
    _add(_add(booked, "BookgDt"), "Dt", day.isoformat())
    _add(_add(booked, "ValDt"), "Dt", day.isoformat())
    _add(booked, "AcctSvcrRef", entry.reference)
    family = _add(_add(booked, "BkTxCd"), "Domn")
    _add(family, "Cd", "PMNT")
    kind = _add(family, "Fmly")
    _add(kind, "Cd", "MCRD" if entry.minor >= 0 else "CCRD")
    _add(kind, "SubFmlyCd", "OTHR")
    if entry.details:
        details = _add(booked, "NtryDtls")
        for name, minor in entry.details:
            detail = _add(details, "TxDtls")
            _add(_add(detail, "Refs"), "EndToEndId", f"{entry.reference}/{name[:3]}")
            _money(detail, minor, currency)
            _add(_add(detail, "RmtInf"), "Ustrd", name)
    _add(booked, "AddtlNtryInf", entry.text)


def _money(parent: ElementTree.Element, minor: int, currency: str) -> None:
    """Amounts have no sign in ISO 20022: the side says it."""
    known = by_numeric(currency)
    whole, part = divmod(abs(minor), 10**known.exponent)
    text = f"{whole}.{part:0{known.exponent}d}" if known.exponent else str(whole)
    _add(parent, "Amt", text).set("Ccy", known.alpha)
    _add(parent, "CdtDbtInd", "DBIT" if minor < 0 else "CRDT")


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child
