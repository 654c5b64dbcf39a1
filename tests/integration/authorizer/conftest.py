"""A store on a real Valkey, with a ledger in memory behind it and, where a test wants it, a wire that can be cut."""

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from authorizer.facts import AccountSnapshot, AccountStatus, CardFacts, CardStatus
from authorizer.limits import Limit, Spending
from authorizer.payment_kinds import Traits, written_traits
from authorizer.reservation import Reservation
from authorizer.store import Store

_HOME = 3 << 48  # ids as a writer makes them: too large for a Lua number
_ids = itertools.count(1)


class Ledger:
    """Balances with versions; the loader reads them like the real one, in one snapshot."""

    def __init__(self) -> None:
        self.cards: dict[bytes, CardFacts] = {}
        self.accounts: dict[int, AccountSnapshot] = {}
        self.spendings: dict[int, list[Spending]] = {}
        self.loads: list[list[bytes]] = []
        self.fault: Exception | None = None
        self.after_reading: Callable[[], Awaitable[None]] | None = None

    def add(self, number: int, *, available: int | None = 100_00, account: int | None = None) -> bytes:
        """A card by its number; it shares `account` with another when told to. Returns its token."""
        token = number.to_bytes(16, "big")
        account_id = _HOME | (account or number)
        self.accounts.setdefault(
            account_id, AccountSnapshot(account_id=account_id, available=available, version=1, facts_version=1)
        )
        self.cards[token] = CardFacts(
            card_id=_HOME | number, account_id=account_id, asset="EUR", card_status=CardStatus.ACTIVE,
            account_status=AccountStatus.OPEN, expiry="2912", psn="00", pvv="1234",
            facts_version=self.accounts[account_id].facts_version,
        )  # fmt: skip
        return token

    async def load(self, tokens: Sequence[bytes]) -> dict[bytes, tuple[CardFacts, AccountSnapshot]]:
        self.loads.append(list(tokens))
        if self.fault is not None:
            raise self.fault
        found = {}
        for token in tokens:
            if card := self.cards.get(token):
                account = self.accounts[card.account_id]
                is_counted = any(one.limits for one in self.cards.values() if one.account_id == card.account_id)
                spent = tuple(self.spendings.get(card.account_id, ())) if is_counted else None
                facts = replace(card, facts_version=account.facts_version, lineage=card.card_id if is_counted else 0)
                sharing = [one for one in self.cards.values() if one.account_id == card.account_id]
                kinds = tuple({limit.where for one in sharing for limit in one.limits if limit.where})
                found[token] = (facts, replace(account, spent=spent, kinds=kinds))
        if self.after_reading is not None:
            await self.after_reading()
        return found

    def account(self, token: bytes) -> AccountSnapshot:
        return self.accounts[self.cards[token].account_id]

    def spend(self, token: bytes, amount: int, traits: Traits = frozenset()) -> AccountSnapshot:
        """One version more, so much available less."""
        account = self.account(token)
        spent = Spending(f"auth-{next(_ids)}", self.cards[token].card_id, int(time.time() * 1000), amount, 1, traits)
        self.spendings.setdefault(account.account_id, []).append(spent)
        available = None if account.available is None else account.available - amount
        return self._put(replace(account, available=available, version=account.version + 1))

    def reverse_all(self, token: bytes) -> AccountSnapshot:
        """Everything that was spent comes back."""
        account = self.account(token)
        self.spendings[account.account_id] = []
        return self._put(replace(account, available=100_00, version=account.version + 1))

    def limit(self, token: bytes, *limits: Limit) -> None:
        self.cards[token] = replace(self.cards[token], limits=limits)
        account = self.account(token)
        self._put(replace(account, facts_version=account.facts_version + 1))

    def set_status(self, token: bytes, status: CardStatus) -> None:
        self.cards[token] = replace(self.cards[token], card_status=status)
        account = self.account(token)
        self._put(replace(account, facts_version=account.facts_version + 1))

    def _put(self, account: AccountSnapshot) -> AccountSnapshot:
        self.accounts[account.account_id] = account
        return account


class Meter:
    """Remembers everything."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.misses: list[str] = []
        self.drifts: list[int] = []
        self.lags: list[int] = []
        self.dropped = 0
        self.is_up = asyncio.Event()

    def reserved(self, items: int, seconds: float) -> None:
        self.calls.append(items)

    def missed(self, reason: str, items: int) -> None:
        self.misses += [reason] * items

    def drifted(self, minor: int) -> None:
        self.drifts.append(minor)

    def lagged(self, versions: int) -> None:
        self.lags.append(versions)

    def confirms_dropped(self, items: int) -> None:
        self.dropped += items

    def redis_is_up(self, is_up: bool) -> None:
        if is_up:
            self.is_up.set()
        else:
            self.is_up.clear()


class Teller:
    """One process's store as a payment uses it: reserve, book in the ledger, confirm."""

    def __init__(self, store: Store, ledger: Ledger, meter: Meter) -> None:
        self.store = store
        self.ledger = ledger
        self.meter = meter

    async def reserve(self, token: bytes, amount: int = 10_00, *, lifetime_seconds: float = 2, **how: Any) -> Reservation:
        """`traits` of the payment are told when they are asked for."""
        deadline_ms = int((time.time() + lifetime_seconds) * 1000)
        if (traits := how.pop("traits", None)) is not None:
            how["describe"] = lambda: written_traits(traits)
        return await self.store.reserve(token, amount, b"reservation%05d" % next(_ids), deadline_ms, **how)

    def confirm(
        self, token: bytes, reservation: Reservation, *, spent: int, traits: Traits = frozenset(), is_added: bool = False
    ) -> None:
        """Books and confirms; with nothing spent the ledger has refused, at the version that it has."""
        locked = self.ledger.account(token)
        after = self.ledger.spend(token, spent, traits) if spent else locked
        self.store.confirm(
            reservation, version=after.version, available=after.available, facts_version=after.facts_version,
            locked_version=locked.version, locked_available=locked.available, taken=spent, is_added=is_added,
        )  # fmt: skip

    async def pay(self, token: bytes, amount: int = 10_00, traits: Traits = frozenset()) -> Reservation:
        reservation = await self.reserve(token, amount, traits=traits)
        self.confirm(token, reservation, spent=amount, traits=traits)
        await self.store.flush()
        return reservation


OpenTeller = Callable[..., Awaitable[Teller]]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
async def open_teller(redis_url: str, ledger: Ledger) -> AsyncIterator[OpenTeller]:
    """Another process on the same ledger and Redis; keyword arguments go to its store."""
    async with AsyncExitStack() as stack:

        async def open_one(url: str = redis_url, **limits: Any) -> Teller:
            meter = Meter()
            store = Store(url, ledger.load, meter, **{"probe_interval_seconds": 0.02, **limits})
            await store.start()
            stack.push_async_callback(store.close)
            return Teller(store, ledger, meter)

        yield open_one


@pytest.fixture
async def teller(open_teller: OpenTeller) -> Teller:
    return await open_teller()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """Straight to Valkey, for looking and for lying."""
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


class Wire:
    """Between store and Valkey. `mode`: pass, cut (refuses and closes), stall (takes and never answers), babble."""

    def __init__(self, target: str, path: Path) -> None:
        self._target = target
        self._path = path
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.mode = "pass"

    @property
    def url(self) -> str:
        return f"unix://{self._path}"

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    def set(self, mode: str) -> None:
        self.mode = mode
        if mode == "cut":
            for writer in self._writers:
                writer.close()

    async def close(self) -> None:
        self.set("cut")
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.mode == "cut":
                return
            far_reader, far_writer = await asyncio.open_unix_connection(self._target)
            self._writers.add(far_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, far_writer))
                group.create_task(self._pump(far_reader, writer, answers=True))
        except* OSError:
            pass
        finally:
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool = False) -> None:
        while data := await reader.read(65_536):
            if answers and self.mode == "babble":
                data = b"*1\r\n:7\r\n"
            if not (answers and self.mode == "stall"):
                writer.write(data)
        writer.close()


@pytest.fixture
def wire_directory() -> Iterator[Path]:
    """Short, because the path of a socket must be."""
    with tempfile.TemporaryDirectory(prefix="wire-") as directory:
        yield Path(directory)


@pytest.fixture
async def wire(redis_url: str, wire_directory: Path) -> AsyncIterator[Wire]:
    wire = Wire(urlsplit(redis_url).path, wire_directory / "s")
    await wire.start()
    yield wire
    await wire.close()
