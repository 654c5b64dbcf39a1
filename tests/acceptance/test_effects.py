"""What each kind of transaction does to the account (DE 3), from the answer to the books."""

import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import advice, ask, code, connection, purchase, reversal

from simulator.messages import altered, trace_id
from simulator.private_data import build_private_data
from switch.iso8583 import Message

STATUS_INQUIRY, PREAUTHORIZED = "1025108006000276", "0000004000800276"
PARTIAL_TERMINAL, GOODS_ONLY_TERMINAL = {"61": "10000"}, {"61": "01000"}
SHORT = {"posted": 50_00, "holds": 0, "available": 50_00}


def of_type(held: HeldCard, processing_code: str, minor: int, **elements: str) -> Message:
    given = {int(name[1:]): value for name, value in elements.items()}
    return purchase(held, minor, elements={3: processing_code, **given})


@pytest.mark.parametrize("processing_code", ["200000", "280000"], ids=["refund", "payment"])
async def test_a_credit_is_answered_00_and_raises_nothing_before_it_is_cleared(issuer: Issuer, processing_code: str) -> None:
    held = await issuer.card(balance_minor=0)
    async with connection(issuer.switch) as link:
        answered = await ask(link, of_type(held, processing_code, 75_00))
    assert (answered.text(39), answered.text(4)) == ("00", "000000007500")
    assert await issuer.account(held) == {"posted": 0, "holds": 0, "available": 0}
    assert await issuer.findings() == []


async def test_a_balance_inquiry_tells_the_balance_and_moves_nothing(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=50_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, of_type(held, "300000", 0))
    assert (answered.text(39), answered.text(54)) == ("00", "0002978C000000005000")
    assert await issuer.account(held) == SHORT


async def test_an_account_status_inquiry_is_answered_85_and_moves_nothing(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=50_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, of_type(held, "000000", 0, e61=STATUS_INQUIRY))
    assert (answered.text(39), len(answered.text(38))) == ("85", 6)
    assert await issuer.account(held) == SHORT


@pytest.mark.parametrize("processing_code", ["010000", "170000", "090000"], ids=["cash", "advance", "cashback"])
async def test_cash_is_given_whole_or_not_at_all(issuer: Issuer, processing_code: str) -> None:
    held = await issuer.card(balance_minor=50_00)
    async with connection(issuer.switch) as link:
        beyond = purchase(held, 60_00, elements={3: processing_code}, subelements=PARTIAL_TERMINAL)
        assert await code(link, beyond) == "51"
        assert await issuer.account(held) == SHORT
        assert await code(link, of_type(held, processing_code, 50_00, e28="D00000200")) == "00"
    assert await issuer.account(held) == {"posted": 50_00, "holds": 50_00, "available": 0}


def cashback(held: HeldCard, minor: int, cash: int, subelements: dict[str, str]) -> Message:
    elements = {3: "090000", 54: f"0040978C{cash:012d}"}
    return purchase(held, minor, elements=elements, subelements=subelements)


async def test_a_purchase_with_cash_is_cut_down_to_the_goods_where_the_terminal_can_do_that(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=50_00)
    async with connection(issuer.switch) as link:
        assert await code(link, cashback(held, 60_00, 20_00, {})) == "51"
        answered = await ask(link, cashback(held, 60_00, 20_00, GOODS_ONLY_TERMINAL))
        assert (answered.text(39), answered.text(4), len(answered.text(38))) == ("87", "000000004000", 6)
        assert (await issuer.account(held))["holds"] == 40_00
        assert await code(link, cashback(held, 10_00, 5_00, GOODS_ONLY_TERMINAL)) == "00"
    assert (await issuer.account(held))["holds"] == 50_00
    assert await issuer.findings() == []


async def test_more_cash_than_the_whole_amount_is_no_message(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=50_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, cashback(held, 10_00, 20_00, {}))
    assert (answered.text(39), answered.text(44)) == ("30", "054")


async def test_a_partial_approval_names_the_original_amount(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=50_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, purchase(held, 60_00, subelements=PARTIAL_TERMINAL))
    assert (answered.text(39), answered.text(4), answered.text(54)) == ("10", "000000005000", "0057978C000000006000")


@pytest.mark.parametrize("completion_first", [False, True], ids=["request first", "completion first"])
@pytest.mark.parametrize("authorized", [1_00, 80_00], ids=["one", "maximum"])
async def test_fuel_is_held_as_it_was_completed(issuer: Issuer, completion_first: bool, authorized: int) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, authorized, elements={18: "5542"})
    completion = altered(advice(held, 45_00), {18: "5542", 60: "1910000", 63: request.text(63), 15: request.text(15)})
    pair = (completion, request) if completion_first else (request, completion)
    async with connection(issuer.switch) as link:
        assert [await code(link, message) for message in pair] == ["00", "00"]
        assert await issuer.account(held) == {"posted": 100_00, "holds": 45_00, "available": 55_00}
        assert await code(link, reversal(request)) == "00"  # of the payment, so it reaches what stands for it now
    assert (await issuer.account(held))["holds"] == 0
    assert await issuer.findings() == []


async def test_a_completion_may_name_what_it_completes_by_its_trace_id(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 80_00, elements={18: "5542"})
    completion = advice(held, 45_00)
    data = build_private_data("R", {"63": trace_id(request)}, "cp037")
    async with connection(issuer.switch) as link:
        assert await code(link, request) == "00"
        assert await code(link, altered(completion, {60: "1910000", 48: data})) == "00"
    assert (await issuer.account(held))["holds"] == 45_00


async def test_an_increment_of_nothing_extends_the_validity_and_holds_no_more(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    first = purchase(held, 30_00, elements={61: PREAUTHORIZED})
    longer = purchase(held, 0, elements={61: PREAUTHORIZED}, subelements={"63": trace_id(first)})
    async with connection(issuer.switch) as link:
        assert await code(link, first) == "00"
        (before,) = await issuer.authorizations(held)
        assert await code(link, longer) == "00"
    opened, added = await issuer.authorizations(held)
    assert (opened["held"], added["chain_id"]) == (30_00, opened["authorization_id"])
    assert opened["expires_at"] > before["expires_at"]
