"""`cardline demo`: a whole system of its own, a network day played against it, and the books proved at the end.

The story only; cards are chosen in `cards`, the day is the simulator's, what is claimed stands in `verdict`.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cardline.data_directory import DataDirectory
from cardline.demo.books import books_afterwards
from cardline.demo.cards import BATCHES, Batch, as_played, past_expiry
from cardline.demo.clearing import DIRECTORY, clear_the_day, sentence
from cardline.demo.idle import lone_latencies
from cardline.demo.reconciliation import reconcile_the_day, told
from cardline.demo.tables import endpoints_table, report
from cardline.demo.verdict import verdicts
from cardline.network.seed import SeededCard
from cardline.network.seed import seed as seed_cards
from cardline.running.background_up import FREE_PORTS, BackgroundUp, background_up
from cardline.settings import Address, Settings, load
from ledger.cards import set_card_status
from ledger.money import ASSETS
from simulator.cards import Card, Condition
from simulator.client import Target
from simulator.day import DayPlan, plan_day
from simulator.outcome import DayOutcome
from simulator.player import play
from simulator.script import Day
from simulator.troubles import balances_afterwards, chosen, play_troubles

ENDED_BY_SIGTERM = 143
_CONNECT_SECONDS = 10.0
_SEED_RANGE = 1_000_000


@dataclass(frozen=True, slots=True)
class _Seeded:
    """The cards as the simulator plays them, and by PAN the account that holds each one's money."""

    cards: Sequence[Card]
    account_ids: Mapping[str, int]


async def demo(*, keep: bool, seed: int | None, messages: int, config: Path | None, out: Console) -> int:
    """0 when every reply and balance was as predicted and the books hold, else 1; leaves nothing behind.

    Raises PartFailed when the system does not start, ConfigurationError for settings that cannot be.
    """
    chosen = secrets.randbelow(_SEED_RANGE) if seed is None else seed
    with _ended_by_sigterm() as was_told_to_end:
        out.print(f"seed {chosen}: the same day again with `cardline demo --seed {chosen} --messages {messages}`")
        try:
            with _started(config, out) as system:
                return await _told(system, config, DayPlan(chosen, datetime.now(UTC), messages), keep=keep, out=out)
        except asyncio.CancelledError:
            if was_told_to_end():
                return ENDED_BY_SIGTERM
            raise


async def _told(system: BackgroundUp, config: Path | None, plan: DayPlan, *, keep: bool, out: Console) -> int:
    endpoints = system.endpoints
    with _progress(out) as bars:
        settings = _settings(system, config)
        seeded = await _seeded(settings, plan.starts_at, bars)
        troubled = chosen(seeded.cards)
        day = plan_day([card for card in seeded.cards if card not in troubled], plan)
        target = _target(endpoints.iso8583)
        outcome = await _played(day, target, bars)
    with out.status("playing trouble between network and issuer"):
        episodes = await play_troubles(troubled, target, seed=plan.seed) if outcome.verdict is None else []
    quiet = next(card for card in seeded.cards if card not in troubled)
    lone = await lone_latencies(target, quiet) if outcome.ok else []
    with out.status("proving the books"):
        expected = {pan: balance for pan, balance in day.balances.items() if pan not in outcome.unfinished}
        expected |= balances_afterwards(troubled, episodes)
        books = await books_afterwards(endpoints.postgres_dsn, expected, seeded.account_ids)
    for shown in report(outcome, episodes, books, lone):
        out.print(shown)
    cleared = clear_the_day(day, outcome, plan, system.data_dir)
    out.print(sentence(cleared, system.data_dir, keep=keep))
    strangers = [seeded.account_ids[card.pan] for card in troubled]
    night = await reconcile_the_day(settings, cleared, system.data_dir / DIRECTORY, strangers)
    told(night, out)
    is_fine = all(held for _, held in verdicts(outcome, episodes, books)) and night.ok
    out.print(
        "The day balanced." if is_fine else "The day did not go as predicted.", style="bold green" if is_fine else "bold red"
    )
    if keep:
        await _kept(system, out)
    return 0 if is_fine else 1


@contextlib.contextmanager
def _started(config: Path | None, out: Console) -> Iterator[BackgroundUp]:
    """A system in a directory of its own, which goes with it."""
    arguments = (*FREE_PORTS, *(("--config", str(config.absolute())) if config else ()))
    with contextlib.ExitStack() as stack:
        parent = tempfile.TemporaryDirectory(prefix="cardline-demo-", ignore_cleanup_errors=True)
        directory = Path(stack.enter_context(parent)) / "data"
        with out.status("starting Postgres, Valkey and the switch"):
            system = stack.enter_context(background_up(directory, arguments=arguments))
        yield system


def _settings(system: BackgroundUp, config: Path | None) -> Settings:
    """What the running system was given: the token key decides whether it knows the cards."""
    endpoints = system.endpoints
    directory = DataDirectory(system.data_dir)
    fallback = {
        "postgres_dsn": endpoints.postgres_dsn,
        "redis_url": endpoints.redis_url,
        "token_key": directory.token_key(),
        "pan_key": directory.pan_key(),
    }
    return load(config, require=("postgres_dsn", "token_key", "keys"), allow_test_keys=True, fallback=fallback)


def _target(address: str | None) -> Target:
    assert address is not None, "the demo plays on the EBCDIC link"
    found = Address.parse(address)
    return Target(found.host, found.port)


async def _seeded(settings: Settings, now: datetime, bars: Progress) -> _Seeded:
    task = bars.add_task("seeding cards", total=sum(batch.cards for batch in BATCHES))
    cards: list[Card] = []
    account_ids: dict[str, int] = {}
    for batch in BATCHES:
        seeded = await _seeded_batch(settings, batch, now, lambda done: bars.advance(task, done))
        cards += [as_played(card, batch) for card in seeded]
        account_ids |= {card.pan: card.account_id for card in seeded}
    return _Seeded(cards, account_ids)


async def _seeded_batch(settings: Settings, batch: Batch, now: datetime, on_progress: Callable[[int], None]) -> list[SeededCard]:
    seeded = await seed_cards(
        settings,
        cards=batch.cards,
        asset=ASSETS[batch.currency],
        balance_minor=batch.balance_minor,
        credit_limit_minor=batch.credit_limit_minor,
        expiry=past_expiry(now.date()) if batch.is_expired else None,
        actor="demo",
        on_progress=on_progress,
    )
    if batch.condition is not Condition.ACTIVE:
        await _set_status(settings.postgres_dsn, [card.card_id for card in seeded], batch.condition)
    return seeded


async def _set_status(dsn: str, card_ids: Sequence[int], condition: Condition) -> None:
    connection = await asyncpg.connect(dsn, timeout=_CONNECT_SECONDS)
    try:
        for card_id in card_ids:
            await set_card_status(connection, card_id, condition.value, actor="demo", reason="played by the demo")
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


async def _played(day: Day, target: Target, bars: Progress) -> DayOutcome:
    task = bars.add_task("playing the day", total=day.messages)
    return await play(day, target, on_progress=lambda done, total: bars.update(task, completed=done, total=total))


async def _kept(system: BackgroundUp, out: Console) -> None:
    """Until Ctrl-C, SIGTERM, or the system's own end."""
    out.print(endpoints_table(system.endpoints, system.data_dir))
    out.print(f"other commands find it by --data-dir {system.data_dir}", soft_wrap=True)
    out.print("staying up until Ctrl-C; everything goes away then")
    ended = asyncio.Event()
    loop, descriptor = asyncio.get_running_loop(), os.pidfd_open(system.process.pid)
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
        out.print("cardline up has ended by itself")
    except asyncio.CancelledError:
        out.print("stopping")
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _progress(out: Console) -> Progress:
    columns = (TextColumn("{task.description:>16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=out)


@contextlib.contextmanager
def _ended_by_sigterm() -> Iterator[Callable[[], bool]]:
    """SIGTERM ends the story in order, like Ctrl-C; yields whether that has happened."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    told: list[int] = []

    def end() -> None:
        told.append(signal.SIGTERM)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, end)
    try:
        yield lambda: bool(told)
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
