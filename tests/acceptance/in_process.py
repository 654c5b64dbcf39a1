"""A whole switch in this process, in a thread with an event loop of its own, so that a test can break it in one place."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from acceptance.issuer import EBCDIC, PATIENCE_SECONDS, Issuer

from cardline import settings
from cardline.metrics import Metrics
from cardline.system import System
from simulator.client import Target


@contextmanager
def served(issuer: Issuer) -> Iterator[Target]:
    """`issuer` has stores and settings and no processes; its EBCDIC link is served here."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="switch")
    thread.start()
    try:
        system = asyncio.run_coroutine_threadsafe(_started(issuer), loop).result(PATIENCE_SECONDS)
        server = system.servers[list(system.settings.links).index(EBCDIC)]
        yield Target(*server.address)
        asyncio.run_coroutine_threadsafe(system.stop(), loop).result(PATIENCE_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()


async def _started(issuer: Issuer) -> System:
    system = System(settings.load(issuer.config, allow_test_keys=True), Metrics())
    await system.start({})
    return system
