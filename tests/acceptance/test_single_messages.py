"""0200 and 0220: money that moves at once, its reversals, and what repeats of them are told."""

from dataclasses import replace

import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import advice, answer_of, ask, code, connection, purchase, reversal

from simulator.messages import altered, repeated
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


async def test_a_0220_for_a_card_that_nobody_has_is_an_item_for_people(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, altered(advised_debit(held, 5_00), {2: "5413339999999997"})) == "00"
    raised = await issuer.fetch("select amount from report.exception where kind = 'advice_for_unknown_card'")
    assert [row["amount"] for row in raised] == [5_00]
