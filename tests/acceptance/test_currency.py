"""Payments that the network bills in another currency than the account's: converted at configured rates, or declined."""

from dataclasses import replace

import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import ask, code, connection, purchase, reversal

from simulator.messages import Amounts, altered, trace_id
from switch.iso8583 import Message

ISSUER = {
    "tables": """
[rates]
markup_percent = "1.50"
[rates.pairs]
"USD/EUR" = "0.9217"
"JPY/EUR" = "0.006159"
"KWD/EUR" = "2.9954"
"EUR/JPY" = "161.2"
"""
}
PREAUTHORIZED = "0000004000800276"
EUR, USD, JPY, KWD, GBP = "978", "840", "392", "414", "826"


def billed(held: HeldCard, minor: int, currency: str, **given: object) -> Message:
    return purchase(held, amounts=Amounts(minor, currency), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minor", "currency", "held_minor"),
    [(100_00, USD, 93_55), (10_000, JPY, 62_51), (10_000, KWD, 30_40), (1, JPY, 1)],
    ids=["two decimals", "none", "three", "the smallest"],
)
async def test_what_is_billed_abroad_is_held_in_the_accounts_currency(
    issuer: Issuer, minor: int, currency: str, held_minor: int
) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, billed(held, minor, currency))
    assert (answered.text(39), answered.text(4), answered.text(49)) == ("00", f"{minor:012d}", currency)
    assert await issuer.account(held) == {"posted": 100_00, "holds": held_minor, "available": 100_00 - held_minor}
    (row,) = await issuer.authorizations(held)
    assert (row["amount"], row["asset"]) == (held_minor, "EUR")
    assert await issuer.findings() == []


async def test_an_account_without_decimals_is_billed_in_whole_units(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_000, currency="JPY")
    async with connection(issuer.switch) as link:
        assert await code(link, billed(held, 100_00, EUR)) == "00"
    assert (await issuer.account(held))["holds"] == 16_362


async def test_where_there_is_no_rate_it_is_declined(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, billed(held, 10_00, GBP)) == "57"
    assert (await issuer.account(held))["holds"] == 0


async def test_what_moves_no_money_needs_no_rate(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    first = purchase(held, 30_00, elements={61: PREAUTHORIZED})
    extends = {"elements": {61: PREAUTHORIZED}, "subelements": {"63": trace_id(first)}}
    async with connection(issuer.switch) as link:
        assert await code(link, billed(held, 0, GBP, elements={61: "0000008000800276"})) == "85"
        balance = await ask(link, billed(held, 0, GBP, elements={3: "300000"}))
        assert (balance.text(39), balance.text(54)) == ("00", "0002978C000000010000")
        assert await code(link, billed(held, 5_00, GBP, elements={3: "200000"})) == "00"
        assert await code(link, replace(billed(held, 5_00, GBP, elements={3: "200000"}), mti="0200")) == "57"
        assert [await code(link, message) for message in (first, billed(held, 0, GBP, **extends))] == ["00", "00"]
    assert await issuer.account(held) == {"posted": 100_00, "holds": 30_00, "available": 70_00}
    assert await issuer.findings() == []


async def test_a_billing_amount_of_the_network_counts_and_is_echoed(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, purchase(held, amounts=Amounts(100_00, USD, 92_17, EUR, "70921700")))
    assert (answered.text(39), answered.text(6), answered.text(51)) == ("00", "000000009217", EUR)
    assert (await issuer.account(held))["holds"] == 92_17


async def test_a_partial_approval_is_told_in_the_currency_that_was_billed(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=50_00)
    async with connection(issuer.switch) as link:
        answered = await ask(link, billed(held, 100_00, USD, subelements={"61": "10000"}))
    assert (answered.text(39), answered.text(4), answered.text(54)) == ("10", "000000005344", "0057840C000000010000")
    assert (await issuer.account(held))["holds"] == 50_00


async def test_a_partial_reversal_leaves_what_it_says_at_the_same_rate(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = billed(held, 100_00, USD)
    async with connection(issuer.switch) as link:
        assert [await code(link, request), await code(link, reversal(request, left=50_00))] == ["00", "00"]
        assert (await issuer.account(held))["holds"] == 46_78
        assert await code(link, reversal(request)) == "00"
    assert (await issuer.account(held))["holds"] == 0
    assert await issuer.findings() == []


async def test_a_partial_reversal_of_a_converted_credit_leaves_its_part_of_what_was_credited(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    refund = replace(billed(held, 10_00, USD, elements={3: "200000"}), mti="0200")
    async with connection(issuer.switch) as link:
        assert await code(link, refund) == "00"
        assert (await issuer.account(held))["posted"] == 109_22
        assert await code(link, reversal(refund, mti="0420", left=5_00)) == "00"
    assert (await issuer.account(held))["posted"] == 104_61
    assert await issuer.findings() == []


@pytest.mark.parametrize("reversal_first", [False, True], ids=["tidy", "reversal first"])
async def test_a_partial_reversal_without_the_billing_that_its_payment_had_leaves_the_same_part(
    issuer: Issuer, reversal_first: bool
) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, amounts=Amounts(10_00, GBP, 12_00, EUR, "71200000"))
    unbilled = altered(reversal(request, left=5_00), {6: None, 10: None, 51: None})
    async with connection(issuer.switch) as link:
        for message in (unbilled, request) if reversal_first else (request, unbilled):
            assert await code(link, message) == "00"
    assert (await issuer.account(held))["holds"] == 6_00
    assert await issuer.findings() == []
