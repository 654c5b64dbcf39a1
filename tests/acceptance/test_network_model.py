"""The simulated network with its memory against a real switch: stand-in, late replies, stored advices, and the books."""

from acceptance.issuer import PATIENCE_SECONDS, HeldCard, Issuer, eventually

from simulator.faults.chooser import Direction
from simulator.faults.plan import FaultPlan, Phase, Rules
from simulator.faults.proxy import FaultProxy
from simulator.network.clock import Clock
from simulator.network.events import Event, EventKind
from simulator.network.intents import Intent
from simulator.network.plan import NetworkPlan, StandInLimits
from simulator.network.service import Network

TORN = FaultPlan((Phase("", Rules(split=1), Rules(split=1)),))


async def signed_on(network: Network, port: int, **more: bool) -> None:
    await network.connect("127.0.0.1", port, **more)
    await happens(network, EventKind.SIGNED_ON)


async def happens(network: Network, kind: EventKind, ticket: int | None = None, since: int = 0) -> Event:
    event = await network.wait_for(kind, ticket=ticket, timeout_seconds=PATIENCE_SECONDS, since=since)
    assert event is not None, f"not in time: {kind}"
    return event


def read_by(issuer: Issuer) -> float:
    return issuer.switch.metric("cardline_messages_total", mti="0100", direction="in")


def is_idle(issuer: Issuer) -> bool:
    return issuer.switch.metric("cardline_inflight") == 0


async def answered_too_late(issuer: Issuer, held: HeldCard, plan: NetworkPlan) -> Network:
    """A payment whose 0110 is on its way when the network's time is over. What the network then sends is answered."""
    target = issuer.switch.target()
    async with FaultProxy(target.host, target.port) as proxy, Network(plan, clock=Clock(flows=False)) as network:
        await signed_on(network, await proxy.start())
        proxy.partition(Direction.TO_CLIENT)
        before = read_by(issuer)
        ticket = network.submit(Intent(held.card, 30_00))
        await eventually("the switch has answered", lambda: read_by(issuer) > before and is_idle(issuer))
        network.advance(8.0)
        assert (await happens(network, EventKind.STOOD_IN, ticket)).detail == "timed_out"
        proxy.heal()
        await happens(network, EventKind.LATE_REPLY, ticket)
        await happens(network, EventKind.DRAINED)
        return network


async def test_messages_split_at_every_byte_are_approved_all_the_same(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    target = issuer.switch.target()
    async with FaultProxy(target.host, target.port, TORN) as proxy, Network(NetworkPlan()) as network:
        await signed_on(network, await proxy.start())
        answer = await network.answer(network.submit(Intent(held.card, 30_00)), timeout_seconds=PATIENCE_SECONDS)
    assert answer is not None
    assert (answer.kind, answer.code) == (EventKind.ANSWERED, "00")
    assert (await issuer.account(held))["holds"] == 30_00


async def test_a_late_approval_and_the_stand_in_hold_the_money_once(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    await answered_too_late(issuer, held, NetworkPlan())
    assert (await issuer.account(held))["holds"] == 30_00
    assert await issuer.findings() == []


async def test_a_late_approval_that_was_refused_in_stand_in_holds_nothing(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    network = await answered_too_late(issuer, held, NetworkPlan(stand_in=StandInLimits(amount_minor=1_00)))
    await eventually("the switch has answered", lambda: is_idle(issuer))
    assert (await issuer.account(held))["holds"] == 0
    assert [event.message.mti for event in network.history if event.kind is EventKind.ADVICE_ANSWERED and event.message][
        -1
    ] == "0430"
    assert await issuer.findings() == []


async def test_what_was_approved_while_the_switch_was_away_reaches_it_when_it_is_back(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    target = issuer.switch.target()
    async with FaultProxy(target.host, target.port) as proxy, Network(NetworkPlan()) as network:
        await signed_on(network, await proxy.start(), redials=True)
        proxy.cut()
        await happens(network, EventKind.SIGNED_OFF)
        ticket = network.submit(Intent(held.card, 45_00))
        assert (await happens(network, EventKind.STOOD_IN, ticket)).detail == "signed_out"
        await happens(network, EventKind.DRAINED)
    assert (await issuer.account(held))["holds"] == 45_00
    assert await issuer.findings() == []
