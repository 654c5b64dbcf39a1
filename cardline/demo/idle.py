"""How long one payment takes when it is alone: balance inquiries of one card, one after the other, when the day is over."""

from datetime import UTC, datetime

from simulator.cards import Card
from simulator.client import NetworkConnection, Target, connected
from simulator.errors import SimulatorError
from simulator.messages import Amounts, Header, Merchant, authorization

INQUIRIES = 50
"""A second or less; they move no money, so the day's balances stay as predicted."""
_SECONDS = 8.0
_INQUIRY = "300000"
_BANK = Merchant("6011", "EXAMPLE00000001", "Example cash machine", "Berlin", "DEU", "276", "Z", "TERM0001")
_ACQUIRER = "200099"
"""One that the day has not: so no key of the day is met again."""


async def lone_latencies(target: Target, card: Card) -> list[float]:
    """Seconds of each reply; what got none is left out, and nothing comes where the host is gone."""
    try:
        link = await connected(target, _SECONDS)
    except SimulatorError:
        return []
    try:
        return [seconds for number in range(INQUIRIES) if (seconds := await _asked(link, card, number)) is not None]
    except SimulatorError:
        return []
    finally:
        await link.close()


async def _asked(link: NetworkConnection, card: Card, number: int) -> float | None:
    header = Header(datetime.now(UTC), f"{number + 1:06d}", _ACQUIRER, None, None, f"MCC{number:06d}")
    request = authorization(
        header, card, Amounts(0, card.currency), _BANK, character_set=link.character_set, processing_code=_INQUIRY
    )
    reply = await link.exchange(request, _SECONDS)
    return None if reply is None else reply.latency_seconds
