"""G2 for PINs: nobody gets a try more by asking two processes at once, or by giving the cache an old memory."""

from typing import Any

import pytest
import redis
from acceptance.issuer import HeldCard, Issuer, eventually
from acceptance.network import ask_all, code, connection, purchase
from evidence import other, pin_block

from authorizer.scripts import account_key
from switch.iso8583 import Message

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


def with_pin(held: HeldCard, pin: str) -> Message:
    return purchase(held, 1_00, elements={52: pin_block(pin, held.card.pan), 53: "9701100001000000"})


async def test_of_many_guesses_on_two_processes_at_once_three_are_looked_at(make_issuer: Any) -> None:
    issuer: Issuer = make_issuer(switches=2)
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switches[0]) as one, connection(issuer.switches[1]) as two:
        guesses = [with_pin(held, other(held.card.pin)) for _ in range(40)]
        answers = [answer.text(39) for answer in await ask_all([one, two], guesses)]
        assert (answers.count("55"), answers.count("75")) == (3, 37)
        assert [await code(network, with_pin(held, held.card.pin)) for network in (one, two)] == ["75", "75"]
    assert (await issuer.account(held))["holds"] == 0
    assert await issuer.findings() == []


async def test_used_up_tries_bind_at_once_whatever_the_cache_remembers(make_issuer: Any) -> None:
    issuer: Issuer = make_issuer()
    held = await issuer.card(balance_minor=100_00)
    with redis.Redis.from_url(issuer.redis_url) as cache:
        async with connection(issuer.switch) as network:
            assert await code(network, with_pin(held, held.card.pin)) == "00"
            await eventually("Redis knows", lambda: cache.hget(account_key(held.account_id), "a") == b"9900")
            remembered = {name: cache.dump(name) for name in cache.keys("*")}
            for expected in ("55", "55", "55"):
                assert await code(network, with_pin(held, other(held.card.pin))) == expected
            for name, value in remembered.items():
                cache.restore(name, 0, value, replace=True)
            assert await code(network, with_pin(held, held.card.pin)) == "75"
            cache.flushall()
            assert await code(network, with_pin(held, held.card.pin)) == "75"
            issuer.switch.kill()
            issuer.switch.start()
        async with connection(issuer.switch) as network:
            assert await code(network, with_pin(held, held.card.pin)) == "75"
    assert (await issuer.account(held))["holds"] == 1_00
