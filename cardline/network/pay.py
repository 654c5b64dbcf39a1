"""`cardline pay`: one payment over the wire, as a terminal would send it, to a running `up`. For trying things out.

The card comes from the CSV of `cardline seed`, or is typed: what a holder knows is never an argument.
"""

import asyncio
import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from cardline import desk
from cardline.desk import DATA_DIR, AsJson, Config, DataDir

if TYPE_CHECKING:
    from ledger.money import Asset
    from simulator.cards import Card
    from simulator.client import Reply, Target
    from switch.iso8583 import Message

REPLY_SECONDS = 10.0
APPROVED, PARTIAL = frozenset({"00", "10", "85", "87"}), "10"


def register(app: typer.Typer) -> None:
    app.command("pay")(_pay)


def _pay(
    cards: Annotated[Path | None, typer.Argument(metavar="[CARDS.csv]", help="Of `cardline seed`; else a card is typed.")] = None,
    row: Annotated[int, typer.Option(min=1, help="Which card of the CSV.")] = 1,
    amount: Annotated[str, typer.Option(help="In major units of the card's currency.")] = "10.00",
    currency: Annotated[str, typer.Option(help="Of a card that is typed.")] = "EUR",
    mcc: Annotated[str | None, typer.Option(help="Four digits; 5411, or 6011 with --cash.")] = None,
    is_cash: Annotated[bool, typer.Option("--cash", help="From a cash machine.")] = False,
    sends_pin: Annotated[bool, typer.Option("--pin", help="With the PIN, under the public test key.")] = False,
    sends_cvc2: Annotated[bool, typer.Option("--cvc2", help="Online, with the CVC2.")] = False,
    host: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="A link of a switch; that of the running `up`.")] = None,
    profile: Annotated[str, typer.Option(help="What is spoken there: a network profile by name or path.")] = "mastercard",
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: Config = None,  # noqa: ARG001  every command takes it
) -> int:
    """Pay with a test card at a running `up`, or at --host; exit code 1 when it is declined. `explain` then tells why."""
    from cardline.errors import ConfigurationError
    from cardline.network.paying import Wanted, payment

    if mcc is not None and not (len(mcc) == 4 and mcc.isascii() and mcc.isdecimal()):
        raise ConfigurationError(f"--mcc {mcc}: must be four digits")
    target = _target(host, profile, data_dir)
    paying = _from_csv(cards, row) if cards is not None else _typed(currency, sends_pin=sends_pin, sends_cvc2=sends_cvc2)
    if sends_pin and not _is_digits(paying.card.pin, 4, 12):
        raise ConfigurationError("--pin: the PIN must be 4 to 12 digits")
    if sends_cvc2 and not _is_digits(paying.card.cvc2, 3, 3):
        raise ConfigurationError("--cvc2: the CVC2 must be three digits")
    minor = _minor(paying.asset, amount)
    wanted = Wanted(minor, mcc or ("6011" if is_cash else "5411"), is_cash, sends_pin, sends_cvc2)
    request = payment(paying.card, wanted, datetime.now(UTC), target.character_set)
    return _tell(request, asyncio.run(_asked(target, request)), paying.asset, minor, as_json=as_json)


def _target(host: str | None, profile: str, data_dir: Path) -> "Target":
    """Raises ConfigurationError."""
    from cardline.network.fixture_files import address
    from cardline.reach import running_link
    from simulator.client import Target
    from switch.profile import load_profile

    network = load_profile(profile)
    found = address("--host", host if host is not None else running_link(data_dir, network.character_set))
    return Target(found.host, found.port, network.character_set, network.framing)


class _Paying(NamedTuple):
    card: "Card"
    asset: "Asset"


def _from_csv(path: Path, row: int) -> _Paying:
    from cardline.errors import ConfigurationError

    try:
        rows = list(csv.DictReader(path.read_text(encoding="ascii").splitlines()))
        one = rows[row - 1]
        return _paying(one["pan"], one["expiry"], one["pin"], one["cvc2"], one["currency"])
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except IndexError:
        raise ConfigurationError(f"--row {row}: {path} has {len(rows)} cards") from None
    except (UnicodeDecodeError, KeyError):
        raise ConfigurationError(f"{path}: is no CSV of `cardline seed`") from None


def _typed(currency: str, *, sends_pin: bool, sends_cvc2: bool) -> _Paying:
    """From the terminal without echo, or one a line from standard input."""
    number, expiry = desk.typed("card number: "), desk.typed("expiry YYMM: ")
    pin = desk.typed("PIN: ") if sends_pin else ""
    return _paying(number, expiry, pin, desk.typed("CVC2: ") if sends_cvc2 else "", currency)


def _paying(number: str, expiry: str, pin: str, cvc2: str, currency: str) -> _Paying:
    """Raises ConfigurationError, without what was typed."""
    from cardline.errors import ConfigurationError
    from ledger.money import ASSETS
    from simulator.cards import TEST_PREFIX, Card

    asset = ASSETS.get(currency.upper())
    mistakes = []
    if not _is_digits(number, 13, 19) or not number.startswith(TEST_PREFIX):
        mistakes.append(f"card number: must be 13 to 19 digits of the test range {TEST_PREFIX}")
    if not _is_digits(expiry, 4, 4):
        mistakes.append("expiry: must be YYMM")
    if asset is None or asset.numeric is None:
        raise ConfigurationError(*mistakes, f"currency {currency}: no currency that a card can be billed in")
    if mistakes:
        raise ConfigurationError(*mistakes)
    return _Paying(Card(number, expiry, cvc2, pin, asset.numeric, 0), asset)


def _is_digits(text: str, least: int, most: int) -> bool:
    return least <= len(text) <= most and text.isascii() and text.isdecimal()


def _minor(asset: "Asset", amount: str) -> int:
    from cardline.errors import ConfigurationError

    try:
        minor = asset.parse(amount)
    except ValueError as error:
        raise ConfigurationError(f"--amount: {error}") from None
    if not 0 <= minor < 10**12:
        raise ConfigurationError(f"--amount: {amount} does not fit into DE 4")
    return minor


async def _asked(target: "Target", request: "Message") -> "Reply | None":
    """Raises HostUnreachable or HostSilent."""
    from simulator.client import connected

    link = await connected(target, REPLY_SECONDS)
    try:
        return await link.exchange(request, REPLY_SECONDS)
    finally:
        await link.close()


def _tell(request: "Message", reply: "Reply | None", asset: "Asset", asked: int, *, as_json: bool) -> int:
    """0 when it was approved, also in part."""
    rrn = request.text(37)
    if reply is None:
        print(f"cardline: no answer within {REPLY_SECONDS:g} s to the payment with RRN {rrn}", file=sys.stderr)
        return 1
    answer = reply.message
    code = answer.text(39)
    granted = int(answer.text(4) or 0) if code == PARTIAL else asked
    is_approved = code in APPROVED
    if as_json:
        desk.print_json({"rrn": rrn, "approved": is_approved, "response_code": code, "approval_code": answer.text(38) or None,
                         "amount": granted if is_approved else 0, "asset": asset.code})  # fmt: skip
    else:
        said = f"approved, {asset.format(granted)}, approval code {answer.text(38)}" if is_approved else "declined"
        print(f"{answer.mti}, DE 39 = {code}: {said}, after {reply.latency_seconds * 1000:.1f} ms")
        print(f"see: cardline explain {rrn}")
    return 0 if is_approved else 1
