"""Test cards: accounts with one card each, funded by balanced journals. Only the public test BIN, only test keys."""

import asyncio
import csv
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import asyncpg

from authorizer.hsm import SoftwareHsm
from authorizer.pan import Pan, luhn_check_digit
from authorizer.tokens import Tokenizer
from cardline.card_keys import key_ring
from cardline.errors import ConfigurationError
from cardline.running.kept_numbers import sealed_number, told_links
from cardline.token_key import prove_token_key
from ledger.cards import NewCard, open_cards
from ledger.errors import LedgerError
from ledger.file_updates import keep_number
from ledger.journal import Journal
from ledger.money import ASSETS, BY_NUMERIC, Asset

if TYPE_CHECKING:
    from cardline.settings import Settings

TEST_BIN = "541333"
PAN_DIGITS = 16
YEARS_VALID = 3
CHUNK = 1000
PSN = "00"
CVC2_SERVICE_CODE = "000"


@dataclass(frozen=True, slots=True)
class SeededCard:
    """A card in clear, as its holder and a terminal know it. Never logged; written only to the CSV that was asked for."""

    card_id: int
    account_id: int
    pan: str
    expiry: str
    cvc2: str
    pin: str
    psn: str
    currency: str
    available_minor: int

    def __repr__(self) -> str:
        return f"SeededCard({self.card_id}, {Pan(self.pan)})"


async def seed(
    settings: "Settings",
    *,
    cards: int,
    asset: Asset,
    balance_minor: int,
    credit_limit_minor: int = 0,
    expiry: str | None = None,
    actor: str = "seed",
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[SeededCard]:
    """Open `cards` accounts with one active card each. `expiry` YYMM (three years from now unless given).

    Raises ConfigurationError for another token key than the database's, LedgerError, OSError where Postgres cannot be reached.
    """
    await prove_token_key(settings)
    hsm = SoftwareHsm(key_ring(settings))
    good_through = expiry or default_expiry(datetime.now(UTC))
    journal = Journal(settings.postgres_dsn, Silent())
    pool = await asyncpg.create_pool(settings.postgres_dsn, min_size=1, max_size=1, server_settings={"role": "cardline_writer"})
    seeded: list[SeededCard] = []
    try:
        await journal.start()
        while len(seeded) < cards:
            pans = await fresh_pans(pool, Tokenizer(settings.token_key), min(CHUNK, cards - len(seeded)))
            drawn = [_draw(hsm, token, pan, good_through, balance_minor, credit_limit_minor) for token, pan in pans]
            opened = await open_cards(pool, journal, asset, [card for card, _ in drawn], actor=actor)
            for account, (_, pan), (_, pin) in zip(opened, pans, drawn, strict=True):
                cvc2 = hsm.cvc(pan, good_through, CVC2_SERVICE_CODE)
                ids, funds = (account.card_id, account.account_id), account.available_minor
                seeded.append(SeededCard(*ids, pan.clear, good_through, cvc2, pin, PSN, asset.code, funds))
            if told_links(settings):
                await _keep_numbers(settings, pool, seeded[-len(opened) :])
            on_progress(len(opened))
    finally:
        await journal.close()
        await pool.close()
    return seeded


async def _keep_numbers(settings: "Settings", pool: asyncpg.Pool, cards: Sequence[SeededCard]) -> None:
    for card in cards:
        if sealed := sealed_number(settings, Pan(card.pan), card.card_id):
            await keep_number(pool, card.card_id, sealed)


def _draw(
    hsm: SoftwareHsm, token: bytes, pan: Pan, expiry: str, balance_minor: int, credit_limit_minor: int
) -> tuple[NewCard, str]:
    pin = f"{secrets.randbelow(10_000):04d}"
    product = "credit" if credit_limit_minor else "debit"
    card = NewCard(token, pan.masked, expiry, PSN, hsm.pvv(pan, pin), balance_minor, -credit_limit_minor, product=product)
    return card, pin


async def fresh_pans(books: Any, tokenizer: Tokenizer, count: int, bin_: str = TEST_BIN) -> list[tuple[bytes, Pan]]:
    """Numbers of a range (the first digits) that no card has yet. `books`: a connection or a pool."""
    fresh: dict[bytes, Pan] = {}
    while len(fresh) < count:
        drawn = {tokenizer.token(pan): pan for pan in (_pan(bin_) for _ in range(count - len(fresh)))}
        taken = await books.fetch("select pan_token from ledger.card where pan_token = any ($1::bytea[])", list(drawn))
        for row in taken:
            del drawn[row["pan_token"]]
        fresh.update(drawn)
    return list(fresh.items())


def _pan(bin_: str) -> Pan:
    free = PAN_DIGITS - 1 - len(bin_)
    payload = f"{bin_}{secrets.randbelow(10**free):0{free}d}"
    return Pan(payload + luhn_check_digit(payload))


def default_expiry(today: datetime) -> str:
    return f"{(today.year + YEARS_VALID) % 100:02d}{today.month:02d}"


def seed_command(settings: "Settings", *, cards: int, balance: str, currency: str, credit_limit: str, out: Path | None) -> int:
    """`cardline seed`: the CSV goes to the file (0600: it holds test PINs) or to standard output."""
    asset = ASSETS.get(currency.upper())
    if asset is None or asset.numeric is None:  # a card is billed in a currency that DE 51 can name
        raise ConfigurationError(f"--currency {currency}: not one of {', '.join(sorted(a.code for a in BY_NUMERIC.values()))}")
    balance_minor, limit_minor = _amount("--balance", balance, asset), _amount("--credit-limit", credit_limit, asset)
    target = _open(out)
    try:
        seeded = asyncio.run(_with_progress(settings, cards, asset, balance_minor, limit_minor))
        write_csv(seeded, target)
    except (LedgerError, OSError, asyncpg.PostgresError) as error:
        raise ConfigurationError(f"seed: {error}") from error
    finally:
        if target is not sys.stdout:
            target.close()
    if out is not None:
        sys.stderr.write(f"{len(seeded)} card{'' if len(seeded) == 1 else 's'} written to {out}\n")
    return 0


def write_csv(cards: Sequence[SeededCard], target: TextIO) -> None:
    """The columns of the contract, in its order."""
    rows = csv.writer(target, lineterminator="\n")
    rows.writerow(field.name for field in fields(SeededCard))
    rows.writerows(astuple(card) for card in cards)


def _open(out: Path | None) -> TextIO:
    if out is None:
        return sys.stdout
    try:
        out.touch(mode=0o600)
        return out.open("w", encoding="ascii", newline="")
    except OSError as error:
        raise ConfigurationError(f"--out {out}: {error.strerror}") from None


def _amount(option: str, text: str, asset: Asset) -> int:
    try:
        minor = asset.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {error}") from None
    if minor < 0:
        raise ConfigurationError(f"{option}: {text} is less than 0")
    return minor


async def _with_progress(
    settings: "Settings", cards: int, asset: Asset, balance_minor: int, limit_minor: int
) -> list[SeededCard]:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    console = Console(stderr=True)
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("seeding cards", total=cards)
        return await seed(
            settings, cards=cards, asset=asset, balance_minor=balance_minor, credit_limit_minor=limit_minor,
            on_progress=lambda done: bar.advance(task, done),
        )  # fmt: skip


class Silent:
    """A job's journal needs no meter."""

    def batch_committed(self, size: int, seconds: float) -> None: ...
    def command_poisoned(self) -> None: ...
    def approval_voided(self) -> None: ...
    def writer_changed(self, is_ready: bool) -> None: ...
