"""Positions of the network: what is read of a 685 and a 688, and why one cannot be used."""

from datetime import date

import pytest

from clearing.ipm.messages import IpmMessage
from clearing.records import Untranslatable
from clearing.settlement.positions import Key, Position, Totals, read_position

SETTLEMENT = f"{'900900':0>11}{'900001':<28}3EUR0000001N26112601" + "26112701"
SUMS = {
    "0390": f"D{500:016d}", "0391": f"C{200:016d}", "0394": f"D{300:016d}", "0395": f"C{7:015d}",
    "0400": f"{3:010d}", "0401": f"{1:010d}", "0402": f"{4:010d}", "0359": SETTLEMENT,
}  # fmt: skip


def detail(**changes: str) -> IpmMessage:
    pds = SUMS | {"0372": "1240200", "0374": "00", "0378": "O"} | {tag.removeprefix("P"): text for tag, text in changes.items()}
    return IpmMessage("1644", {24: "685", 50: "978", 71: "00000002"}, pds)


def net(**changes: str) -> IpmMessage:
    pds = SUMS | {"0396": f"D{293:016d}"} | {tag.removeprefix("P"): text for tag, text in changes.items()}
    return IpmMessage("1644", {24: "688", 50: "978", 71: "00000003"}, pds)


def test_a_detail_names_its_function_and_a_settlement_position_does_not() -> None:
    totals, day, paid = Totals(500, 200, 3, 1, 7), date(2026, 11, 26), date(2026, 11, 27)
    assert read_position(detail()) == Position(2, Key("EUR0000001", "EUR", day, 1, "1240200", "00", False), totals, None, paid)
    assert read_position(net()) == Position(3, Key("EUR0000001", "EUR", day, 1), totals, -293, paid)


def test_a_position_that_does_not_say_when_it_is_paid_is_one_all_the_same() -> None:
    position = read_position(net(P0359=SETTLEMENT[:-8]))
    assert isinstance(position, Position)
    assert position.pays_on is None


def test_what_is_no_position_is_none() -> None:
    assert read_position(IpmMessage("1644", {24: "697"})) is None
    assert read_position(IpmMessage("1240", {24: "200"})) is None


@pytest.mark.parametrize(
    ("message", "tag"),
    [
        (detail(P0390="C0000000000000500"), "0390"),
        (detail(P0402="0000000005"), "0402"),
        (detail(P0394=f"C{300:016d}"), "0394"),
        (detail(P0378="T"), "0378"),
        (detail(P0372="12402"), "0372"),
        (detail(P0359=""), "0359"),
        (detail(P0359=SETTLEMENT.replace("261126", "261326", 1)), "0359"),
        (net(P0396=f"D{294:016d}"), "0396"),
        (net(P0395="X"), "0395"),
    ],
)
def test_a_position_that_contradicts_itself_is_refused_at_its_element(message: IpmMessage, tag: str) -> None:
    found = read_position(message)
    assert isinstance(found, Untranslatable)
    assert found.flaw.tag == tag


def test_a_currency_that_is_not_kept_here_is_refused() -> None:
    message = detail()
    message.elements[50] = "999"
    found = read_position(message)
    assert isinstance(found, Untranslatable)
    assert found.flaw.element == 50


@pytest.mark.parametrize(
    ("exponents", "is_read"), [("9782", True), ("84029782", True), ("9783", False), ("97", False), ("978X", False)]
)
def test_a_currency_with_other_decimals_than_are_kept_here_is_refused(exponents: str, is_read: bool) -> None:
    found = read_position(detail(P0148=exponents))
    assert isinstance(found, Position) is is_read
    if isinstance(found, Untranslatable):
        assert found.flaw.tag == "0148"
