import random
from datetime import datetime

import pytest

from simulator.cards import Card
from simulator.day import DayPlan, plan_day
from simulator.desk import Desk
from simulator.expectation import Expectation
from simulator.malformed import DAMAGES, Damage, bad_element, oversized, unreadable
from simulator.messages import Amounts, network_management, reply_mti
from simulator.script import Aftermath, Kind, Step
from switch.framing import FrameReader, Framing
from switch.iso8583 import Codec, Malformed, Message

CODEC = Codec("cp037")


@pytest.fixture
def echo(desk: Desk) -> Step:
    return Step(Kind.ECHO_TEST, network_management(desk.header(), "270"), Expectation("0810", "00", "echo"))


@pytest.fixture
def purchase(desk: Desk, card: Card) -> Message:
    return desk.purchase(card, Amounts(1_000, "978"))


def payload_of(frame: bytes) -> bytes:
    (payload,) = FrameReader(Framing()).feed(frame)
    return payload


@pytest.mark.parametrize(("mti", "damage"), DAMAGES)
def test_a_bad_element_is_bad_and_the_header_stays_readable(
    desk: Desk, purchase: Message, echo: Step, mti: str, damage: Damage
) -> None:
    message = desk.written_reversal(purchase) if mti == "0400" else purchase
    probe = bad_element(message, damage, CODEC, Framing(), echo)
    decoded = CODEC.decode(payload_of(probe.frame))
    assert isinstance(decoded, Malformed)
    assert decoded.element == damage.element
    assert decoded.mti == message.mti
    assert probe.expected is not None
    assert probe.expected.mti == reply_mti(message.mti)
    assert probe.expected.elements[11] == message.text(11)


def test_unreadable_frames_have_no_header_to_answer(purchase: Message, echo: Step) -> None:
    for seed in range(8):
        probe = unreadable(random.Random(seed), purchase, CODEC, Framing(), echo)
        decoded = CODEC.decode(payload_of(probe.frame))
        assert isinstance(decoded, Malformed)
        assert 11 not in decoded.elements or decoded.mti is None


def test_an_oversized_frame_loses_the_framing(echo: Step) -> None:
    reader = FrameReader(Framing())
    assert reader.feed(oversized(echo, Framing()).frame) == []
    assert reader.lost is not None


def test_a_day_has_all_three_kinds(card: Card, starts_at: datetime) -> None:
    day = plan_day([card], DayPlan(1, starts_at, messages=10))
    assert {probe.aftermath for probe in day.probes} == set(Aftermath)
