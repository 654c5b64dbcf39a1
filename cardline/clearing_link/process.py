"""The process of the clearing links, as the switch sees it: started when somebody calls or a file waits to be posted.

Most of the day nobody sends a file, and then nothing runs. The sockets stay the switch's: a connection that comes while
no process is there wakes one, and waits in the backlog until it is up. One that dies is started anew, with growing pauses.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

import asyncpg
import structlog

from cardline.clearing_link.counts import begin, count_on
from cardline.clearing_link.job import Job
from cardline.errors import ConfigurationError
from cardline.metrics import Metrics
from cardline.running.listening import hand_over
from cardline.running.switch_process import ending
from cardline.settings import Settings
from clearing.intake.waiting import files_to_post
from switch.profile import LinkKind, NetworkProfile, load_profile

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
LIVELY_SECONDS = 60.0
"""A process that lived so long was no failure to start: the pauses begin anew."""
ASK_AGAIN_SECONDS = 30.0
"""Where Postgres did not say whether a file waits."""
GRACE_SECONDS = 2.0
"""Beyond the time that connections may take to drain."""

log = structlog.get_logger("cardline.clearing_link.process")


def profiles_of(settings: Settings) -> tuple[dict[str, NetworkProfile], dict[str, NetworkProfile]]:
    """Those of the links that bring payments, and of those that bring clearing files. Raises ConfigurationError."""
    profiles = {name: load_profile(link.profile) for name, link in settings.links.items()}
    clearing = {name: profile for name, profile in profiles.items() if profile.kind is LinkKind.CLEARING}
    dialing = [name for name in clearing if settings.links[name].listen is None]
    if dialing:
        raise ConfigurationError(*(f"links.{name}: a clearing link listens; it cannot connect" for name in dialing))
    return {name: profile for name, profile in profiles.items() if name not in clearing}, clearing


class ClearingProcess:
    """Run it as a task; cancelled, it stops the process in order."""

    def __init__(
        self, settings: Settings, profiles: Mapping[str, NetworkProfile], sockets: Mapping[str, socket.socket], metrics: Metrics
    ) -> None:
        self._settings, self._profiles, self._sockets, self._metrics = settings, profiles, sockets, metrics
        self._grace = settings.limits.drain_seconds + GRACE_SECONDS
        self.trouble: str | None = None
        """In words, after it has died and until it may be started again."""

    async def run(self, pool: asyncpg.Pool) -> None:
        """Until cancelled. `pool` is asked whether a file waits."""
        pause, since = FIRST_PAUSE_SECONDS, datetime.now(UTC)
        begin(self._profiles, self._metrics)
        while True:
            await self._wanted(pool, since)
            begun = time.monotonic()
            why = await self._lived(since)
            begin(self._profiles, self._metrics)
            since = datetime.now(UTC)
            self.trouble = f"the process of the clearing links ended ({why}), at {since:%H:%M:%S} UTC"
            log.error("clearing_process_ended", why=why)
            if time.monotonic() - begun > LIVELY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            self.trouble = None
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _wanted(self, pool: asyncpg.Pool, since: datetime) -> None:
        """Comes back when a file waits or somebody calls."""
        loop, called, is_known = asyncio.get_running_loop(), asyncio.Event(), False
        for sock in self._sockets.values():
            loop.add_reader(sock.fileno(), called.set)
        try:
            while not called.is_set():
                if not is_known:
                    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                        if await files_to_post(pool, since):
                            return
                        is_known = True
                with suppress(TimeoutError):
                    await asyncio.wait_for(called.wait(), None if is_known else ASK_AGAIN_SECONDS)
        finally:
            for sock in self._sockets.values():
                loop.remove_reader(sock.fileno())

    async def _lived(self, since: datetime) -> str:
        """From its start to its end, and what that was."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", f"{__package__}.worker", stdin=theirs.fileno(),
                    env={**os.environ, **hand_over(self._sockets)}, pass_fds=[sock.fileno() for sock in self._sockets.values()],
                )  # fmt: skip
            except OSError as error:
                return f"could not be started: {error.strerror}"
            theirs.close()
            log.info("clearing_process_started", pid=process.pid)
            try:
                ours.setblocking(False)
                with suppress(OSError):  # it died before it had read its job
                    await asyncio.get_running_loop().sock_sendall(ours, Job(self._settings, self._profiles, since).packed())
                    await self._count(ours)
                return ending(await process.wait())
            finally:
                await self._end(process)

    async def _count(self, ours: socket.socket) -> None:
        """What it tells, until its end."""
        loop, rest = asyncio.get_running_loop(), b""
        while data := await loop.sock_recv(ours, 64 * 1024):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                count_on(line, self._metrics)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Nothing where it is gone already."""
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self._grace)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
