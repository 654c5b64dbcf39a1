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
        "two": "needs an unused card with exactly EUR 100.00 available; cards.csv has none left in EUR: "
        "cardline seed --cards N --currency EUR --balance 100.00",
        "rich": "needs an unused card with exactly EUR 100.01 available; cards.csv has none left in EUR: "
        "cardline seed --cards N --currency EUR --balance 100.01",
    }
    assert cast.actors["stranger"] == {}


def test_a_card_that_is_missing_is_named_with_what_there_is_instead() -> None:
    credit = parsed(TEXT.format('[cards.card]\nbalance = "50.00"\ncredit_limit = "10.00"\n'), "f")
    cast = cast_from_file(HEADER + 2 * CARD + CARD.replace("10000", "700"), "cards.csv", {"credit": credit})
    assert cast.missing["credit"] == (
        "needs an unused card with exactly EUR 60.00 available; cards.csv has 2 with 100.00, 1 with 7.00: "
        "cardline seed --cards N --currency EUR --balance 50.00 --credit-limit 10.00"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("card_id,pan\n", "c.csv:1: lacks the columns"), (HEADER + CARD.replace("10000", "much"), "c.csv:2: expected")],
)
def test_a_file_of_cards_that_is_wrong_says_where(text: str, said: str) -> None:
    with pytest.raises(CardsInvalid) as raised:
        cast_from_file(text, "c.csv", {})
    assert str(raised.value).startswith(said)
