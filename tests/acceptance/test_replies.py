"""What stands in the replies, on both links (contract, the wire)."""

from collections.abc import AsyncIterator

import pytest
from acceptance.issuer import ASCII, CHARACTER_SETS, EBCDIC, Issuer
from acceptance.network import advice, ask, code, connection, header, on_link, purchase, reversal

from simulator import messages
from simulator.client import NetworkConnection
from simulator.messages import Amounts, altered, repeated
from simulator.pin import pin_block
from simulator.private_data import AdditionalAmount, PrivateData, read_additional_amounts, read_private_data
from switch.iso8583 import Message

ECHOED = {2, 3, 4, 5, 6, 7, 9, 10, 11, 15, 16, 20, 28, 32, 33, 37, 41, 48, 49, 50, 51, 62, 63, 105}
SELDOM = {5: "000000000850", 9: "61234567", 20: "276", 28: "D00000100", 50: "840", 62: "INF DATA", 105: "001003XYZ"}
DOLLARS = Amounts(10_00, "840", billing_minor=8_50, billing_currency="978", rate="60850000")


@pytest.fixture(params=[EBCDIC, ASCII])
def link(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def wire(issuer: Issuer, link: str) -> AsyncIterator[NetworkConnection]:
    async with connection(issuer.switch, link) as opened:
        yield opened


def subelements(answer: Message, link: str) -> PrivateData:
    found = read_private_data(answer.raw(48), CHARACTER_SETS[link])
    assert found is not None
    return found


def unchanged(request: Message, answer: Message) -> set[int]:
    """The elements that came back as they were sent, DE 48 apart."""
    return {element for element, value in request.elements.items() if answer.elements.get(element) == value} - {48}


async def test_an_approval_echoes_what_the_contract_lists_and_no_more(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, link=link, elements=SELDOM, amounts=DOLLARS)
    answer = await ask(wire, request)
    assert set(request.elements) >= ECHOED
    assert answer.mti == "0110"
    assert set(answer.elements) == ECHOED | {38, 39}
    assert unchanged(request, answer) == ECHOED - {48}
    assert answer.text(39) == "00"
    assert len(answer.text(38).strip()) == 6
    assert subelements(answer, link) == PrivateData("R", {})
    assert (await issuer.account(held))["holds"] == 8_50


async def test_a_decline_carries_no_approval_code(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=1_00)
    request = purchase(held, 2_00, link=link)
    answer = await ask(wire, request)
    assert answer.text(39) == "51"
    assert set(answer.elements) == (set(request.elements) & ECHOED) | {39}


async def test_a_format_error_echoes_the_same(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, link=link, elements={7: "0230101010"})  # there is no such day
    answer = await ask(wire, request)
    assert (answer.text(39), answer.text(44)[:3]) == ("30", "007")
    assert set(answer.elements) == (set(request.elements) & ECHOED) | {39, 44}


async def test_a_partial_approval_says_what_was_asked(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=3_40)
    request = purchase(held, link=link, subelements={"61": "10000"}, amounts=DOLLARS)
    answer = await ask(wire, request)
    again = await ask(wire, repeated(request))
    assert (answer.text(39), answer.text(4), answer.text(6)) == ("10", "000000000400", "000000000340")
    assert len(answer.text(38).strip()) == 6
    originals = {AdditionalAmount("57", "840", 10_00), AdditionalAmount("57", "978", 8_50)}
    assert set(read_additional_amounts(answer.text(54)) or ()) == originals
    assert again.elements == answer.elements
    assert await issuer.account(held) == {"posted": 3_40, "holds": 3_40, "available": 0}
    assert await code(wire, purchase(held, 1, link=link, subelements={"61": "10000"})) == "51"


async def test_a_cvc2_is_checked_and_the_result_told(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    wrong = f"{(int(held.card.cvc2) + 1) % 1000:03d}"
    right_answer = await ask(wire, purchase(held, link=link, subelements={"92": held.card.cvc2}))
    wrong_answer = await ask(wire, purchase(held, link=link, subelements={"92": wrong}))
    assert (right_answer.text(39), subelements(right_answer, link).subelements) == ("00", {"87": "M"})
    assert (wrong_answer.text(39), subelements(wrong_answer, link).subelements) == ("05", {"87": "N"})


async def test_a_pin_is_checked_and_never_returned(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    wrong = f"{(int(held.card.pin) + 1) % 10_000:04d}"
    requests = [purchase(held, link=link, elements={52: pin_block(pin, held.card.pan)}) for pin in (held.card.pin, wrong)]
    answers = [await ask(wire, request) for request in requests]
    assert [answer.text(39) for answer in answers] == ["00", "55"]
    assert all(52 not in answer.elements for answer in answers)


async def test_a_refund_is_approved_and_raises_nothing(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=1_00)
    assert await code(wire, purchase(held, 50_00, link=link, elements={3: "200000"})) == "00"
    assert await issuer.account(held) == {"posted": 1_00, "holds": 0, "available": 1_00}


async def test_a_reversal_echoes_its_original_and_trace(issuer: Issuer, wire: NetworkConnection, link: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    original = purchase(held, link=link, elements=SELDOM, amounts=DOLLARS)
    assert await code(wire, original) == "00"
    request = altered(reversal(original, link=link), dict(SELDOM))
    answer = await ask(wire, request)
    assert answer.mti == "0410"
    assert set(answer.elements) == ECHOED | {39, 90}
    assert unchanged(request, answer) == (ECHOED | {90}) - {48}
    assert answer.text(39) == "00"
    assert subelements(answer, link).subelements == {"63": messages.trace_id(original)}
    assert (await issuer.account(held))["holds"] == 0


@pytest.mark.parametrize("mti", ["0400", "0420"])
async def test_a_reversal_is_answered_00_whatever_it_finds(issuer: Issuer, wire: NetworkConnection, link: str, mti: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    original = purchase(held, 10_00, link=link)
    request = reversal(original, mti=mti, link=link)
    answers = [await ask(wire, message) for message in (request, request, repeated(request))]
    assert [answer.text(39) for answer in answers] == ["00"] * 3
    assert {answer.mti for answer in answers} == {f"{mti[:2]}{int(mti[2]) + 1}0"}
    late = await ask(wire, original)
    assert (late.text(39), (await issuer.account(held))["holds"]) == ("05", 0)
    assert [row["reason"] for row in await issuer.authorizations(held)] == ["reversed_before"]


async def test_a_partial_reversal_leaves_what_it_says_and_no_more_than_is_held(
    issuer: Issuer, wire: NetworkConnection, link: str
) -> None:
    held = await issuer.card(balance_minor=100_00)
    original = purchase(held, 10_00, link=link)
    assert await code(wire, original) == "00"
    for left, holds in ((4_00, 4_00), (7_00, 4_00), (0, 0)):
        assert await code(wire, reversal(original, left=left, link=link)) == "00"
        assert (await issuer.account(held))["holds"] == holds


@pytest.mark.parametrize("mti", ["0120", "0420"])
async def test_an_advice_gets_its_date_back(issuer: Issuer, wire: NetworkConnection, link: str, mti: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    stood_in = on_link(advice(held, 5_00), link)
    request = stood_in if mti == "0120" else reversal(purchase(held, link=link), mti=mti, link=link)
    sent = read_private_data(request.raw(48), CHARACTER_SETS[link])
    assert sent is not None
    answer = await ask(wire, request)
    assert answer.mti == mti[:2] + "30"
    assert answer.text(39) == "00"
    assert subelements(answer, link).subelements["15"] == sent.subelements["15"]


@pytest.mark.parametrize("function", ["001", "061", "270", "161", "162"])
async def test_network_management_is_answered(wire: NetworkConnection, function: str) -> None:
    answer = await ask(wire, messages.network_management(header(), function))
    assert (answer.mti, answer.text(39), answer.text(70)) == ("0810", "00", function)
