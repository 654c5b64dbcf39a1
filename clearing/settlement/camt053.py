"""Reads ISO 20022 bank statements (camt.053, any version) into proved values. Pure; nothing outside the text is followed.

Elements are found by local name, because versions differ in their namespace and in little else. Opening and booked entries
must make the closing balance: that alone proves a statement. Banks differ on whether an entry marked as a reversal has its
side turned already; where only one reading makes the balances hold, that one is taken. Parts that do not add up to their
entry are told, not refused: the entry is what the account was moved by.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from authorizer.card_numbers import hide_card_numbers
from clearing.ipm.recognition import HEAD_BYTES, FileForm, recognized
from clearing.settlement.bank_statements import BankEntry, BankStatement, Unreadable
from clearing.settlement.bounded_xml import BadXml, read_tree
from ledger.money import ASSETS, Asset

MAX_BYTES = 64 * 1024 * 1024
LONGEST_NAME = 140
_OTHER_MESSAGES = {
    "BkToCstmrAcctRpt": "a camt.052 report of a day that is not over, not a camt.053 statement",
    "BkToCstmrDbtCdtNtfctn": "a camt.054 notification, not a camt.053 statement",
}
_KIND = re.compile(r":([a-z]{4}\.[0-9]{3})\.[^}]*}")
"""What a namespace says a message is: urn:iso:std:iso:20022:tech:xsd:camt.053.001.08."""
_BOOKED, _NOT_BOOKED = "BOOK", frozenset({"PDNG", "INFO", "FUTR"})
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class _Refusal(Exception):
    """Ends the reading; never leaves this file."""

    def __init__(self, reason: str, *place: str) -> None:
        super().__init__(reason)
        self.reason, self.place = reason, place

    def inside(self, place: str) -> "_Refusal":
        return _Refusal(self.reason, place, *self.place)


def read_statements(document: bytes, name: str) -> tuple[BankStatement, ...] | Unreadable:
    """Every statement of the document, at least one, or why none of it is taken."""
    try:
        return _statements(document)
    except _Refusal as refusal:
        return Unreadable(name, ": ".join(refusal.place), hide_card_numbers(refusal.reason))


def _statements(document: bytes) -> tuple[BankStatement, ...]:
    if len(document) > MAX_BYTES:
        raise _Refusal(f"larger than {MAX_BYTES // 1024 // 1024} MiB")
    root = _root(document)
    message = next(iter(root), None)
    if _local(root) != "Document" or message is None:
        raise _Refusal("no ISO 20022 document")
    if _local(message) != "BkToCstmrStmt":
        raise _Refusal(_OTHER_MESSAGES.get(_local(message), "an ISO 20022 message, but not a camt.053 statement"))
    kinds = [said[1] for node in (root, message) if (said := _KIND.search(node.tag))]
    if other := next((kind for kind in kinds if kind != "camt.053"), None):
        raise _Refusal(f"its namespace says {other}, its elements say camt.053: one of the two is not true")
    found = list(_children(message, "Stmt"))
    if not found:
        raise _Refusal("no statement in it", "BkToCstmrStmt")
    statements = tuple(_placed(f"statement {place}", _statement, place, one) for place, one in enumerate(found, 1))
    if len({(one.account, one.asset, one.reference) for one in statements}) < len(statements):
        raise _Refusal("two statements of the same account under the same id", "BkToCstmrStmt")
    return statements


def _root(document: bytes) -> Any:
    root = read_tree(document)
    if isinstance(root, BadXml):
        if isinstance(recognized(document[:HEAD_BYTES], is_whole=len(document) <= HEAD_BYTES), FileForm):
            raise _Refusal("a clearing file, no bank statement: `cardline clearing ingest` takes it in")
        raise _Refusal(root.reason, *filter(None, [root.place]))
    return root


def _statement(place: int, node: Any) -> BankStatement:
    _refuse_pages(node)
    account = _child(node, "Acct")
    number = _name("Acct/Id", _text(account, "Id", "IBAN") or _text(account, "Id", "Othr", "Id"))
    opening, currency, _ = _balance(node, _OPENING)
    closing, closing_currency, closed_on = _balance(node, _CLOSING)
    stated = _text(account, "Ccy") or currency.code
    if {stated, closing_currency.code} != {currency.code}:
        raise _Refusal("the account and its balances are in different currencies", "Bal/Amt")
    entries = [
        _placed(f"entry {number_in}", _entry, number_in, entry, currency)
        for number_in, entry in enumerate(_children(node, "Ntry"), 1)
    ]  # fmt: skip
    booked, turned = _proved(opening, closing, [entry for entry in entries if entry is not None], currency)
    reference = _name("Id", _text(node, "Id"))
    return BankStatement(place, reference, number, currency.code, opening, closing, closed_on, booked, signs_turned=turned)


def _refuse_pages(node: Any) -> None:
    """A page proves nothing by itself: its balances are interim ones."""
    pages = next(iter(_children(node, "StmtPgntn")), None)
    if pages is not None and (_text(pages, "PgNb") or "1", _text(pages, "LastPgInd") or "true") != ("1", "true"):
        raise _Refusal("one page of several; the whole statement is needed", "StmtPgntn")


def _proved(opening: int, closing: int, entries: list[BankEntry], currency: Asset) -> tuple[tuple[BankEntry, ...], bool]:
    """The entries with the signs under which the balances hold, and whether reversals had to be turned."""
    total = sum(entry.minor for entry in entries)
    if opening + total == closing:
        return tuple(entries), False
    turned = tuple(_turned(entry) if entry.is_reversal else entry for entry in entries)
    if opening + sum(entry.minor for entry in turned) == closing:
        return turned, True
    off = currency.format(closing - opening - total)
    raise _Refusal(f"opening balance and entries do not make the closing balance: off by {off}", "Bal")


def _turned(entry: BankEntry) -> BankEntry:
    return BankEntry(
        entry.number, entry.reference, -entry.minor, entry.booked_on, entry.value_on, entry.is_reversal,
        None if entry.details is None else -entry.details, entry.said,
    )  # fmt: skip


def _balance(node: Any, kinds: tuple[str, ...]) -> tuple[int, Asset, date]:
    """The balance of the first kind that is there: signed amount, currency, date."""
    for kind in kinds:
        found = [one for one in _children(node, "Bal") if _text(one, "Tp", "CdOrPrtry", "Cd") == kind]
        if len(found) > 1:
            raise _Refusal("there more than once", f"Bal {kind}")
        if found:
            stated: tuple[int, Asset, date] = _placed(f"Bal {kind}", _one_balance, found[0])
            return stated
    raise _Refusal("absent", f"Bal {kinds[0]}")


def _one_balance(node: Any) -> tuple[int, Asset, date]:
    minor, currency = _money(_child(node, "Amt"))
    return _signed(node, minor), currency, _day(node, "Dt")


def _entry(number: int, node: Any, currency: Asset) -> BankEntry | None:
    """None for what is announced and not booked: it is in no balance."""
    status = _text(node, "Sts", "Cd") or _text(node, "Sts")
    if status in _NOT_BOOKED:
        return None
    if status != _BOOKED:
        raise _Refusal("neither booked nor pending", "Sts")
    minor, own = _money(_child(node, "Amt"))
    if own is not currency:
        raise _Refusal(f"in {own.code}, the account is in {currency.code}", "Amt")
    signed = _signed(node, minor)
    reference = _text(node, "NtryRef") or _text(node, "AcctSvcrRef")
    booked_on = _day(node, "BookgDt")
    return BankEntry(
        number, reference, signed, booked_on,
        value_on=_day(node, "ValDt") if _has(node, "ValDt") else booked_on,
        is_reversal=_flag(node, "RvslInd"),
        details=_details(node, signed, currency),
        said=tuple(_said(node)),
    )  # fmt: skip


def _details(node: Any, entry: int, currency: Asset) -> int | None:
    parts = [part for group in _children(node, "NtryDtls") for part in _children(group, "TxDtls")]
    amounts = [_detail(part, entry, currency) for part in parts]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known and len(known) == len(amounts) else None


def _detail(node: Any, entry: int, currency: Asset) -> int | None:
    """Signed; without a side of its own it has its entry's. None where it names no amount in the account's currency."""
    amount = next(iter(_children(node, "Amt")), None)
    for path in (("AmtDtls", "TxAmt"), ("AmtDtls", "InstdAmt")):
        amount = amount if amount is not None else _descend(node, *path, "Amt")
    if amount is None:
        return None
    minor, own = _money(amount)
    if own is not currency:
        return None
    return _signed(node, minor) if _has(node, "CdtDbtInd") else (minor if entry >= 0 else -minor)


def _said(node: Any) -> Iterator[str]:
    for name in ("NtryRef", "AcctSvcrRef", "AddtlNtryInf"):
        yield from filter(None, [_text(node, name)])
    for group in _children(node, "NtryDtls"):
        for part in _children(group, "TxDtls"):
            for path in (("Refs", "EndToEndId"), ("Refs", "AcctSvcrRef"), ("RmtInf", "Ustrd")):
                yield from filter(None, [_text(part, *path)])


# --- the smallest parts ---


def _money(node: Any) -> tuple[int, Asset]:
    currency = ASSETS.get(node.get("Ccy") or "")
    if currency is None or currency.numeric is None:
        raise _Refusal("a currency that is not kept here", "Amt")
    try:
        minor = currency.parse((node.text or "").strip())
    except ValueError:
        raise _Refusal(f"no amount of {currency.code}", "Amt") from None
    if minor < 0:
        raise _Refusal("an amount has no sign; CdtDbtInd says the side", "Amt")
    return minor, currency


def _signed(node: Any, minor: int) -> int:
    match _text(node, "CdtDbtInd"):
        case "CRDT":
            return minor
        case "DBIT":
            return -minor
        case _:
            raise _Refusal("neither CRDT nor DBIT", "CdtDbtInd")


def _day(node: Any, name: str) -> date:
    holder = _child(node, name)
    text = _text(holder, "Dt") or _text(holder, "DtTm")
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-26") else datetime.fromisoformat(text).date()
    except ValueError:
        raise _Refusal("no date", name) from None


def _flag(node: Any, name: str) -> bool:
    return _text(node, name) in ("true", "1")


def _name(place: str, text: str) -> str:
    """What a statement is known by. ISO 20022 gives it 34 or 35 characters; banks are not always so strict."""
    if not text:
        raise _Refusal("absent", place)
    if len(text) > LONGEST_NAME:
        raise _Refusal(f"longer than {LONGEST_NAME} characters", place)
    return text


def _text(node: Any, *path: str) -> str:
    found = _descend(node, *path)
    return (found.text or "").strip() if found is not None else ""


def _has(node: Any, name: str) -> bool:
    """Not by the truth of an element: one without children is false."""
    return next(_children(node, name), None) is not None


def _descend(node: Any, *path: str) -> Any:
    for name in path:
        node = next(_children(node, name), None) if node is not None else None
    return node


def _child(node: Any, name: str) -> Any:
    found = next(_children(node, name), None)
    if found is None:
        raise _Refusal("absent", name)
    return found


def _children(node: Any, name: str) -> Iterator[Any]:
    return (child for child in node if _local(child) == name)


def _local(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _placed(place: str, read: Any, *arguments: Any) -> Any:
    try:
        return read(*arguments)
    except _Refusal as refusal:
        raise refusal.inside(place) from None
