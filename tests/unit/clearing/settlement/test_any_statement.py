"""Any bytes give statements that hold, or one refusal with its place; never a crash, never something in between."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.clearing.settlement.test_camt053 import balance, details, document, entry, read, refusal, statement

from clearing.settlement import bounded_xml
from clearing.settlement.bank_statements import Unreadable
from clearing.settlement.camt053 import read_statements
from ledger.money import MAX_MINOR

SOUND = document(statement(entry(-250, more=details("<Refs><EndToEndId>EUR0000001/26112601</EndToEndId></Refs>")), closing=750))
TOKENS = re.findall(rb"<[^>]+>|[^<]+", SOUND)
PAN = "5413330000000027"
VERSIONS = [f"{number:02d}" for number in range(2, 14)]


def holds(content: bytes) -> None:
    found = read_statements(content, "day.xml")
    if isinstance(found, Unreadable):
        assert found.reason.startswith("day.xml: ")
        assert len(found.reason.splitlines()) == 1
        return
    assert found
    for one in found:
        assert one.opening + sum(each.minor for each in one.entries) == one.closing
        assert all(abs(minor) <= MAX_MINOR for minor in (one.opening, one.closing, *(each.minor for each in one.entries)))
        assert all(each.settlement is None or each.settlement.cycle >= 0 for each in one.entries)


@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    holds(content)


@given(st.data())
def test_a_sound_document_with_pieces_left_out_doubled_exchanged_or_overwritten(data: st.DataObject) -> None:
    pieces = list(TOKENS)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(pieces) - 1))
        match data.draw(st.sampled_from(["drop", "double", "exchange", "overwrite"])):
            case "drop":
                del pieces[at]
            case "double":
                pieces.insert(at, pieces[at])
            case "exchange":
                other = data.draw(st.integers(0, len(pieces) - 1))
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case _:
                pieces[at] = data.draw(st.one_of(st.binary(max_size=12), st.sampled_from(AWKWARD)))
    holds(b"".join(pieces))


AWKWARD = [
    b"1e3", b"NaN", b"Infinity", b"1,00", b"1.234,56", "\u0661.\u0660\u0660".encode(), b"-1", b"+1.00", b"0x10", b"9" * 40, b".", b"1.", b"", b" 1.00 ",
    b"2026-02-30", b"0000-00-00", b"2026-11-26T25:00:00", b"99999-01-01", b"<!-- x -->", b"<?x y?>", b"<![CDATA[1.00]]>", b"&lt;", b"&x;",
    b"EUR0000001/99999999", b"EUR0000001/26112699",
]  # fmt: skip


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(-(10**7), 10**7), max_size=6), st.integers(-2, 2))
def test_entries_add_up_or_the_statement_is_refused(opening: int, minors: list[int], off: int) -> None:
    closing = opening + sum(minors) + off
    content = document(statement(*(entry(minor) for minor in minors), opening=opening, closing=closing))
    if off:
        assert "do not make the closing balance" in refusal(content)
    else:
        (found,) = read(content)
        assert [one.minor for one in found.entries] == minors


@given(st.integers(-(10**7), 10**7).filter(bool), st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=5))
def test_the_parts_of_a_batch_are_held_against_their_entry_and_never_change_it(whole: int, parts: list[int]) -> None:
    amounts = [f'<Amt Ccy="EUR">{abs(p) / 100:.2f}</Amt><CdtDbtInd>{"DBIT" if p < 0 else "CRDT"}</CdtDbtInd>' for p in parts]
    (found,) = read(document(statement(entry(whole, more=details(*amounts)), closing=1000 + whole)))
    (booked,) = found.entries
    assert (booked.minor, booked.details, booked.is_explained) == (whole, sum(parts), sum(parts) == whole)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_from_02_to_13_is_read(version: str) -> None:
    assert len(read(document(statement(entry(-250), closing=750), version=version))) == 1


@pytest.mark.parametrize("namespace", ["", "urn:swift:xsd:camt.053.001.02", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"])
def test_namespace_and_prefix_do_not_matter(namespace: str) -> None:
    sound = document(statement(entry(-250), closing=750)).decode()
    body = re.sub(r'<Document xmlns="[^"]*">', "<Document>", sound)
    prefixed = re.sub(r"<(/?)(\w)", r"<\1b:\2", body).replace("<b:Document>", f'<b:Document xmlns:b="{namespace or "urn:x"}">')
    plain = body if not namespace else sound
    for text in (plain, prefixed, f"<?xml version='1.0' encoding='UTF-8'?>\n{plain}"):
        assert len(read(text.encode())) == 1
    assert len(read(f'<?xml version="1.0" encoding="UTF-16"?>{plain}'.encode("utf-16"))) == 1


@pytest.mark.parametrize(
    "attack",
    [
        b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>',
        b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
        b'<!DOCTYPE d SYSTEM "http://192.0.2.1/d.dtd"><Document/>',
        b'<?xml version="1.0" encoding="x-none"?><Document/>',
    ],
)
def test_nothing_is_expanded_followed_or_fetched(attack: bytes) -> None:
    assert "document type, entities or an encoding" in refusal(attack)


def test_a_document_nested_very_deep_is_refused_and_nothing_falls_over() -> None:
    for content in (b"<Document>" * 50_000, b"<Document>" * 20_000 + b"</Document>" * 20_000):
        assert refusal(content) == "day.xml: elements nested deeper than 100"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<Document>" + b"<a/>" * 60 + b"</Document>", "more than 50 elements and attributes"),
        (b"<Document>" + b"<a b='' c=''/>" * 20 + b"</Document>", "more than 50 elements and attributes"),
        (b"<Document><!--" + b"-x" * 700_000 + b"--></Document>", "a tag or comment of more than 1024 KiB"),
        (b"<Document " + b" ".join(b"a%d=''" % number for number in range(200_000)) + b"/>", "a tag or comment of more than"),
    ],
)
def test_a_small_text_that_makes_a_large_tree_is_refused_before_it_is_one(
    content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_xml, "MOST_PARTS", 50)
    assert said in refusal(content)


WRITINGS = [PAN, " ".join(PAN[at : at + 4] for at in range(0, 16, 4)), "-".join(PAN), f"{PAN[:14]}.{PAN[14:]}", f"A{PAN}B"]


@given(st.data())
def test_no_refusal_repeats_a_card_number_wherever_it_stood(data: st.DataObject) -> None:
    """In texts, in place of amounts, dates, currencies and ids, in attributes and in names of elements."""
    pieces = list(TOKENS)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(pieces) - 1))
        planted = data.draw(st.sampled_from(WRITINGS)).encode()
        whole = pieces[at]
        if data.draw(st.booleans()) or not whole.startswith(b"<"):
            pieces[at] = planted
        else:
            pieces[at] = whole.replace(b">", b" %s='%s'>" % (data.draw(st.sampled_from([b"Ccy", b"x"])), planted), 1)
    found = read_statements(b"".join(pieces), "day.xml")
    if isinstance(found, Unreadable):
        assert PAN not in re.sub("[^0-9]", "", found.reason)


def test_a_balance_that_is_off_by_a_card_number_does_not_show_it() -> None:
    said = refusal(document(statement(opening=0, closing=5413330000274)))
    assert said.endswith("off by 541333***02.74 EUR")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (entry(-250).replace("2.50", "2,50"), "entry 1: Amt: no amount of EUR"),
        (entry(-250).replace("2.50", "1.234,50"), "entry 1: Amt: no amount of EUR"),
        (entry(-250).replace("2.50", "9" * 30), "entry 1: Amt: "),
        (entry(-250).replace("2.50", "\u0662.\u0665\u0660"), "entry 1: Amt: no amount of EUR"),
        (entry(-250).replace("2.50", "1e2"), "entry 1: Amt: no amount of EUR"),
        (entry(-250).replace(' Ccy="EUR"', ""), "entry 1: Amt: a currency"),
        (entry(-250).replace("2026-11-26", "2026-02-30", 1), "entry 1: BookgDt: no date"),
        (entry(-250).replace("DBIT", ""), "entry 1: CdtDbtInd: neither"),
        (balance("OPBD", 1000), "Bal OPBD: there more than once"),
    ],
)
def test_what_is_written_wrongly_is_refused_where_it_stands(wrong: str, said: str) -> None:
    assert f"day.xml: statement 1: {said}" in refusal(document(statement(wrong, closing=750)))


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [("JPY", "1250", 1250), ("JPY", "1250.00", 1250), ("BHD", "1.250", 1250), ("BHD", "1.25", 1250)],
)
def test_currencies_of_other_exponents_have_their_own_minor_units(currency: str, text: str, minor: int) -> None:
    content = document(statement(opening=0, closing=0)).decode().replace("EUR", currency)
    moved = f'<Ntry><Amt Ccy="{currency}">{text}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-26</Dt></BookgDt></Ntry>'
    closed = re.sub(r"(CLBD.*?>)0\.00<", rf"\g<1>{text}<", content.replace("</Stmt>", moved + "</Stmt>"))
    (found,) = read(re.sub(r">0\.00<", ">0<", closed).encode())
    assert (found.asset, [one.minor for one in found.entries], found.closing) == (currency, [minor], minor)


def test_a_part_of_a_minor_unit_is_no_amount() -> None:
    assert "no amount of JPY" in refusal(document(statement(opening=50, closing=50)).replace(b"EUR", b"JPY"))


def test_a_date_stands_as_the_bank_wrote_it_whatever_the_zone() -> None:
    late = entry(-250).replace("<Dt>2026-11-26</Dt>", "<DtTm>2026-11-26T23:30:00-05:00</DtTm>")
    (found,) = read(document(statement(late, closing=750)))
    assert found.entries[0].booked_on == date(2026, 11, 26)
