"""The process of the clearing links, beside the switch: takes files in, then posts them, one after the other.

It is a process of its own because reading and booking a file would hold up payments. The switch starts it (see
`process`), hands it the listening sockets and, over a socket that is its standard input, the settings; where that
socket ends the switch is gone, and so is this.
"""

import asyncio
import os
import signal
import socket
import ssl
import sys
from collections.abc import Mapping
from functools import partial

import structlog
import uvloop

from cardline import logs
from cardline.clearing_link.connection import READ_BYTES, ClearingConnection, Place
from cardline.clearing_link.counts import Counts
from cardline.clearing_link.job import Job, received
from cardline.clearing_link.posting import Poster
from cardline.running.listening import take_over
from cardline.settling.ingest import connected, terms_of
from cardline.settling.priority import let_payments_go_first
from clearing.intake.proving import Refused
from clearing.intake.refusing import record_refusal
from clearing.intake.spool import SealedSpool
from clearing.intake.taking import TakenIn, TurnedAway, Unwatched, take_in
from switch.tls import TlsFiles, listening_context

COUNTS_SECONDS = 1.0
BACKLOG = 64
"""Connections that wait to be accepted; a network has a few."""

log = structlog.get_logger("cardline.clearing_link.worker")


class ClearingLinks:
    """All clearing links of one process. `run` ends when `stopping` is set, or the switch at the channel's other end is gone."""

    def __init__(self, job: Job, channel: socket.socket) -> None:
        self._job, self._channel = job, channel
        self._counts, self._poster = Counts(), Poster(job.settings)
        self.stopping = asyncio.Event()
        self._connections: dict[str, set[asyncio.Task[None]]] = {name: set() for name in job.profiles}

    async def run(self, sockets: Mapping[str, socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        posting = loop.create_task(self._poster.run(self._job.unfinished_before))
        background = [posting, loop.create_task(self._watch_channel(loop)), loop.create_task(self._tell_counts(loop))]
        servers = [await self._listen(name, sock) for name, sock in sockets.items()]
        log.info("clearing_links_open", links=sorted(sockets))
        await self.stopping.wait()
        posting.cancel()  # it goes on from there at the next start
        for server in servers:
            server.close()
        await self._end_connections()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)

    async def _listen(self, link: str, sock: socket.socket) -> asyncio.Server:
        profile, tls = self._job.profiles[link], self._job.settings.links[link].tls
        context: ssl.SSLContext | None = listening_context(TlsFiles(**tls.model_dump())) if tls is not None else None
        place = Place(link, profile, partial(self._taken_in, link), partial(self._refused, link), self._counts, self.stopping)
        return await asyncio.start_server(
            partial(self._accept, place), sock=sock, ssl=context, backlog=BACKLOG, limit=READ_BYTES,
            ssl_handshake_timeout=profile.connect_seconds if context else None,
        )  # fmt: skip

    async def _accept(self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks = self._connections[place.link]
        if len(tasks) >= place.profile.max_connections:
            self._counts.connection_refused(place.link)
            log.warning("connection_refused", link=place.link)
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None, "the server makes one for each connection"
        tasks.add(task)
        self._counts.clearing_connections(place.link, 1)
        try:
            await ClearingConnection(place, reader, writer).serve()
        except (ConnectionError, TimeoutError) as error:
            log.info("clearing_connection_lost", link=place.link, why=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the edge: one connection's fault must not reach the others
            self._counts.handler_failed(place.link)
            log.error("clearing_connection_failed", link=place.link, error=type(error).__name__)  # noqa: TRY400 - no content
        finally:
            tasks.discard(task)
            self._counts.clearing_connections(place.link, -1)
            writer.close()

    async def _taken_in(self, link: str, spool: SealedSpool) -> TakenIn | TurnedAway:
        """Keep a whole file, and see to it that it is posted."""
        name, settings = f"link {link}", self._job.settings
        async with connected(settings) as connection:
            taken = await take_in(connection, spool.reader(), name, spool.size, terms_of(settings, name), Unwatched())
        if isinstance(taken, TakenIn):
            self._poster.post(taken.outcome.file_id)
        return taken

    async def _refused(self, link: str, refused: Refused) -> None:
        name = f"link {link}"
        async with connected(self._job.settings) as connection:
            await record_refusal(connection, name, refused, actor=name)

    async def _end_connections(self) -> None:
        """A file that is judged is judged to its end; one in the middle is given up by its connection."""
        tasks = {task for of_link in self._connections.values() for task in of_link}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._job.settings.limits.drain_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _watch_channel(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while await loop.sock_recv(self._channel, 1):
                pass
        finally:
            self.stopping.set()

    async def _tell_counts(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while True:
                await asyncio.sleep(COUNTS_SECONDS)
                await loop.sock_sendall(self._channel, self._counts.taken())
        except OSError:
            self.stopping.set()


def main() -> int:
    """Runs until SIGTERM or until the switch is gone."""
    channel = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    try:
        job = received(channel)
    except (EOFError, ConnectionError):
        return 1
    channel.setblocking(False)
    let_payments_go_first()
    writer = logs.configure(lambda _: None)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(job, channel))
    finally:
        writer.close()
    return 0


async def _run(job: Job, channel: socket.socket) -> None:
    links = ClearingLinks(job, channel)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the switch, which says when to go
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, links.stopping.set)
    await links.run(take_over(os.environ))


if __name__ == "__main__":
    sys.exit(main())
