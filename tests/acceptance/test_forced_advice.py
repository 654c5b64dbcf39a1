"""An advice far beyond the balance stands, and hurts nobody else: G2 with its one exception, on record."""

import asyncio
from collections import Counter

from acceptance.issuer import Issuer
from acceptance.network import advice, ask_all, code, connection, connections, purchase, reversal


async def test_an_advice_beyond_the_balance_stands_and_releases_and_spends_go_on(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=50_00)
    spent, stood_in, another = purchase(held, 40_00), advice(held, 900_00), purchase(held, 1_00)
    async with connection(issuer.switch) as link:
        assert await code(link, spent) == "00"
        assert await code(link, stood_in) == "00"
        assert (await issuer.account(held))["available"] == 50_00 - 40_00 - 900_00
        assert await code(link, another) == "51"
        assert await code(link, reversal(spent)) == "00"
        assert await issuer.account(held) == {"posted": 50_00, "holds": 900_00, "available": -850_00}
        assert await code(link, purchase(held, 1_00)) == "51"
        assert await code(link, reversal(stood_in, mti="0420", left=20_00)) == "00"
        assert await issuer.account(held) == {"posted": 50_00, "holds": 20_00, "available": 30_00}
        assert [await code(link, purchase(held, 30_01)), await code(link, purchase(held, 30_00))] == ["51", "00"]
    assert await issuer.findings() == []


async def test_everybody_else_in_the_same_batches_is_served(issuer: Issuer) -> None:
    held, *others = await issuer.cards(21, balance_minor=50_00)
    on_the_account = [advice(held, 900_00), *(purchase(held, 1_00) for _ in range(60))]
    elsewhere = [purchase(other, 10_00) for other in others for _ in range(6)]
    async with connections(issuer.switch, 8) as opened:
        mine, theirs = await asyncio.gather(ask_all(opened, on_the_account), ask_all(opened, elsewhere))
        released = reversal(on_the_account[0])
        again = await ask_all(opened, [released, *(purchase(held, 1_00) for _ in range(60))])
    assert mine[0].text(39) == again[0].text(39) == "00"
    assert Counter(answer.text(39) for answer in theirs) == {"00": 100, "51": 20}
    approved = sum(answer.text(39) == "00" for answer in mine[1:] + again[1:])
    assert approved <= 50
    assert await issuer.account(held) == {"posted": 50_00, "holds": approved * 100, "available": 50_00 - approved * 100}
    assert {(await issuer.account(other))["available"] for other in others} == {0}
    assert await issuer.findings() == []
