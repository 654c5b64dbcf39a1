"""Both event loops that the switch may run on."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop
from loopback import Play


@pytest.fixture(params=["uvloop", "asyncio"])
def play(request: pytest.FixtureRequest) -> Play:
    """Runs a test's story on each event loop, and never for ever."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def run(story: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(asyncio.wait_for(story, 10))

    return run
