"""Elements of positions as named values; short ones end in empty text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.positions import (
    advice_reason,
    entry_mode,
    merchant_location,
    network_data,
    pos_data,
    processing_code,
)


def test_each_element_is_cut_at_its_widths() -> None:
    assert processing_code("092030").to_account == "30"
    assert (entry_mode("051").pan_entry, entry_mode("051").pin_capability) == ("05", "1")
    shop = merchant_location("EXAMPLE SHOP           ROMA          ITA")
    assert (shop.name, shop.city, shop.country) == ("EXAMPLE SHOP", "ROMA", "ITA")
    assert advice_reason("1051701DECLINE").detail == "1701"
    assert (network_data("MCC123456").network, network_data("MCC123456").reference) == ("MCC", "123456")


@pytest.mark.parametrize(("text", "country", "postal_code"), [("1025100006000840", "840", ""), ("102510000600084063368", "840", "63368"),
                                                             ("10251080", "", "")])  # fmt: skip
def test_pos_data_of_16_to_26_characters_is_read_and_a_shorter_one_as_far_as_it_goes(
    text: str, country: str, postal_code: str
) -> None:
    data = pos_data(text)
    assert (data.cardholder_presence, data.status) == ("5", text[6:7])
    assert (data.country, data.postal_code) == (country, postal_code)


@given(st.text(max_size=80))
def test_any_text_has_positions(text: str) -> None:
    for read in (processing_code, entry_mode, merchant_location, advice_reason, pos_data, network_data):
        read(text)
