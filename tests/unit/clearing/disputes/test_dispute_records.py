"""What a chargeback says beyond its money: a part, papers, a control number. Nothing of it keeps the record from being booked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearing.disputes.deadlines import Stage
from clearing.disputes.records import Dispute, dispute_of
from clearing.ipm.messages import IpmMessage

PART = {"0268": f"{500:012d}978", "0262": "1", "0241": "CB00000000000000007 "}


def stored(text: str) -> str | None:
    return text.strip() or None


def message(code: str = "453", pds: dict[str, str] | None = None, de30: str = f"{1250:012d}{1250:012d}") -> IpmMessage:
    return IpmMessage("1442", {24: code, 30: de30}, PART if pds is None else pds)


def test_a_partial_chargeback_says_how_much_of_what_under_which_number_with_which_papers() -> None:
    expected = Dispute(Stage.CHARGEBACK, True, 500, "EUR", 1250, "1", "CB00000000000000007")
    assert dispute_of(message(), stored) == expected


def test_a_whole_one_may_say_nothing_of_it() -> None:
    assert dispute_of(message("450", {}, ""), stored) == Dispute(Stage.CHARGEBACK)


@pytest.mark.parametrize("text", ["12", f"{500:012d}97X", f"{500:012d}9780", "x" * 15])
def test_a_part_that_cannot_be_read_is_left_out(text: str) -> None:
    found = dispute_of(message(pds={"0268": text}), stored)
    assert found is not None
    assert (found.partial_minor, found.partial_asset) == (None, None)


def test_a_currency_that_is_not_kept_here_stays_its_number() -> None:
    found = dispute_of(message(pds={"0268": f"{500:012d}764"}), stored)
    assert found is not None
    assert (found.partial_minor, found.partial_asset) == (500, "764")


@given(st.text(max_size=20), st.text(max_size=30))
def test_any_text_is_read_or_left_out(part: str, de30: str) -> None:
    assert dispute_of(message(pds={"0268": part}, de30=de30), stored) is not None
