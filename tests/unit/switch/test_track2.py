import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.track2 import read_track2


@pytest.mark.parametrize(
    "text", ["5413330000000005=29122011000012300", "5413330000000005D29122011000012300F ", "5413330000000005d2912201"]
)
def test_both_separators_and_the_filler_are_understood(text: str) -> None:
    found = read_track2(text)
    assert found is not None
    assert (found.pan, found.expiry, found.service_code) == ("5413330000000005", "2912", "201")
    assert found.discretionary in ("1000012300", "")


@pytest.mark.parametrize(
    "text",
    ["", "5413330000000005", "5413330000000005=2912", "5413330000000005=29122A1", "=2912201", "\u0665413330000000005=2912201"],
)
def test_what_is_no_whole_track_is_none(text: str) -> None:
    assert read_track2(text) is None


def test_a_track_shows_nothing() -> None:
    assert "541333" not in repr(read_track2("5413330000000005=29122011000012300"))


@given(st.text(max_size=40))
def test_any_text_is_read_or_none(text: str) -> None:
    read_track2(text)
