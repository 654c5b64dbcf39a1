"""0200 and 0220: money that moves at once, its reversals, and what repeats of them are told."""

from dataclasses import replace

import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import advice, answer_of, ask, code, connection, purchase, reversal

from simulator.messages import altered, repeated, trace_id
from switch.iso8583 import Message


def debit(held: HeldCard, minor: int, **given: object) -> Message:
    return replace(purchase(held, minor, **given), mti="0200")  # type: ignore[arg-type]


def advised_debit(held: HeldCard, minor: int) -> Message:
    return replace(advice(held, minor), mti="0220")


async def test_a_0200_lowers_what_is_posted_and_holds_nothing(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = debit(held, 30_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, request)
        assert (answered.mti, answered.text(39), len(answered.text(38))) == ("0210", "00", 6)
        again = await ask(link, repeated(request))
        assert answer_of(again) == answer_of(answered)
    assert await issuer.account(held) == {"posted": 70_00, "holds": 0, "available": 70_00}
    (row,) = await issuer.authorizations(held)
    assert (row["mti"], row["authorized"], row["captured"], row["held"], row["status"]) == ("0200", 30_00, 30_00, 0, "captured")
    assert await issuer.findings() == []


async def test_a_0200_beyond_the_balance_is_declined_and_a_0220_is_posted_all_the_same(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=10_00)
    async with connection(issuer.switch) as link:
        assert await code(link, debit(held, 30_00)) == "51"
        advised = advised_debit(held, 30_00)
        answered = await ask(link, advised)
        assert (answered.mti, answered.text(39)) == ("0230", "00")
        assert await code(link, repeated(advised)) == "00"
    assert await issuer.account(held) == {"posted": -20_00, "holds": 0, "available": -20_00}
    assert await issuer.findings() == []


@pytest.mark.parametrize("mti", ["0420", "0400"])
async def test_a_reversal_of_a_0200_gives_back_what_it_does_not_leave(issuer: Issuer, mti: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = debit(held, 30_00)
    part, rest = reversal(request, mti=mti, left=10_00), reversal(request, mti=mti)
    async with connection(issuer.switch) as link:
        assert await code(link, request) == "00"
        assert [await code(link, part), await code(link, repeated(part))] == ["00", "00"]
        assert (await issuer.account(held))["posted"] == 90_00
        assert await code(link, rest) == "00"
        assert await issuer.account(held) == {"posted": 100_00, "holds": 0, "available": 100_00}
    (row,) = await issuer.authorizations(held)
    assert (row["reversed"], row["captured"], row["status"]) == (30_00, 0, "reversed")
    assert await issuer.findings() == []


async def test_a_reversal_that_overtakes_its_0200_cancels_it(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = debit(held, 30_00)
    async with connection(issuer.switch) as link:
        assert [await code(link, reversal(request, mti="0420")), await code(link, request)] == ["00", "05"]
    assert await issuer.account(held) == {"posted": 100_00, "holds": 0, "available": 100_00}
    assert await issuer.findings() == []


async def test_one_key_in_six_classes_is_six_messages(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 10_00)
    async with connection(issuer.switch) as link:
        for mti in ("0100", "0120", "0200", "0220"):
            assert await code(link, replace(request, mti=mti)) == "00"
        undone = reversal(request)
        assert [await code(link, replace(undone, mti=mti)) for mti in ("0400", "0420")] == ["00", "00"]
        assert await code(link, altered(replace(request, mti="0200"), {4: "000000001001"})) == "94"
    assert [row["mti"] for row in await issuer.authorizations(held)] == ["0100", "0120", "0200", "0220"]
    assert await issuer.findings() == []


async def test_a_refund_as_a_single_message_is_there_at_once(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    refund = debit(held, 25_00, elements={3: "200000"})
    async with connection(issuer.switch) as link:
        assert await code(link, refund) == "00"
        assert await issuer.account(held) == {"posted": 125_00, "holds": 0, "available": 125_00}
        assert await code(link, reversal(refund, mti="0420")) == "00"
    assert await issuer.account(held) == {"posted": 100_00, "holds": 0, "available": 100_00}
    assert await issuer.findings() == []


async def raised(issuer: Issuer, kind: str) -> list[int]:
    return [row["amount"] for row in await issuer.fetch("select amount from report.exception where kind = $1 order by 1", kind)]


async def test_an_approved_advice_for_a_card_that_nobody_has_is_an_item_for_people(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    nobody = {2: "5413339999999997"}
    async with connection(issuer.switch) as link:
        for message in (advised_debit(held, 5_00), advice(held, 6_00), altered(advice(held, 7_00), {39: "05", 38: None})):
            assert await code(link, altered(message, nobody)) == "00"
    assert await raised(issuer, "advice_for_unknown_card") == [5_00, 6_00]


async def test_an_inquiry_has_no_amount_and_what_is_advised_as_one_with_an_amount_is_booked_or_raised(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    as_inquiry = {61: "0000008000800276"}
    async with connection(issuer.switch) as link:
        for asked in (purchase(held, 5_00, elements=as_inquiry), debit(held, 5_00, elements=as_inquiry)):
            assert await code(link, asked) == "13"
        assert await code(link, purchase(held, 5_00, elements={3: "300000"})) == "13"
        assert await code(link, purchase(held, 0, elements=as_inquiry)) == "85"
        for advised in (advice(held, 3_00), advised_debit(held, 4_00)):
            assert await code(link, altered(advised, as_inquiry)) == "00"
        assert await code(link, altered(advice(held, 8_00), {3: "300000"})) == "00"
    assert await issuer.account(held) == {"posted": 96_00, "holds": 3_00, "available": 93_00}
    assert await raised(issuer, "advice_moves_nothing") == [8_00]
    assert await issuer.findings() == []


async def test_a_0200_that_names_a_preauthorization_is_a_payment_of_its_own_and_the_books_hold(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    preauthorized = {61: "0000004000800276"}
    first = purchase(held, 10_00, elements=preauthorized)
    named = {"elements": preauthorized, "subelements": {"63": trace_id(first)}}
    async with connection(issuer.switch) as link:
        assert [await code(link, message) for message in (first, debit(held, 5_00, **named))] == ["00", "00"]
    assert await issuer.account(held) == {"posted": 95_00, "holds": 10_00, "available": 85_00}
    assert [row["chain_id"] == row["authorization_id"] for row in await issuer.authorizations(held)] == [True, True]
    assert await issuer.findings() == []
