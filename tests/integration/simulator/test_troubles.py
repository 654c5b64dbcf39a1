"""Trouble played with stub issuers: a good one is told from one that forgets, and from one that is not there."""

from collections.abc import Awaitable, Callable

from simulator.cards import Card, Condition
from simulator.client import Target
from simulator.messages import reply_mti
from simulator.troubles import EPISODES, balances_afterwards, chosen, play_troubles
from switch.iso8583 import Malformed, Message

Start = Callable[[Callable[[Message | Malformed], Message | None]], Awaitable[Target]]
CARDS = [Card(f"541333000000{number:04d}", "2912", "123", "1234", "978", 100_000) for number in range(len(EPISODES))]
ECHOED = (2, 7, 11, 15, 32, 33, 63, 70)
HOLDS = [11_00, 30_00, 0, 25_00, 14_00, 15_00]


def approve(message: Message | Malformed) -> Message | None:
    if message.mti in {"0190", "0820", None}:
        return None
    echoed = {number: message.elements[number] for number in ECHOED if number in message.elements}
    return Message(reply_mti(message.mti or ""), echoed | {39: "00"})


async def test_an_issuer_that_does_its_part_goes_through_every_episode(stub_issuer: Start) -> None:
    episodes = await play_troubles(CARDS, await stub_issuer(approve), seed=1)
    assert [(episode.failed, episode.holds_minor) for episode in episodes] == [("", held) for held in HOLDS]
    assert [balance.holds_minor for balance in balances_afterwards(CARDS, episodes).values()] == HOLDS


async def test_an_issuer_that_takes_no_advices_is_caught(stub_issuer: Start) -> None:
    target = await stub_issuer(lambda message: None if message.mti in {"0120", "0121"} else approve(message))
    episodes = await play_troubles(CARDS[:2], target, seed=1, patience_seconds=0.2)
    assert [episode.failed for episode in episodes] == ["", "not within 0.2 s: advice answered"]
    assert len(balances_afterwards(CARDS, episodes)) == 1


async def test_an_issuer_that_is_not_there_fails_every_episode_in_a_bounded_time(unused_tcp_port: int) -> None:
    episodes = await play_troubles(CARDS[:1], Target("127.0.0.1", unused_tcp_port), seed=1, patience_seconds=0.2)
    assert [episode.failed for episode in episodes] == ["not within 0.2 s: signed on"]


def test_only_cards_with_money_in_euro_are_chosen() -> None:
    poor = Card("5413330000009999", "2912", "123", "1234", "978", 500)
    blocked = Card("5413330000009998", "2912", "123", "1234", "978", 100_000, 0, Condition.BLOCKED)
    assert chosen([poor, blocked, *CARDS, CARDS[0]]) == CARDS
