"""Bank statements: what is read of a document, and why one is refused."""

from datetime import date

import pytest
from ipm_samples import day_file, presentment

from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm
from clearing.settlement.bank_statements import BankStatement, Settlement, Unreadable
from clearing.settlement.camt053 import read_statements

REFERENCE = "EUR0000001/26112601"


def money(minor: int, currency: str = "EUR") -> str:
    return f'<Amt Ccy="{currency}">{abs(minor) / 100:.2f}</Amt><CdtDbtInd>{"DBIT" if minor < 0 else "CRDT"}</CdtDbtInd>'


def balance(kind: str, minor: int, currency: str = "EUR") -> str:
    kind = f"<Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
    return f"<Bal>{kind}{money(minor, currency)}<Dt><Dt>2026-11-26</Dt></Dt></Bal>"


def entry(minor: int, *, more: str = "", status: str = "<Sts><Cd>BOOK</Cd></Sts>", currency: str = "EUR") -> str:
    dates = "<BookgDt><Dt>2026-11-26</Dt></BookgDt><ValDt><DtTm>2026-11-27T00:00:00Z</DtTm></ValDt>"
    return f"<Ntry><NtryRef>{REFERENCE}</NtryRef>{money(minor, currency)}{status}{dates}{more}</Ntry>"


def details(*parts: str) -> str:
    return f"<NtryDtls>{''.join(f'<TxDtls>{part}</TxDtls>' for part in parts)}</NtryDtls>"


def statement(*entries: str, opening: int = 1000, closing: int = 1000, account: str = "<IBAN>DE02</IBAN>", more: str = "") -> str:
    own = f"<Acct><Id>{account}</Id><Ccy>EUR</Ccy></Acct>"
    return f"<Stmt><Id>S1</Id>{more}{own}{balance('OPBD', opening)}{balance('CLBD', closing)}{''.join(entries)}</Stmt>"


def document(*statements: str, version: str = "08", message: str = "BkToCstmrStmt", kind: str = "053") -> bytes:
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"
    return f'<Document xmlns="{namespace}"><{message}><GrpHdr/>{"".join(statements)}</{message}></Document>'.encode()


def read(content: bytes) -> tuple[BankStatement, ...]:
    found = read_statements(content, "day.xml")
    assert not isinstance(found, Unreadable), found.reason
    return found


def refusal(content: bytes) -> str:
    found = read_statements(content, "day.xml")
    assert isinstance(found, Unreadable)
    return found.reason


def test_a_clearing_file_is_told_which_command_takes_it() -> None:
    content = day_file([presentment()], FileForm(Framing.BLOCKED, CharacterSet.CP500), "0022611260000020090000001")
    assert "`cardline clearing ingest` takes it in" in refusal(content)


@pytest.mark.parametrize(
    ("version", "status"), [("02", "<Sts>BOOK</Sts>"), ("08", "<Sts><Cd>BOOK</Cd></Sts>"), ("13", "<Sts><Cd>BOOK</Cd></Sts>")]
)
def test_every_version_is_read_alike(version: str, status: str) -> None:
    (found,) = read(document(statement(entry(-250, status=status), closing=750), version=version))
    assert (found.account, found.asset, found.opening, found.closing, found.closed_on) == (
        "DE02",
        "EUR",
        1000,
        750,
        date(2026, 11, 26),
    )
    (booked,) = found.entries
    assert (booked.minor, booked.booked_on, booked.value_on) == (-250, date(2026, 11, 26), date(2026, 11, 27))
    assert booked.settlement == Settlement("EUR0000001", date(2026, 11, 26), 1)


def test_what_is_announced_and_not_booked_counts_for_nothing() -> None:
    (found,) = read(document(statement(entry(-9999, status="<Sts><Cd>PDNG</Cd></Sts>"), entry(-250), closing=750)))
    assert [one.minor for one in found.entries] == [-250]


def test_balances_that_do_not_hold_refuse_the_whole_document() -> None:
    wrong = statement(entry(-250), closing=740, account="<IBAN>DE03</IBAN>")
    said = refusal(document(statement(), wrong))
    assert said == "day.xml: statement 2: Bal: opening balance and entries do not make the closing balance: off by -0.10 EUR"


def test_a_reversal_counts_by_the_side_under_which_the_balances_hold() -> None:
    reversed_entry = entry(-250, more="<RvslInd>true</RvslInd>")
    (as_marked,) = read(document(statement(reversed_entry, closing=750)))
    (turned,) = read(document(statement(reversed_entry, closing=1250)))
    assert [one.minor for one in (*as_marked.entries, *turned.entries)] == [-250, 250]
    assert (as_marked.signs_turned, turned.signs_turned) == (False, True)


def test_an_entry_without_the_mark_is_never_turned() -> None:
    assert "do not make the closing balance" in refusal(document(statement(entry(-250), closing=1250)))


def test_parts_with_sides_of_their_own_add_up_to_the_entry() -> None:
    parts = details(money(-300), money(50))
    (found,) = read(document(statement(entry(-250, more=parts), closing=750)))
    assert (found.entries[0].details, found.entries[0].is_explained) == (-250, True)


def test_parts_that_do_not_add_up_are_told() -> None:
    parts = details('<AmtDtls><TxAmt><Amt Ccy="EUR">2.40</Amt></TxAmt></AmtDtls>')
    (found,) = read(document(statement(entry(-250, more=parts), closing=750)))
    assert (found.entries[0].details, found.entries[0].is_explained) == (-240, False)


def test_parts_in_another_currency_or_without_amount_prove_nothing() -> None:
    for part in (money(-300, "USD"), "<Refs/>"):
        (found,) = read(document(statement(entry(-250, more=details(part, money(-1))), closing=750)))
        assert found.entries[0].details is None


def test_texts_that_name_two_settlements_name_none() -> None:
    other = "<AddtlNtryInf>SEE USD0000001/26112601</AddtlNtryInf>"
    (found,) = read(document(statement(entry(-250, more=other), closing=750)))
    assert found.entries[0].settlement is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document(message="BkToCstmrAcctRpt", kind="052"), "a camt.052 report of a day that is not over"),
        (document(message="BkToCstmrDbtCdtNtfctn", kind="054"), "a camt.054 notification"),
        (document(statement(), kind="052"), "its namespace says camt.052, its elements say camt.053"),
        (document(message="CstmrCdtTrfInitn"), "but not a camt.053"),
        (document(), "no statement in it"),
        (b"", "line 1, column 0: no well-formed XML"),
        (document(statement())[:-20], "or cut off"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Document/>", "document type"),
        (b"<Other/>", "no ISO 20022 document"),
        (document(statement(entry(-250, currency="USD"), closing=750)), "statement 1: entry 1: Amt: in USD, the account is in EUR"),
        (document(statement(entry(-250, currency="XXX"), closing=750)), "a currency that is not kept here"),
        (document(statement(entry(-250, status=""), closing=750)), "entry 1: Sts: neither booked nor pending"),
        (document(statement(account="")), "statement 1: Acct/Id: absent"),
        (document(statement().replace("CLBD", "ITBD")), "statement 1: Bal CLBD: absent"),
        (document(statement(more="<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>")), "one page of several"),
        (document(statement(), statement()), "two statements of the same account under the same id"),
        (document(statement().replace("10.00", "-10.00")), "an amount has no sign"),
        (document(statement().replace("10.00", "10.001")), "no amount of EUR"),
        (document(statement().replace("CRDT", "BOTH")), "neither CRDT nor DBIT"),
    ],
)  # fmt: skip
def test_what_is_no_sound_statement_is_refused_with_its_place(content: bytes, said: str) -> None:
    assert said in refusal(content)
