"""Increments that the network tells of by an advice: one hold with their first, in any order."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_samples import CUSTOMER, NOW, account, advise, authorize, books, refusing_advice, reverse
from orders import FUNDS, chains_named, ends, held, play, presented

from ledger.commands import Answer, Command

OURS, THEIRS = authorize("a", 300, trace_id="T", rrn="1"), advise("b", 300, trace_id="T", rrn="1")
MORE = advise("m", 200, trace_id="U", rrn="2", chain_trace="T")
OUR_MORE = authorize("n", 150, trace_id="U", rrn="2", chain_trace="T")
PART, LAST = presented("p", 300, is_last=False), presented("q", 200, is_last=True)
FIRSTS = {"ours": (OURS,), "the network's": (THEIRS,), "ours, replaced by the network's": (OURS, THEIRS)}


@pytest.mark.parametrize("first", FIRSTS.values(), ids=FIRSTS)
def test_after_the_last_presentment_nothing_of_an_advised_increment_is_held_in_any_order(first: tuple[Command, ...]) -> None:
    assert ends(*first, MORE, PART, LAST) == {(500, 0)}


def test_an_advice_that_replaces_our_increment_ends_with_the_payment_in_any_order() -> None:
    assert ends(OURS, THEIRS, OUR_MORE, MORE, PART, LAST) == {(500, 0)}


def test_an_advised_increment_joins_what_was_presented_and_not_what_was_replaced_although_that_holds() -> None:
    locked = books(account(FUNDS))
    play(locked, OURS, THEIRS, PART, LAST, OUR_MORE, advise("o", 40, trace_id="V", rrn="3", chain_trace="T"), MORE)
    assert held(locked) == 0


@pytest.mark.parametrize("first", FIRSTS.values(), ids=FIRSTS)
def test_a_payment_and_its_advised_increment_are_one_chain_in_any_order(first: tuple[Command, ...]) -> None:
    for order in itertools.permutations((*first, MORE)):
        locked = books(account(FUNDS))
        play(locked, *order)
        (chain,) = [chain for chain in locked.chains.values() if chain.sums.held]
        assert chain.sums.held == 500
        assert chain in chains_named(locked, "T"), "clearing finds it by the first's trace id"


@pytest.mark.parametrize("first", FIRSTS.values(), ids=FIRSTS)
def test_the_advice_of_an_increment_stands_in_the_place_of_ours_in_any_order(first: tuple[Command, ...]) -> None:
    assert ends(*first, OUR_MORE, MORE) == {(FUNDS, 500)}
    assert ends(*first, OUR_MORE, replace(MORE, request=replace(MORE.request, amount=120))) == {(FUNDS, 420)}


def test_an_advice_that_refuses_an_increment_of_ours_leaves_the_first() -> None:
    refused = replace(refusing_advice("m", 200, trace_id="U"), chain_trace="T")
    assert ends(OURS, OUR_MORE, refused) == {(FUNDS, 300)}


def test_an_advised_increment_is_held_beyond_the_balance() -> None:
    for order in itertools.permutations((OURS, MORE)):
        locked = books(account(400 if order[0] is OURS else 500))
        play(locked, *order)
        assert held(locked) == 500
        assert locked.accounts[CUSTOMER].excused == (100 if order[0] is OURS else 0)


def test_part_of_an_advised_increment_is_reversed_alone_in_any_order() -> None:
    for named in ({"original": "m", "original_mti": "0120"}, {"original": None}):
        undone = reverse("r", replacement=50, trace="U", **named)  # type: ignore[arg-type]
        assert ends(THEIRS, MORE, undone) == {(FUNDS, 350)}
        assert ends(THEIRS, OUR_MORE, MORE, undone) == {(FUNDS, 350)}


def test_more_increments_of_both_kinds_join_whichever_came_first() -> None:
    again = authorize("c", 30, trace_id="V", chain_trace="T", rrn="3")
    for order in itertools.permutations((THEIRS, MORE, again)):
        locked = books(account(FUNDS))
        play(locked, *order)
        assert [chain.sums.held for chain in locked.chains.values()] == [530]


def test_an_advised_increment_extends_what_its_first_holds_also_where_it_adds_nothing() -> None:
    for amount, extended in ((200, 500), (0, 300)):
        locked = books(account(FUNDS))
        more = advise("m", amount, trace_id="U", chain_trace="T", lifetime_days=30)
        play(locked, OURS, more)
        (chain,) = locked.chains.values()
        assert (chain.expires_at, chain.sums.held) == (NOW + timedelta(days=30), extended)
        assert {(row[1], row[22]) for row in locked.rows.authorizations[1:]} == {(chain.chain_id, NOW + timedelta(days=30))}


def test_an_advised_increment_of_what_never_held_or_is_over_is_held_by_itself() -> None:
    late = advise("m", 200, trace_id="U", chain_trace="T", at=NOW + timedelta(days=8))
    locked = books(account(FUNDS))
    play(locked, OURS, late)
    assert sorted(chain.sums.held for chain in locked.chains.values()) == [200, 300]
    declined = authorize("a", 300, trace_id="T", refusal=Answer("05", "refused"))
    assert ends(declined, MORE) == {(FUNDS, 200)}
