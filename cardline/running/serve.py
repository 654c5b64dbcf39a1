"""One production switch process: start the system, answer until SIGTERM, drain, leave."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Mapping

import structlog
import uvloop

from cardline import logs
from cardline.errors import ConfigurationError
from cardline.metrics import Metrics
from cardline.release import release
from cardline.running import readiness
from cardline.running.heartbeat import Heartbeat
from cardline.running.listening import METRICS, address_of
from cardline.running.ops_http import OpsServer
from cardline.setting_sources import stray_variables
from cardline.settings import Settings
from cardline.system import System
from cardline.token_key import prove_token_key
from ledger.errors import SchemaError, Unavailable

log = structlog.get_logger("cardline.serve")

GC_THRESHOLD = 50_000
"""New containers between two looks of the cyclic collector: about every 500 payments instead of every seven. A look at
everything takes tens of milliseconds, a tail latency of its own, and finds nothing: it is all but turned off."""
PATIENCE_SECONDS = 5.0
"""Postgres may be restarting beside us, and a predecessor's stream may not be free yet; a wrong DSN stays wrong."""


def run(settings: Settings, sockets: Mapping[str, socket.socket], metrics: Metrics) -> int:
    """Returns 0 after an orderly drain. Raises ConfigurationError where it cannot begin."""
    writer = logs.configure(metrics.lost_log_lines.inc)
    metrics.queue("log", writer.waiting)
    metrics.build.labels(release()).set(1)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_serve(settings, metrics, sockets))
    finally:
        writer.close()


async def _serve(settings: Settings, metrics: Metrics, sockets: Mapping[str, socket.socket]) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for variable in stray_variables(Settings, os.environ):
        log.warning("no_setting", variable=variable)
    told = str(address_of(sockets[METRICS]))  # where it really is, also with port 0
    system = System(settings.model_copy(update={"metrics_listen": told}), metrics)
    heart = Heartbeat()
    heart.start(asyncio.get_running_loop())
    metrics.watch_loop(heart.age_seconds)
    ops = OpsServer(sockets[METRICS], metrics.registry, lambda: _readiness(system, heart), heart.troubles)
    ops.start()
    try:
        await _start(system, {name: sock for name, sock in sockets.items() if name != METRICS})
        _spare_the_collector()
        readiness.announce()
        log.info("ready", stream=system.journal.stream, metrics=told)
        await stop.wait()
        log.info("stopping")
    finally:
        await system.stop()
        await asyncio.to_thread(ops.close)
    return 0


def _spare_the_collector() -> None:
    """What is here now stays; payments make no cycles worth looking for after every few hundred objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 50, 1000)


def _readiness(system: System, heart: Heartbeat) -> tuple[bool, list[str]]:
    reasons = [*heart.troubles(), *system.not_ready()]
    return not reasons, reasons or [f"warning: {line}" for line in system.seen_to()]


async def _start(system: System, sockets: Mapping[str, socket.socket]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            await prove_token_key(system.settings)
            return await system.start(sockets)
        except SchemaError as error:
            raise ConfigurationError(f"postgres_dsn: {error}") from error
        except Unavailable as error:
            if asyncio.get_running_loop().time() >= deadline:
                raise ConfigurationError(f"postgres_dsn: {error}") from error
            await asyncio.sleep(0.1)
