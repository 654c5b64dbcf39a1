"""A poster beside a switch goes by the switch's own answer times, over a real socket."""

import socket
import time
from collections.abc import Iterator

import pytest

from cardline.metrics import Metrics
from cardline.running.ops_http import OpsServer
from cardline.settling.pacer import BESIDE_PAYMENTS, Pacer
from clearing.desk import Progress
from clearing.posting import CHUNK


class Seen:
    """Somebody who looks at the progress."""

    so_far = 0

    def done(self, so_far: int) -> None:
        self.so_far = so_far


class Switch:
    """Its metrics page; how it answers is up to the test."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*listening.getsockname())
        self.server = OpsServer(listening, self.metrics.registry, lambda: (True, []))

    def answers(self, count: int, seconds: float) -> None:
        for _ in range(count):
            self.metrics.authorization("approved", "approved", seconds)


@pytest.fixture
def switch() -> Iterator[Switch]:
    switch = Switch()
    switch.server.start()
    yield switch
    switch.server.close()


async def _seconds_of_breath(pacer: Pacer) -> float:
    began = time.perf_counter()
    await pacer.breathe()
    return time.perf_counter() - began


async def test_without_a_switch_a_poster_takes_whole_chunks_and_never_rests() -> None:
    pacer = Pacer("127.0.0.1:1", seen := Seen())
    assert pacer.size == CHUNK
    assert await _seconds_of_breath(pacer) < 0.05
    await pacer.after(Progress(7, 9))
    assert seen.so_far == 7


async def test_slow_answers_make_a_poster_rest_several_times_as_long_as_it_works(
    switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cardline.settling.pacer.LOOK_SECONDS", 1e9)
    pacer = Pacer(switch.address, Seen())
    switch.answers(100, 0.2)
    await pacer.look()
    assert pacer.size == BESIDE_PAYMENTS
    await pacer.breathe()  # its work counts from here
    began = time.perf_counter()
    while time.perf_counter() - began < 0.01:
        pass
    assert await _seconds_of_breath(pacer) > 0.04


async def test_a_poster_takes_whole_chunks_again_when_nobody_pays(switch: Switch) -> None:
    pacer = Pacer(switch.address, Seen())
    switch.answers(100, 0.2)
    for _ in range(5):
        await pacer.look()
    assert pacer.size == CHUNK
    assert await _seconds_of_breath(pacer) < 0.05
