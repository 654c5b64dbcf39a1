"""The composition root of a switch process: builds the rooms, starts and stops them in order. The only place that does."""

import asyncio
import socket
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime

import asyncpg
import orjson
import structlog

from authorizer.decide import Policy
from authorizer.facts import AccountSnapshot, CardFacts
from authorizer.hsm import SoftwareHsm
from authorizer.store import Store
from authorizer.tokens import Tokenizer
from cardline import card_loading
from cardline.card_keys import key_ring
from cardline.housekeeping import Warnings, keep_house
from cardline.metrics import Metrics
from cardline.policies import load_policy
from cardline.settings import Address, Settings
from ledger.journal import Journal
from ledger.messages import MessageLog, MessageRow
from ledger.verifier import Verifier
from switch.arrival import Exchange
from switch.flow import Flow, Rooms
from switch.masking import OnUnknown, masked_answer, masked_fields
from switch.message_ids import MessageIds
from switch.profile import NetworkProfile, load_profile
from switch.server import SwitchServer
from switch.tls import TlsFiles

log = structlog.get_logger("cardline.system")

POOL_SETTINGS = {"application_name": "cardline reader", "role": "cardline_writer", "timezone": "UTC", "statement_timeout": "1500"}


STORE_SECONDS = 3.0
"""For each store at the end: one that hangs must not keep the process."""


async def _within(seconds: float, ending: Awaitable[None]) -> bool:
    """Whether it ended in time. What comes after must come all the same."""
    try:
        await asyncio.wait_for(ending, seconds)
    except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("not_closed_in_time", why=type(error).__name__)
        return False
    return True


class MaskedMessages:
    """The switch's message sink: masking happens later, in the log's own task, off the answer's way."""

    def __init__(self, messages: MessageLog, metrics: Metrics) -> None:
        self._messages, self._metrics = messages, metrics

    def keep(self, exchange: Exchange) -> None:
        self._messages.put(lambda: _rows(exchange, self._metrics.unknown_element))


def _rows(exchange: Exchange, on_unknown: OnUnknown) -> list[MessageRow]:
    masked = masked_fields(exchange.request, exchange.character_set, on_unknown)
    rows = [_row(exchange, "in", exchange.arrived_at, exchange.request.mti, masked)]
    if exchange.reply is not None:
        answered = masked_answer(exchange.reply, exchange.request, masked, exchange.character_set)
        rows.append(_row(exchange, "out", exchange.answered_at, exchange.reply.mti, answered))
    return rows


def _row(exchange: Exchange, direction: str, at: datetime, mti: str | None, fields: dict[str, object]) -> MessageRow:
    stan, rrn = fields.get("11"), fields.get("37")
    as_text = (str(stan) if stan is not None else None, str(rrn).strip() if rrn is not None else None)
    return (exchange.message_id, direction, at, exchange.link, mti or "", *as_text, orjson.dumps(fields).decode())


class System:
    """One switch process. `start`, then serve until `stop`."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings, self.metrics = settings, metrics
        limits = settings.limits
        self._pool: asyncpg.Pool | None = None
        self.store = Store(
            settings.redis_url, self._load, metrics, max_batch=limits.max_batch, timeout_seconds=limits.redis_timeout_seconds
        )
        self.journal = Journal(
            settings.postgres_dsn,
            metrics,
            writers=limits.writers,
            max_batch=limits.max_batch,
            max_waiting=limits.max_waiting,
            on_epoch=self.store.enter_epoch,
        )
        self.hsm = SoftwareHsm(key_ring(settings))
        self.tokenizer = Tokenizer(settings.token_key)
        self.servers: list[SwitchServer] = []
        self.warnings = Warnings()
        self._messages: MessageLog | None = None
        self._housekeeping: asyncio.Task[None] | None = None
        self._verifying: asyncio.Task[None] | None = None

    async def start(self, sockets: Mapping[str, socket.socket]) -> None:
        """Connect, lease a stream, listen. `sockets`: bound ones by link name; the others are bound here."""
        profiles = {name: load_profile(link.profile) for name, link in self.settings.links.items()}
        await self.journal.start()
        size = self.settings.limits.postgres_pool
        self._pool = await asyncpg.create_pool(
            self.settings.postgres_dsn, min_size=0, max_size=size, server_settings=POOL_SETTINGS, timeout=5
        )
        self._housekeeping = asyncio.create_task(keep_house(self._pool, self.metrics, self.warnings), name="housekeeping")
        verifier = Verifier(self.settings.postgres_dsn, self.metrics, anchors=self.settings.anchor_file)
        self._verifying = asyncio.create_task(verifier.run(), name="verifier")
        await self.store.start()
        self._messages = MessageLog(self._pool, self.metrics)
        self._messages.start()
        rooms = Rooms(self.store, self.journal, self.hsm, self.tokenizer, *self._policies())
        flow = Flow(
            rooms, self.metrics, MaskedMessages(self._messages, self.metrics), MessageIds(self.journal.stream),
            max_inflight=self.settings.limits.max_inflight,
        )  # fmt: skip
        for name, profile in profiles.items():
            self.servers.append(await self._opened(name, profile, flow, sockets.get(name)))

    def _policies(self) -> tuple[Policy, Policy | None]:
        """The live one and the draft beside it, if any."""
        shadow = self.settings.shadow_policy
        return load_policy(self.settings.policy), load_policy(shadow) if shadow else None

    async def _opened(self, name: str, profile: NetworkProfile, flow: Flow, sock: socket.socket | None) -> SwitchServer:
        """One link: listening, or connecting for as long as it serves."""
        link = self.settings.links[name]
        server = SwitchServer(name, profile, flow.handle, self.metrics)
        tls = TlsFiles(**link.tls.model_dump()) if link.tls is not None else None
        if link.connect is not None:
            target = Address.parse(link.connect)
            await server.connect(target.host, target.port, connections=link.connections, tls=tls)
            log.info("connecting", link=name, address=link.connect)
            return server
        if sock is not None:
            await server.start(sock=sock, tls=tls)
        else:
            address = Address.parse(link.listen or "")
            await server.start(host=address.host, port=address.port, tls=tls)
        log.info("listening", link=name, address="{}:{}".format(*server.address))
        return server

    async def stop(self) -> None:
        """Answer all that was read, close the links, write what is queued, give the stream back."""
        grace = self.settings.limits.drain_seconds
        unanswered = sum(await asyncio.gather(*(server.drain(grace) for server in self.servers)))
        log.info("drained", unanswered=unanswered)
        await self.journal.close()
        await _within(STORE_SECONDS, self.store.close())
        if self._messages is not None:
            await _within(STORE_SECONDS, self._messages.close())
        background = [task for task in (self._housekeeping, self._verifying) if task is not None]
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        if self._pool is not None and not await _within(STORE_SECONDS, self._pool.close()):
            self._pool.terminate()

    def not_ready(self) -> list[str]:
        """Why authorizations cannot be answered now; nothing when they can. Redis away only makes them slower."""
        reasons = [] if self.journal.is_ready else ["postgres: the ledger's writer has no stream"]
        return reasons + ([] if self.servers else ["switch: not listening yet"])

    async def _load(self, tokens: Sequence[bytes]) -> dict[bytes, tuple[CardFacts, AccountSnapshot]]:
        assert self._pool is not None
        return await card_loading.load(self._pool, tokens)
