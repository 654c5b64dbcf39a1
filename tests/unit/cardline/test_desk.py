"""What people type at the desk, before it goes on the record."""

import pytest
import typer

from cardline.desk import complain, recorded


def test_what_goes_on_the_record_shows_no_card_number() -> None:
    assert recorded("holder of 5413 3300 0000 0027 called") == "holder of 5413 33** **** 0027 called"
    assert recorded(None) is None


def test_what_goes_on_the_record_says_something() -> None:
    with pytest.raises(typer.BadParameter, match="may not be empty"):
        recorded("  ")


def test_a_complaint_repeats_no_card_number(capsys: pytest.CaptureFixture[str]) -> None:
    complain("there is no card 5413330000000027")
    assert capsys.readouterr().err == "cardline: there is no card 541333******0027\n"
