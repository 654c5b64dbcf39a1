"""Sends one malformed frame over a connection and says whether the host took it as it must. I/O; judges only this."""

from simulator.client import NetworkConnection
from simulator.errors import HostSilent
from simulator.expectation import Difference, Expectation, differences
from simulator.outcome import Exchange, answered
from simulator.script import Aftermath, Probe

CLOSED, NOTHING = "closed", "nothing"


async def probed(probe: Probe, link: NetworkConnection, timeout_seconds: float) -> Exchange:
    """The exchange; bounded by `timeout_seconds`. That silence was kept shows in the echo that follows."""
    if probe.expected is not None:
        return await _probed_for_reply(probe, probe.expected, link, timeout_seconds)
    got = CLOSED if await _is_refused(probe, link) else NOTHING
    wanted = NOTHING
    if probe.aftermath is Aftermath.CLOSED:
        wanted = CLOSED
        got = CLOSED if got == CLOSED or await link.is_closed_within(timeout_seconds) else NOTHING
    found = () if got == wanted else (Difference("afterwards", wanted, got),)
    return Exchange(probe.kind, probe.sent, wanted, probe.aftermath.value, got, found)


async def _probed_for_reply(probe: Probe, expected: Expectation, link: NetworkConnection, timeout_seconds: float) -> Exchange:
    sent_at, stan, acquirer, forwarder = (expected.elements.get(number, "") for number in (7, 11, 32, 33))
    key = (expected.mti, sent_at, stan, acquirer, forwarder)
    try:
        reply = await link.exchange_frame(probe.frame, key, timeout_seconds)
    except HostSilent:
        return answered(probe.kind, probe.sent, expected, "connection closed")
    if reply is None:
        return answered(probe.kind, probe.sent, expected, "no reply")
    found = differences(expected, reply.message, None, link.character_set)
    return answered(probe.kind, probe.sent, expected, reply.message, found, reply.latency_seconds)


async def _is_refused(probe: Probe, link: NetworkConnection) -> bool:
    try:
        await link.send_frame(probe.frame)
    except HostSilent:
        return True
    return False
