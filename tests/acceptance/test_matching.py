"""How messages of one payment find each other (contract, the wire): advices and ours, reversals and originals, increments."""

import itertools

import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import advice, ask, code, connection, purchase, reversal

from simulator import messages
from simulator.messages import altered, trace_id
from simulator.private_data import build_private_data
from switch.iso8583 import Message

PREAUTHORIZED = "0000004000800276"


def stand_in_of(request: Message, held: HeldCard, *, by_network_data: bool) -> tuple[Message, Message]:
    """Our request and the network's advice of the same payment, tied by DE 63 and 15, else by DE 4, 32 and 37."""
    stood_in = altered(advice(held, int(request.text(4))), {37: request.text(37)})
    if by_network_data:
        return request, altered(stood_in, {63: request.text(63), 15: request.text(15), 37: "999999999999"})
    return altered(request, {63: None, 15: None}), altered(stood_in, {63: None, 15: None})


@pytest.mark.parametrize("by_network_data", [True, False], ids=["by DE 63 and 15", "by DE 4, 32 and 37"])
@pytest.mark.parametrize("advice_first", [False, True], ids=["ours first", "advice first"])
async def test_an_advice_replaces_what_we_decided_ourselves(issuer: Issuer, by_network_data: bool, advice_first: bool) -> None:
    held = await issuer.card(balance_minor=100_00)
    pair = stand_in_of(purchase(held, 30_00), held, by_network_data=by_network_data)
    async with connection(issuer.switch) as link:
        for message in reversed(pair) if advice_first else pair:
            assert await code(link, message) == "00"
    assert await issuer.account(held) == {"posted": 100_00, "holds": 30_00, "available": 70_00}
    by_class = {row["mti"]: row["held"] for row in await issuer.authorizations(held)}
    assert by_class == {"0100": 0, "0120": 30_00}


@pytest.mark.parametrize("advice_first", [False, True], ids=["ours first", "advice first"])
async def test_a_smaller_advice_replaces_what_we_decided_too_and_is_reversed_with_it(issuer: Issuer, advice_first: bool) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 30_00)
    stood_in = altered(advice(held, 20_00), {63: request.text(63), 15: request.text(15)})
    async with connection(issuer.switch) as link:
        for message in (stood_in, request) if advice_first else (request, stood_in):
            assert await code(link, message) == "00"
        assert (await issuer.account(held))["holds"] == 20_00
        assert await code(link, reversal(request, left=5_00)) == "00"
    assert (await issuer.account(held))["holds"] == 5_00
    assert await issuer.findings() == []


@pytest.mark.parametrize("declined", ["05", "51", "91"])
async def test_an_advice_of_a_decline_is_recorded_and_holds_nothing(issuer: Issuer, declined: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        assert await code(link, altered(advice(held, 30_00), {39: declined, 38: None})) == "00"
    assert (await issuer.account(held))["holds"] == 0
    assert [row["response_code"] for row in await issuer.authorizations(held)] == [declined]


def named_by(original: Message, reference: str, approval_code: str) -> Message:
    """A reversal with one way only to find its original."""
    whole = reversal(original)
    without_trace = {48: build_private_data("R", {}, "cp037")}
    match reference:
        case "DE 90":
            return altered(whole, without_trace | {37: None, 38: None})
        case "DE 48.63":
            return altered(whole, {90: None, 37: None, 38: None})
        case _:
            return altered(whole, without_trace | {90: None, 38: approval_code})


@pytest.mark.parametrize("reference", ["DE 90", "DE 48.63", "DE 37 and 38"])
async def test_a_reversal_finds_its_original(issuer: Issuer, reference: str) -> None:
    held = await issuer.card(balance_minor=100_00)
    other, original = purchase(held, 20_00), purchase(held, 30_00)
    async with connection(issuer.switch) as link:
        assert await code(link, other) == "00"
        approved = await ask(link, original)
        assert await code(link, named_by(original, reference, approved.text(38))) == "00"
    held_by = {row["stan"]: row["held"] for row in await issuer.authorizations(held)}
    assert held_by == {other.text(11): 20_00, original.text(11): 0}


async def test_an_increment_adds_to_the_hold_and_a_reversal_ends_it_alone(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    first = purchase(held, 30_00, elements={61: PREAUTHORIZED})
    more = purchase(held, 20_00, elements={61: PREAUTHORIZED}, subelements={"63": trace_id(first)})
    async with connection(issuer.switch) as link:
        assert [await code(link, message) for message in (first, more)] == ["00", "00"]
        opened, added = await issuer.authorizations(held)
        assert (opened["authorized"], opened["incremented"], opened["held"]) == (30_00, 20_00, 50_00)
        assert added["chain_id"] == opened["authorization_id"]
        assert await code(link, reversal(more)) == "00"
        assert (await issuer.account(held))["holds"] == 30_00
    assert await issuer.findings() == []


async def test_an_increment_that_overtakes_its_first_is_joined_by_it(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    first = purchase(held, 30_00, elements={61: PREAUTHORIZED})
    more = purchase(held, 20_00, elements={61: PREAUTHORIZED}, subelements={"63": trace_id(first)})
    async with connection(issuer.switch) as link:
        assert [await code(link, message) for message in (more, first)] == ["00", "00"]
        assert len({row["chain_id"] for row in await issuer.authorizations(held)}) == 1
        assert await code(link, reversal(first)) == "00"
        assert (await issuer.account(held))["holds"] == 20_00
    assert await issuer.findings() == []


@pytest.mark.parametrize("overtakes", [False, True], ids=["after the first", "before the first"])
async def test_the_advice_of_an_increment_joins_its_first_and_stands_in_the_place_of_ours(
    issuer: Issuer, overtakes: bool
) -> None:
    held = await issuer.card(balance_minor=100_00)
    first = purchase(held, 90_00, elements={61: PREAUTHORIZED})
    named = {48: build_private_data("R", {"63": trace_id(first)}, "cp037"), 61: PREAUTHORIZED}
    ours = altered(purchase(held, 5_00), named)
    replacing = altered(advice(held, 8_00), named | {63: ours.text(63), 15: ours.text(15)})
    beyond = altered(advice(held, 20_00), named)
    async with connection(issuer.switch) as link:
        for message in (replacing, first, ours, beyond) if overtakes else (first, ours, replacing, beyond):
            assert await code(link, message) == "00"
        rows = await issuer.authorizations(held)
        assert sorted(row["held"] for row in rows) == [0, 0, 0, 118_00]
        assert (await issuer.account(held))["holds"] == 118_00
        for message in (replacing, beyond):
            assert await code(link, reversal(message, mti="0420")) == "00"
    assert (await issuer.account(held))["holds"] == 90_00
    assert await issuer.findings() == []


async def test_every_order_of_one_life_cycle_ends_alike(issuer: Issuer) -> None:
    """Authorization, two partial reversals, repeats (G5)."""
    ends = set()
    async with connection(issuer.switch) as link:
        for order in itertools.permutations(range(4)):
            held = await issuer.card(balance_minor=100_00)
            original = purchase(held, 30_00)
            story = (original, reversal(original, left=20_00), reversal(original, left=10_00), messages.repeated(original))
            for step in order:
                assert await code(link, story[step]) == "00"
            ends.add(tuple((await issuer.account(held)).items()))
    assert ends == {(("posted", 100_00), ("holds", 10_00), ("available", 90_00))}
    assert await issuer.findings() == []
