"""An issuer under test: a database, a cache, and the switch processes that serve them. Real processes and sockets only.

Started and stopped without an event loop, so that one issuer may serve a whole module of tests.
"""

import asyncio
import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from prometheus_client.parser import text_string_to_metric_families

from cardline import settings
from cardline.network.seed import SeededCard, seed
from cardline.running.listening import METRICS, address_of, bind_all, close_all
from cardline.running.switch_process import COMMAND, SwitchPlan, SwitchProcess
from cardline.settings import Address
from ledger.money import ASSETS
from ledger.verify import Finding, verify
from simulator.cards import Card
from simulator.client import Target
from simulator.currencies import by_alpha

ROOT = Path(__file__).parents[2]
EBCDIC, ASCII = "mastercard", "mastercard-ascii"
CHARACTER_SETS = {EBCDIC: "cp037", ASCII: "ascii"}
PATIENCE_SECONDS = 30.0
"""No test waits longer for anything. Far more than a slow machine needs; a test that reaches it fails."""

Limits = Mapping[str, int | float]


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A seeded card with the account behind it."""

    card: Card
    card_id: int
    account_id: int


async def eventually(what: str, condition: Callable[[], Any], *, within_seconds: float = PATIENCE_SECONDS) -> None:
    """Asks again, in a thread, until the condition holds: for what gives no event to wait on."""
    deadline = time.monotonic() + within_seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, f"not within {within_seconds:g} s: {what}"
        await asyncio.sleep(0.01)


class Switch:
    """One switch process. Its listening sockets are the test's, so that they outlive a killed process."""

    def __init__(self, directory: Path, config: Path) -> None:
        directory.mkdir()
        self._sockets = bind_all({name: Address("127.0.0.1", 0) for name in (EBCDIC, ASCII, METRICS)})
        environment = {"PYTHONPATH": str(ROOT)}
        plan = SwitchPlan((*COMMAND, "--config", str(config)), environment, drain_seconds=10.0)
        self._child = SwitchProcess(directory, plan, self._sockets)
        self._child.start()

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        return self._child.process

    @property
    def log_path(self) -> Path:
        return self._child.log

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def target(self, link: str = EBCDIC) -> Target:
        address = address_of(self._sockets[link])
        return Target(address.host, address.port, CHARACTER_SETS[link])

    def kill(self) -> None:
        """No drain, no goodbye."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def start(self) -> None:
        self._child.start()

    def close(self) -> None:
        self._child.stop()
        close_all(self._sockets)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body from the metrics address."""
        address = address_of(self._sockets[METRICS])
        try:
            with urllib.request.urlopen(f"http://{address}{path}", timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels."""
        families = text_string_to_metric_families(self.get("/metrics")[1])
        samples = (sample for family in families for sample in family.samples if sample.name == name)
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    @property
    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200


class Issuer:
    """`switches` are equal: they share the database and the cache."""

    def __init__(
        self,
        directory: Path,
        *,
        postgres_dsn: str,
        redis_url: str,
        switches: int = 1,
        deadline_seconds: float = 2.0,
        limits: Limits | None = None,
        tables: str = "",
        shadow_policy: Path | None = None,
    ) -> None:
        """`tables`: further settings, in TOML."""
        self.postgres_dsn, self.redis_url = postgres_dsn, redis_url
        config = self.config = directory / "cardline.toml"
        shadow = f"shadow_policy = {_quoted(str(shadow_policy))}\n" if shadow_policy else ""
        config.write_text(shadow + _configuration(directory, postgres_dsn, redis_url, deadline_seconds, limits or {}) + tables)
        self._settings = settings.load(config, allow_test_keys=True)
        self.switches: list[Switch] = []
        try:
            for number in range(switches):
                self.switches.append(Switch(directory / f"switch-{number}", config))
        except BaseException:
            self.close()
            raise

    @property
    def switch(self) -> Switch:
        return self.switches[0]

    def close(self) -> None:
        for switch in self.switches:
            switch.close()

    # --- cards ---

    async def cards(
        self, count: int, *, balance_minor: int, currency: str = "EUR", credit_limit_minor: int = 0
    ) -> list[HeldCard]:
        """New cards, each with an account of its own."""
        seeded = await seed(
            self._settings,
            cards=count,
            asset=ASSETS[currency],
            balance_minor=balance_minor,
            credit_limit_minor=credit_limit_minor,
        )
        return [_held(card, credit_limit_minor) for card in seeded]

    async def card(self, *, balance_minor: int, currency: str = "EUR") -> HeldCard:
        return (await self.cards(1, balance_minor=balance_minor, currency=currency))[0]

    # --- the books ---

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.postgres_dsn)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def value(self, query: str, *arguments: object) -> Any:
        return (await self.fetch(query, *arguments))[0][0]

    async def account(self, held: HeldCard) -> dict[str, int]:
        """posted, holds and available."""
        query = "select posted, holds, available from report.account_balance where account_id = $1"
        return dict((await self.fetch(query, held.account_id))[0])

    async def authorizations(self, held: HeldCard) -> list[asyncpg.Record]:
        return await self.fetch("select * from report.authorization where account_id = $1 order by 1", held.account_id)

    async def findings(self) -> list[Finding]:
        """What `ledger verify` finds; and that no statement of this database has run into a deadlock."""
        connection = await asyncpg.connect(self.postgres_dsn)
        try:
            query = "select deadlocks from pg_stat_database where datname = current_database()"
            deadlocks = await connection.fetchval(query)
            return await verify(connection) + [Finding("no deadlock", "database", str(deadlocks))] * bool(deadlocks)
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self, held: HeldCard) -> AsyncIterator[None]:
        """Another transaction holds the account's row; the switches have to wait."""
        connection = await asyncpg.connect(self.postgres_dsn)
        try:
            async with connection.transaction():
                await connection.execute("select from ledger.balance where account_id = $1 for update", held.account_id)
                yield
        finally:
            await connection.close()

    async def writer_waits(self) -> None:
        """Until a writer of this database stands before a lock."""
        query = (
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and application_name = 'cardline writer' and wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self.value(query):
                await asyncio.sleep(0.01)


def _held(seeded: SeededCard, credit_limit_minor: int) -> HeldCard:
    card = Card(
        pan=seeded.pan,
        expiry=seeded.expiry,
        cvc2=seeded.cvc2,
        pin=seeded.pin,
        currency=by_alpha(seeded.currency).numeric,
        posted_minor=seeded.available_minor - credit_limit_minor,
        floor_minor=-credit_limit_minor,
    )
    return HeldCard(card, seeded.card_id, seeded.account_id)


def _configuration(directory: Path, postgres_dsn: str, redis_url: str, deadline_seconds: float, limits: Limits) -> str:
    """As TOML. The networks are the shipped ones with another deadline."""
    links: dict[str, dict[str, str]] = {}
    for link in (EBCDIC, ASCII):
        shipped = (ROOT / "configs" / "networks" / f"{link}.toml").read_text()
        default = "response_deadline_seconds = 2.0"
        assert default in shipped
        profile = directory / f"{link}.toml"
        profile.write_text(shipped.replace(default, f"response_deadline_seconds = {deadline_seconds}"))
        links[link] = {"profile": str(profile), "listen": "127.0.0.1:0"}
    lines = [f"postgres_dsn = {_quoted(postgres_dsn)}", f"redis_url = {_quoted(redis_url)}"]
    lines += [f"token_key = {_quoted(secrets.token_hex(32))}", 'metrics_listen = "127.0.0.1:0"']
    for link, values in links.items():
        lines += [f"[links.{link}]", *(f"{key} = {_quoted(value)}" for key, value in values.items())]
    lines += ["[limits]", *(f"{key} = {value}" for key, value in limits.items())]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
