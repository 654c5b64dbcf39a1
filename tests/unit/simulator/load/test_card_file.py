"""The CSV of `cardline seed`: what it lacks is said with line and column, and never what stands there."""

from pathlib import Path

import pytest

from simulator.errors import PlanError
from simulator.load.card_file import read_cards

HEADER = "card_id,account_id,pan,expiry,cvc2,pin,psn,currency,available_minor\n"
ROW = "1,2,5413330000000019,2912,123,4567,00,EUR,5000\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cards.csv"
    path.write_text(text)
    return path


def test_cards_are_read(tmp_path: Path) -> None:
    (card,) = read_cards(written(tmp_path, HEADER + ROW))
    assert (card.pan, card.expiry, card.cvc2, card.pin, card.currency) == ("5413330000000019", "2912", "123", "4567", "978")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + ROW + ROW.replace("2912", "29"), "line 3: expiry: has to be 4 digits"),
        (HEADER + ROW.replace("EUR", "XXX"), "line 2: currency: is none that the simulator plays"),
        (HEADER + "1,2\n", "line 2: pan: has to be 12 to 19 digits"),
        ("pan,expiry\n", "line 1: no column cvc2, pin, currency"),
        (HEADER, "holds no card"),
        ("\u00e9", "is not a CSV in ASCII"),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_cards(written(tmp_path, text))
    assert said in str(caught.value)
    assert "541333" not in str(caught.value)
