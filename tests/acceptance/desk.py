"""The people's commands in a test: run on its issuer, and a card that was made by them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import code, connection, purchase

from cardline.cli import main
from simulator.cards import Card
from simulator.currencies import by_alpha

Run = Callable[..., Any]


@pytest.fixture
def run(issuer: Issuer, capfd: pytest.CaptureFixture[str]) -> Run:
    """A command on this issuer, in this process: what it printed, with --json read, or its complaint."""

    def run_one(*arguments: object, expect: int = 0) -> Any:
        capfd.readouterr()
        given = [str(argument) for argument in arguments]
        with ThreadPoolExecutor(1) as thread:  # a test has an event loop, a command brings its own
            code = thread.submit(main, [*given, "--config", str(issuer.config)]).result()
        printed = capfd.readouterr()
        assert code == expect, printed.err
        if code:
            return printed.err
        return orjson.loads(printed.out) if "--json" in given else printed.out

    return run_one


@pytest.fixture
def card(run: Run) -> HeldCard:
    return new_card(run, funds="100.00")


def new_card(run: Run, *, funds: str, options: tuple[str, ...] = ()) -> HeldCard:
    """An account opened, funded and given an active card, all by commands."""
    why = ("--reason", "asked for", "--actor", "ada")
    account_id = run("account", "open", *why, *options, "--json")["account_id"]
    run("account", "fund", account_id, funds, *why)
    issued = run("card", "issue", account_id, "--active", *why, "--json")
    known = Card(
        pan=issued["pan"], expiry=issued["expiry"], cvc2=issued["cvc2"], pin="", currency=by_alpha("EUR").numeric,
        posted_minor=100_00, floor_minor=0,
    )  # fmt: skip
    return HeldCard(known, issued["card_id"], account_id)


async def said(issuer: Issuer, held: HeldCard, minor: int = 1_00) -> str:
    async with connection(issuer.switch) as link:
        return await code(link, purchase(held, minor))
