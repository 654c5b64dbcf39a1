"""Keeps one connection to a network open: connect, serve until it closes, pause (backoff), connect again."""

import asyncio
import os
import random
import ssl
from dataclasses import dataclass
from datetime import datetime

import structlog

from switch.backoff import Backoff
from switch.connection import Connection, Host
from switch.link import LinkState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Dialed:
    """Where the network listens, and under which name it is known in TLS."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    server_name: str | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class FirstFailure:
    """Why there is no connection, and since when for this reason."""

    why: str
    since: datetime


async def keep_connected(link: Host, target: Dialed, stop: asyncio.Event) -> None:
    """Until stop is set. A connection that was of use, signed on or long-lived, makes the next pause a short one."""
    profile, loop = link.profile, asyncio.get_running_loop()
    backoff = Backoff(profile.reconnect_first_seconds, profile.reconnect_most_seconds)
    failures = 0
    while not stop.is_set():
        link.meter.link_state(link.link_name, LinkState.CONNECTING, 1)
        try:
            connection = await _connected(link, target, stop)
        finally:
            link.meter.link_state(link.link_name, LinkState.CONNECTING, -1)
        opened_at, was_of_use = loop.time(), False
        if connection is not None:
            await connection.closed.wait()
            was_of_use = connection.link.is_signed_on or loop.time() - opened_at > profile.reconnect_most_seconds
        failures = 1 if was_of_use else failures + 1
        await _pause(backoff.pause(failures, random.random()), stop)  # noqa: S311 - spreads load, guards nothing


async def _connected(link: Host, target: Dialed, stop: asyncio.Event) -> Connection | None:
    """One attempt. None where it failed, or where service ends meanwhile."""
    loop = asyncio.get_running_loop()
    opening = loop.create_task(
        loop.create_connection(
            lambda: Connection(link, is_dialing=True),
            target.host,
            target.port,
            ssl=target.tls,
            server_hostname=target.server_name,
        )
    )
    stopping = loop.create_task(stop.wait())
    try:
        await asyncio.wait({opening, stopping}, timeout=link.profile.connect_seconds, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            return opening.result()[1]
        reason = "no answer in time"
    except (OSError, ValueError) as error:  # of TLS too (a certificate that is not trusted), and names that are none
        reason = getattr(error, "reason", None) or _in_words(error)
    finally:
        opening.cancel()
        stopping.cancel()
        await asyncio.wait({opening, stopping})
    link.dial_failed(reason)
    log.warning("connect_failed", link=link.link_name, target=str(target), why=reason)
    return None


def _in_words(error: OSError | ValueError) -> str:
    """The system's own words: event loops put their own, and the address again, in their place."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else getattr(error, "strerror", None) or type(error).__name__


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
