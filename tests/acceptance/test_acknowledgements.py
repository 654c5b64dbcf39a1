"""0180 and 0190: what the network made of our answer, and whose result counts in the end (G9)."""

from acceptance.issuer import HeldCard, Issuer, eventually
from acceptance.network import advice, ask, code, connection, payload, purchase

from simulator.client import NetworkConnection
from simulator.messages import altered, repeated
from switch.iso8583 import Message

KEY = (2, 3, 4, 7, 11, 32, 33, 37, 39, 49, 63)


def acknowledgement(answered: Message, mti: str) -> Message:
    return Message(mti, {number: answered.elements[number] for number in KEY if number in answered.elements})


async def say(issuer: Issuer, link: NetworkConnection, message: Message) -> None:
    """Sends what is not answered, and waits until the switch has read and ended it."""
    before = issuer.switch.metric("cardline_messages_total", mti=message.mti, direction="in")
    sent = payload(message)
    await link.send_frame(len(sent).to_bytes(2) + sent)
    await eventually(
        f"the {message.mti} was read",
        lambda: issuer.switch.metric("cardline_messages_total", mti=message.mti, direction="in") == before + 1,
    )
    await eventually("nothing is in flight", lambda: issuer.switch.metric("cardline_inflight") == 0)


async def approved(link: NetworkConnection, held: HeldCard) -> tuple[Message, Message]:
    request = purchase(held, 30_00)
    answered = await ask(link, request)
    assert answered.text(39) == "00"
    return request, answered


async def test_an_answer_that_was_not_accepted_is_undone_once_and_the_networks_own_result_counts(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        request, answered = await approved(link, held)
        for _ in range(2):
            await say(issuer, link, acknowledgement(answered, "0190"))
            assert await issuer.account(held) == {"posted": 100_00, "holds": 0, "available": 100_00}
        stood_in = altered(advice(held, 30_00), {63: request.text(63), 15: request.text(15)})
        assert await code(link, stood_in) == "00"
        assert (await issuer.account(held))["holds"] == 30_00
        assert await code(link, repeated(request)) == "91"
        assert (await issuer.account(held))["holds"] == 30_00
    assert await issuer.findings() == []


async def test_it_is_matched_by_the_whole_key_and_never_by_the_stan_alone(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        _, answered = await approved(link, held)
        for changed in ({7: "0101000000"}, {32: "999999"}, {33: None}):
            await say(issuer, link, altered(acknowledgement(answered, "0190"), changed))  # type: ignore[arg-type]
            assert (await issuer.account(held))["holds"] == 30_00


async def test_an_answer_that_was_delivered_changes_nothing(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as link:
        _, answered = await approved(link, held)
        await say(issuer, link, acknowledgement(answered, "0180"))
    assert (await issuer.account(held))["holds"] == 30_00
