import random
from datetime import UTC, datetime

import pytest

from simulator.cards import Card
from simulator.chip import Chip, read
from simulator.messages import Message
from simulator.private_data import read_private_data
from simulator.stage.composing import Composer
from simulator.stage.files import parsed
from simulator.stage.language import Send

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CARD = Card("5413330000000019", "2912", "123", "1234", "978", 10_000)
FIRST = '[[steps]]\nname = "first"\nsend = "0100"\namount = "40.00"\n'


def composed(steps: str, *, seed: int = 1, replies: dict[str, Message] | None = None) -> list[Message]:
    scenario = parsed(f'title = "t"\nshows = "s"\n{steps}', "f")
    composer = Composer(scenario, {"card": CARD}, random.Random(seed), NOW, "ascii")
    composer.replies |= replies or {}
    return [composer.compose(step).message for step in scenario.steps if isinstance(step, Send)]


def subelements(message: Message) -> dict[str, str]:
    data = read_private_data(message.raw(48), "ascii")
    assert data is not None
    return dict(data.subelements)


def test_the_same_seed_writes_the_same_messages_and_another_one_others() -> None:
    once, again, other = (composed(FIRST, seed=seed)[0].elements for seed in (1, 1, 2))
    assert once == again != other


def test_each_message_has_a_number_of_its_own() -> None:
    first, second = composed(FIRST + FIRST.replace("first", "second"))
    assert first.text(11) != second.text(11)
    assert first.text(63) != second.text(63)


@pytest.mark.parametrize(("skew", "stamp"), [("+3h", "1121150000"), ("-1d", "1120120000"), ("-90s", "1121115830")])
def test_a_clock_that_is_off_shows_in_de_7(skew: str, stamp: str) -> None:
    assert composed(FIRST + f'skew = "{skew}"\n')[0].text(7) == stamp


def test_another_currency_is_converted_unless_the_scenario_says_otherwise() -> None:
    plain, said, left = (
        composed(FIRST + f'currency = "USD"\n{more}\n')[0] for more in ("", 'billing = "40.01"', "converts = false")
    )
    assert (plain.text(4), plain.text(49), plain.text(6), plain.text(51)) == ("000000004000", "840", "000000003692", "978")
    assert said.text(6) == "000000004001"
    assert not {6, 10, 51} & left.elements.keys()


def test_a_reversal_names_its_original_and_carries_its_approval_code() -> None:
    steps = FIRST + '[[steps]]\nsend = "0420"\nof = "first"\nleft = "15.00"\ncause = "undelivered"\n'
    first, reversal = composed(steps, replies={"first": Message("0110", {38: "ABC123"})})
    assert (reversal.text(38), reversal.text(39), reversal.text(60)) == ("ABC123", "32", "4130000")
    assert reversal.text(90)[4:10] == first.text(11)
    assert reversal.text(95)[:12] == "000000001500"


def test_increments_completions_and_stand_in_name_the_first_message_each_in_its_way() -> None:
    followed = "".join(
        f'[[steps]]\nsend = "{mti}"\nas = "{purpose}"\nof = "first"\namount = "1.00"\n'
        for mti, purpose in (("0100", "increment"), ("0120", "completion"), ("0120", "stand-in"))
    )
    first, increment, completion, stand_in = composed(FIRST + followed)
    trace = f"{first.text(63)}{first.text(15)}  "
    assert (subelements(increment)["63"], increment.text(61)[6]) == (trace, "4")
    assert (subelements(completion)["63"], completion.text(60)[:3]) == (trace, "191")
    assert (stand_in.text(63), stand_in.text(60)[:3]) == (first.text(63), "102")


def test_a_chip_signs_what_the_terminal_gives_it() -> None:
    genuine, forged = (composed(FIRST + f"chip = {{ counter = 7, genuine = {word} }}\n")[0] for word in ("true", "false"))
    assert Chip(CARD.pan).has_signed(read(genuine.raw(55)))
    assert not Chip(CARD.pan).has_signed(read(forged.raw(55)))
    assert genuine.text(23) == "000"


def test_what_is_overridden_or_left_out_wins() -> None:
    message = composed(FIRST + 'elements = { "22" = "902" }\nwithout = [37]\nprivate = { "77" = "C07" }\n')[0]
    assert (message.text(22), 37 in message.elements, subelements(message)["77"]) == ("902", False, "C07")
