"""The people's tools against a running issuer: what they change binds the next payment, and is on record."""

import io
from dataclasses import replace
from typing import Any

import pytest
from acceptance.desk import Run, new_card, said
from acceptance.issuer import HeldCard, Issuer, eventually
from redis import Redis

from authorizer.scripts import account_key
from simulator.cards import Card


async def test_an_account_opened_funded_and_given_a_card_by_commands_pays(issuer: Issuer, run: Run, card: HeldCard) -> None:
    assert await said(issuer, card, 60_00) == "00"
    assert await said(issuer, card, 60_00) == "51"
    shown = run("account", "show", card.account_id, "--json")
    assert (shown["posted"], shown["holds"], shown["available"]) == (100_00, 60_00, 40_00)
    assert "has 40.00 EUR available" in run("account", "withdraw", card.account_id, "40.01", "--reason", "leaving", expect=1)
    run("account", "withdraw", card.account_id, "40.00", "--reason", "leaving")
    assert run("account", "show", card.account_id, "--json")["available"] == 0


async def test_a_credit_account_may_be_spent_down_to_its_limit(issuer: Issuer, run: Run) -> None:
    card = new_card(run, funds="1.00", options=("--product", "credit", "--credit-limit", "50.00"))
    assert await said(issuer, card, 51_01) == "51"
    assert await said(issuer, card, 51_00) == "00"


@pytest.mark.parametrize(
    ("command", "answered"),
    [
        (("card", "block", "CARD", "blocked"), "62"),
        (("card", "block", "CARD", "lost"), "41"),
        (("card", "block", "CARD", "stolen"), "43"),
        (("account", "freeze", "ACCOUNT"), "62"),
    ],
)
async def test_a_change_binds_the_next_payment(
    issuer: Issuer, run: Run, card: HeldCard, command: tuple[str, ...], answered: str
) -> None:
    assert await said(issuer, card) == "00"
    names = {"CARD": card.card_id, "ACCOUNT": card.account_id}
    run(*(names.get(word, word) for word in command), "--reason", "the holder called")
    assert await said(issuer, card) == answered


async def test_a_change_binds_though_redis_still_says_what_was(issuer: Issuer, run: Run, card: HeldCard) -> None:
    with Redis.from_url(issuer.redis_url) as cache:
        assert await said(issuer, card) == "00"
        key = account_key(card.account_id)
        await eventually("the payment is confirmed in Redis", lambda: cache.hget(key, "a") == b"9900")
        before = cache.dump(key)
        assert before is not None
        run("card", "block", card.card_id, "blocked", "--reason", "the holder called")
        assert await said(issuer, card) == "62"
        cache.restore(key, 0, before, replace=True)
        assert await said(issuer, card) == "62"


async def test_what_can_be_undone_is_undone_and_what_cannot_is_refused(issuer: Issuer, run: Run, card: HeldCard) -> None:
    why = ("--reason", "found again")
    run("card", "block", card.card_id, "blocked", *why)
    run("card", "unblock", card.card_id, *why)
    run("account", "freeze", card.account_id, *why)
    run("account", "unfreeze", card.account_id, *why)
    assert await said(issuer, card) == "00"
    run("card", "block", card.card_id, "lost", *why)
    run("card", "unblock", card.card_id, *why, expect=1)
    run("account", "close", card.account_id, *why, expect=1)
    assert await said(issuer, card) == "41"


async def test_a_new_card_wants_to_be_activated(issuer: Issuer, run: Run, card: HeldCard) -> None:
    issued = run("card", "issue", card.account_id, "--reason", "a second one", "--json")
    second = HeldCard(_with(card.card, issued), issued["card_id"], card.account_id)
    assert await said(issuer, second) == "72"
    run("card", "activate", second.card_id, "--reason", "arrived")
    assert await said(issuer, second) == "00"


async def test_a_replacement_works_and_the_card_before_it_is_closed(issuer: Issuer, run: Run, card: HeldCard) -> None:
    replaced = run("card", "replace", card.card_id, "--active", "--reason", "broken", "--json")
    second = HeldCard(_with(card.card, replaced), replaced["card_id"], card.account_id)
    assert await said(issuer, card) == "46"
    assert await said(issuer, second) == "00"
    assert run("card", "show", second.card_id, "--json")["lineage"] == card.card_id


async def test_a_pin_is_set_without_being_shown(
    issuer: Issuer, run: Run, card: HeldCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{card.card.pan}\n4711\n"))
    printed = run("card", "set-pin", card.card_id, "--reason", "at the branch")
    assert "4711" not in printed
    assert card.card.pan not in printed
    assert run("card", "show", card.card_id, "--json")["has_pin"]
    monkeypatch.setattr("sys.stdin", io.StringIO("5413330000000004\n4711\n"))
    run("card", "set-pin", card.card_id, "--reason", "another's number", expect=1)


async def test_every_change_is_on_record_with_who_and_why(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "block", card.card_id, "blocked", "--actor", "grace", "--reason", "the holder called")
    rows = await issuer.fetch("select action, actor, reason from report.audit where subject = $1", f"card {card.card_id}")
    assert [tuple(row) for row in rows] == [("card_issued", "ada", "asked for"), ("card_status", "grace", "the holder called")]
    moved = await issuer.fetch(
        "select action, actor from report.audit where subject = $1 order by at", f"account {card.account_id}"
    )
    assert [tuple(row) for row in moved] == [("account_opened", "ada"), ("account_fund", "ada")]
    shown = run("card", "show", card.card_id)
    assert " grace: card status, was active, now blocked, because: the holder called" in shown
    assert ", 100.00 EUR, because: asked for" in run("account", "show", card.account_id)
    assert "funding: asked for" in run("ledger", "statement", card.account_id)


async def test_recent_decisions_are_shown_with_their_reason(issuer: Issuer, run: Run, card: HeldCard) -> None:
    await said(issuer, card, 1_00)
    await said(issuer, card, 900_00)
    decisions = run("card", "show", card.card_id, "--json")["decisions"]
    assert [(d["reason"], d["amount"], d["response_code"]) for d in decisions] == [
        ("insufficient_funds", 900_00, "51"), ("approved", 1_00, "00")
    ]  # fmt: skip


async def test_money_said_twice_under_one_key_moves_once(run: Run, card: HeldCard) -> None:
    for _ in range(2):
        run("account", "fund", card.account_id, "5.00", "--key", "payroll-11", "--reason", "salary")
    other = run("account", "fund", card.account_id, "6.00", "--key", "payroll-11", "--reason", "salary", expect=1)
    assert "the key 'payroll-11' has moved 5.00 EUR before, not 6.00 EUR" in other
    assert run("account", "show", card.account_id, "--json")["posted"] == 105_00


@pytest.mark.parametrize(
    "arguments",
    [
        ("account", "open", "--currency", "XXX", "--reason", "r"),
        ("account", "open", "--product", "charge", "--reason", "r"),
        ("account", "open", "--credit-limit", "10", "--reason", "r"),
        ("account", "fund", "1", "1.005", "--reason", "r"),
        ("card", "issue", "1", "--expiry", "2013", "--reason", "r"),
        ("card", "block", "1", "mislaid", "--reason", "r"),
    ],
)
def test_wrong_usage_is_refused_with_exit_code_2(run: Run, card: HeldCard, arguments: tuple[str, ...]) -> None:
    given = [str(card.account_id) if word == "1" else word for word in arguments]
    run(*given, expect=2)


def test_what_is_not_there_is_exit_code_1(run: Run) -> None:
    run("card", "show", 7, expect=1)
    run("account", "show", 7, expect=1)
    run("account", "freeze", 1_003_000, "--reason", "a system account", expect=1)


def _with(card: Card, issued: dict[str, Any]) -> Card:
    return replace(card, pan=issued["pan"], expiry=issued["expiry"], cvc2=issued["cvc2"])
