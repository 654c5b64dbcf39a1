"""SE 33 as a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.pan import Pan
from authorizer.wallet_token import AccountNumberKind, PanMappingFault, WalletToken, read_wallet_token

TOKEN = "5413330000000019"


def mapping(*, kind: str = "C", number: str = TOKEN) -> str:
    subfields = {"01": kind, "02": number, "03": "2912", "05": "02", "06": "50110030273"}
    return "".join(f"{name}{len(value):02}{value}" for name, value in subfields.items())


@pytest.mark.parametrize(("sent", "kind", "is_token"), [("C", "SECURE_ELEMENT", True), ("H", "CLOUD", True), ("F", "CARD_ON_FILE", True),
                                                        ("E", "EMBOSSED", False), ("V", "VIRTUAL", False), ("?", "OTHER", False)])  # fmt: skip
def test_the_indicator_says_what_the_number_is(sent: str, kind: str, is_token: bool) -> None:
    found = read_wallet_token(mapping(kind=sent))
    assert isinstance(found, WalletToken)
    assert (found.kind, found.is_token) == (AccountNumberKind[kind], is_token)


def test_the_subfields_are_read() -> None:
    found = read_wallet_token(mapping(), "103")
    assert found == WalletToken(AccountNumberKind.SECURE_ELEMENT, Pan(TOKEN), "2912", "02", "50110030273", "", "103")
    assert TOKEN not in repr(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [("", None), ("  ", None), ("01", PanMappingFault.UNREADABLE), ("0101C0216541333", PanMappingFault.UNREADABLE),
     ("0101C", PanMappingFault.NO_NUMBER), (mapping(number="12"), PanMappingFault.NO_NUMBER)],
)  # fmt: skip
def test_what_is_no_mapping_has_its_fault(text: str, found: PanMappingFault | None) -> None:
    assert read_wallet_token(text) is found


@given(st.text(max_size=60))
def test_any_text_is_a_token_a_fault_or_nothing(text: str) -> None:
    assert isinstance(read_wallet_token(text), WalletToken | PanMappingFault | None)
