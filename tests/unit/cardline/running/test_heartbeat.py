import asyncio
import time

import pytest

from cardline.running import heartbeat
from cardline.running.heartbeat import HUNG_SECONDS, Heartbeat


def test_a_heart_that_has_just_beaten_is_well() -> None:
    assert Heartbeat().troubles() == []


def test_a_heart_that_has_stopped_says_for_how_long() -> None:
    now = [0.0]
    heart = Heartbeat(lambda: now[0])
    now[0] = HUNG_SECONDS + 2
    assert heart.troubles() == ["event loop: has not turned for 12 s"]


def test_it_stops_while_the_loop_hangs_and_beats_when_it_turns_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.01)
    heart = Heartbeat()

    async def story() -> None:
        heart.start(asyncio.get_running_loop())
        time.sleep(0.05)  # noqa: ASYNC251 - the fault itself
        hung = heart.age_seconds()
        assert hung >= 0.05
        while heart.age_seconds() >= hung:
            await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(story(), 10))
