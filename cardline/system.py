"""The composition root of a switch process: builds the rooms, starts and stops them in order. The only place that does."""

import asyncio
import socket
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import asyncpg
import orjson
import structlog

from authorizer.decide import Policy
from authorizer.facts import AccountSnapshot, CardFacts
from authorizer.hsm import SoftwareHsm
from authorizer.store import Store
from authorizer.tokens import Tokenizer
from cardline import known_series
from cardline.card_keys import key_ring
from cardline.clearing_link.process import ClearingProcess, profiles_of
from cardline.hold_validity import load_validity
from cardline.metrics import Metrics
from cardline.policies import load_policy, mcc_groups
from cardline.running import card_loading
from cardline.running.file_update_sending import FileUpdateSender
from cardline.running.housekeeping import Warnings, ask_redis, expire_holds, keep_house
from cardline.running.kept_keys import KeptKeys
from cardline.running.kept_numbers import pan_cipher, told_links
from cardline.running.listening import address_of, bind_all, close_all
from cardline.settings import Address, Settings
from ledger.card_addresses import address_on_file
from ledger.journal import Journal
from ledger.messages import MessageLog, MessageRow
from ledger.verifier import Verifier
from switch.addresses import Addresses
from switch.arrival import Exchange
from switch.checks import Checker
from switch.flow import Flow
from switch.iso8583 import Message
from switch.link_keys import LinkKeys
from switch.masking import OnUnknown, masked_answer, masked_fields
from switch.message_ids import MessageIds
from switch.profile import NetworkProfile
from switch.server import SwitchServer
from switch.stories.rooms import Rooms
from switch.tls import TlsFiles, listening_context

log = structlog.get_logger("cardline.system")

POOL_SETTINGS = {"application_name": "cardline reader", "role": "cardline_writer", "timezone": "UTC", "statement_timeout": "1500"}


ADDRESS_SECONDS = 0.5
"""For the address on file where AVS asks: past this the answer says `retry` and the payment goes on."""
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

    def __init__(self, messages: MessageLog, metrics: Metrics, ids: MessageIds) -> None:
        self._messages, self._metrics, self._ids = messages, metrics, ids

    def keep(self, exchange: Exchange) -> None:
        self._messages.put(lambda: _rows(exchange, self._metrics.unknown_element))

    def keep_own(self, link: str, character_set: str, request: Message) -> None:
        """A request of ours, as it leaves; its answer arrives like any message."""
        self._metrics.message(link, request.mti, "out")
        at = datetime.now(UTC)
        sent = Exchange(self._ids.next(), link, character_set, at, request, at, None)
        self._messages.put(lambda: [_row(sent, "out", at, request.mti, masked_fields(request, character_set))])


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
        self._groups = mcc_groups()
        self._messages: MessageLog | None = None
        self._kept_keys: KeptKeys | None = None
        self._link_keys: LinkKeys | None = None
        self._housekeeping: asyncio.Task[None] | None = None
        self._verifying: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._clearing: ClearingProcess | None = None
        self._taking_in: asyncio.Task[None] | None = None
        self._clearing_sockets: dict[str, socket.socket] = {}

    async def start(self, sockets: Mapping[str, socket.socket]) -> None:
        """Connect, lease a stream, listen. `sockets`: bound ones by link name; the others are bound here."""
        profiles, clearing = profiles_of(self.settings)
        validity = load_validity(self.settings.hold_validity)
        told = told_links(self.settings)
        await self.journal.start()
        size = self.settings.limits.postgres_pool
        self._pool = await asyncpg.create_pool(
            self.settings.postgres_dsn, min_size=0, max_size=size, server_settings=POOL_SETTINGS, timeout=5
        )
        expiry = partial(expire_holds, self._pool, self.journal, self.store)
        redis = partial(ask_redis, self.store, self.metrics, self.warnings)
        house = keep_house(self._pool, self.metrics, self.warnings, expiry, redis)
        self._housekeeping = self.warnings.watch(asyncio.create_task(house, name="housekeeping"))
        verifier = Verifier(self.settings.postgres_dsn, self.metrics, anchors=self.settings.anchor_file)
        self._verifying = self.warnings.watch(asyncio.create_task(verifier.run(), name="verifier"))
        await self.store.start()
        self._messages = MessageLog(self._pool, self.metrics)
        self._messages.start()
        self._show_queues(self._messages)
        known_series.begin(self.metrics, {name: profile.require_sign_on for name, profile in profiles.items()})
        policy, shadow = self._policies()
        rooms = Rooms(
            store=self.store,
            journal=self.journal,
            checker=self._checker(),
            addresses=self._addresses(self._pool),
            tokenizer=self.tokenizer,
            policy=policy,
            shadow=shadow,
            validity=validity,
            meter=self.metrics,
            rates=self.settings.rates.rates,
        )
        ids = MessageIds(self.journal.stream)
        sink = MaskedMessages(self._messages, self.metrics, ids)
        flow = Flow(rooms, self.metrics, sink, ids, max_inflight=self.settings.limits.max_inflight)
        self._kept_keys = KeptKeys(self._pool)
        self._link_keys = LinkKeys(self.hsm, self._kept_keys.keep)
        self._link_keys.restore(await self._kept_keys.read())
        for name, profile in profiles.items():
            server = SwitchServer(name, profile, flow.handle, self.metrics, key_importer=self._link_keys, on_sent=sink.keep_own)
            await self._open(server, sockets.get(name))
            self.servers.append(server)
        if told:
            self._telling = self.warnings.watch(asyncio.create_task(self._sender(self._pool, told).run(), name="file updates"))
        if clearing:
            self._open_clearing(self._pool, clearing, sockets)

    def _show_queues(self, messages: MessageLog) -> None:
        self.metrics.watch_writer(lambda: self.journal.is_ready)
        self.metrics.queue("ledger", lambda: self.journal.waiting)
        self.metrics.queue("messages", lambda: messages.waiting)
        for name, depth in self.store.queues().items():
            self.metrics.queue(name, depth)

    def _sender(self, pool: asyncpg.Pool, links: Sequence[str]) -> FileUpdateSender:
        servers = [server for server in self.servers if server.link_name in links]
        passwords = {name: self.settings.links[name].file_update_password for name in links}
        return FileUpdateSender(pool, pan_cipher(self.settings), servers, passwords, self.metrics)

    def _checker(self) -> Checker:
        layout = self.settings.card_layout
        return Checker(self.hsm, layout.track_cvc_at, layout.dynamic_track)

    def _addresses(self, pool: asyncpg.Pool) -> Addresses:
        failures = (asyncpg.PostgresError, asyncpg.InterfaceError)
        return Addresses(lambda card_id: address_on_file(pool, card_id), failures, timeout_seconds=ADDRESS_SECONDS)

    def _policies(self) -> tuple[Policy, Policy | None]:
        """The live one and the draft beside it, if any."""
        shadow = self.settings.shadow_policy
        return load_policy(self.settings.policy), load_policy(shadow) if shadow else None

    async def _open(self, server: SwitchServer, sock: socket.socket | None) -> None:
        """One link: listening, or connecting for as long as it serves."""
        name = server.link_name
        link = self.settings.links[name]
        tls = TlsFiles(**link.tls.model_dump()) if link.tls is not None else None
        if link.connect is not None:
            target = Address.parse(link.connect)
            await server.connect(target.host, target.port, connections=link.connections, tls=tls)
            log.info("connecting", link=name, address=link.connect)
            return
        if sock is not None:
            await server.start(sock=sock, tls=tls)
        else:
            address = Address.parse(link.listen or "")
            await server.start(host=address.host, port=address.port, tls=tls)
        log.info("listening", link=name, address="{}:{}".format(*server.address))

    def _open_clearing(
        self, pool: asyncpg.Pool, profiles: Mapping[str, NetworkProfile], sockets: Mapping[str, socket.socket]
    ) -> None:
        """Clearing files are another process's work; it is there when it is needed."""
        links = self.settings.links
        for name in profiles:
            if (tls := links[name].tls) is not None:
                listening_context(TlsFiles(**tls.model_dump()))  # a mistake in it is told now, not in the evening
        wanted = {name: Address.parse(links[name].listen or "") for name in profiles if name not in sockets}
        listening = {name: sockets[name] for name in profiles if name in sockets} | bind_all(wanted)
        self._clearing = ClearingProcess(self.settings, profiles, listening, self.metrics)
        self._clearing_sockets = listening
        self._taking_in = self.warnings.watch(asyncio.create_task(self._clearing.run(pool), name="clearing links"))
        for name, sock in listening.items():
            log.info("listening", link=name, address=str(address_of(sock)))

    async def stop(self) -> None:
        """Answer all that was read, close the links, write what is queued, give the stream back."""
        if self._telling is not None:
            self._telling.cancel()  # what is in flight is claimed again when its claim is over
        if self._taking_in is not None:
            self._taking_in.cancel()
        grace = self.settings.limits.drain_seconds
        unanswered = sum(await asyncio.gather(*(server.drain(grace) for server in self.servers)))
        log.info("drained", unanswered=unanswered)
        await self.journal.close()
        await _within(STORE_SECONDS, self.store.close())
        if self._messages is not None:
            await _within(STORE_SECONDS, self._messages.close())
        if self._kept_keys is not None:
            await _within(STORE_SECONDS, self._kept_keys.close())
        background = [task for task in (self._housekeeping, self._verifying, self._telling, self._taking_in) if task is not None]
        for task in background:
            if task is not self._taking_in:  # it ends its process, which must not be interrupted
                task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        close_all(self._clearing_sockets)
        if self._pool is not None and not await _within(STORE_SECONDS, self._pool.close()):
            self._pool.terminate()

    def not_ready(self) -> list[str]:
        """Why authorizations cannot be answered now; nothing when they can. Redis away only makes them slower."""
        reasons = [] if self.journal.is_ready else ["postgres: the ledger's writer has no stream"]
        return reasons + ([] if self.servers else ["switch: not listening yet"])

    def seen_to(self) -> list[str]:
        """What somebody should look at although payments are answered."""
        troubles = [server.trouble for server in self.servers]
        if self._clearing is not None:
            troubles.append(self._clearing.trouble)
        return [*self.warnings.lines(), *filter(None, troubles)]

    async def _load(self, tokens: Sequence[bytes]) -> dict[bytes, tuple[CardFacts, AccountSnapshot]]:
        assert self._pool is not None
        return await card_loading.load(self._pool, tokens, self._groups)
