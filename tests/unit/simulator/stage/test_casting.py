import pytest

from simulator.errors import CardsInvalid
from simulator.stage.casting import COLUMNS, cast_from_file
from simulator.stage.files import parsed

HEADER = ",".join(COLUMNS) + "\n"
CARD = "1,2,5413330000000019,2912,123,1234,00,EUR,10000\n"
TEXT = 'title = "t"\nshows = "s"\n{}[[steps]]\nsend = "0100"\namount = "1.00"\n'


def test_a_card_plays_once_and_only_where_its_money_fits() -> None:
    scenarios = {
        "one": parsed(TEXT.format(""), "f"),
        "two": parsed(TEXT.format(""), "f"),
        "rich": parsed(TEXT.format('[cards.card]\nbalance = "100.01"\n'), "f"),
        "stranger": parsed(TEXT.format('[cards.card]\nstate = "unknown"\n'), "f"),
    }
    cast = cast_from_file(HEADER + CARD, "cards.csv", scenarios)
    assert cast.actors["one"]["card"].account_id == 2
    assert cast.missing == {
        "two": "cards.csv has no unused card with EUR 100.00 available",
        "rich": "cards.csv has no unused card with EUR 100.01 available",
    }
    assert cast.actors["stranger"] == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [("card_id,pan\n", "c.csv:1: lacks the columns"), (HEADER + CARD.replace("10000", "much"), "c.csv:2: expected")],
)
def test_a_file_of_cards_that_is_wrong_says_where(text: str, said: str) -> None:
    with pytest.raises(CardsInvalid) as raised:
        cast_from_file(text, "c.csv", {})
    assert str(raised.value).startswith(said)
