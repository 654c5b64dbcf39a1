from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.facts import CardFacts
from authorizer.limits import Limit, Used
from authorizer.scripts import (
    CORRUPT,
    ConfirmItem,
    Hit,
    Miss,
    Older,
    Stored,
    account_key,
    confirm_arguments,
    read_confirm_reply,
    read_load_reply,
    read_reserve_reply,
    reserve_arguments,
    token_key,
)


@dataclass
class _Item:
    account_id: int
    token: bytes = bytes(16)
    amount_minor: int = 100
    lifetime_ms: int = 1000
    reservation_id: bytes = b"id"
    is_partial: bool = False
    is_increment: bool = False
    traits: bytes = b""


def test_all_keys_of_an_account_share_one_of_64_hash_tags() -> None:
    assert account_key(64 * 7 + 5) == "cl:{b5}:a:453"
    assert len({account_key(n).split(":")[1] for n in range(1000)}) == 64


def test_the_key_of_a_token_is_readable() -> None:
    assert token_key(b"\x00\xff" * 8) == "cl:t:" + "00ff" * 8


def test_an_account_is_named_once_however_many_of_its_payments_are_in_the_batch() -> None:
    keys, packed = reserve_arguments([_Item(7), _Item(8), _Item(7)])
    assert keys == [account_key(7), account_key(8)]
    assert len(packed) == 3 * (32 + 2 + 2)


@pytest.mark.parametrize("lifetime_ms", [-5, 2**40])
def test_a_lifetime_beyond_all_measure_is_cut(lifetime_ms: int) -> None:
    reserve_arguments([_Item(7, lifetime_ms=lifetime_ms)])


def test_the_accounts_of_a_confirmation_are_named_once_too() -> None:
    keys, _ = confirm_arguments([ConfirmItem(7, b"a"), ConfirmItem(7, b"b", version=3, available=None)])
    assert keys == [account_key(7)]


def test_a_hit_is_read(facts: CardFacts) -> None:
    reply = [1, facts.to_bytes(), b"500", b"9", 20]
    assert read_reserve_reply(reply, facts.account_id) == Hit(facts, 500, 9, 20)
    assert read_reserve_reply([1, facts.to_bytes(), b"*", b"9", 20], facts.account_id) == Hit(facts, None, 9, 20)


def test_what_is_used_of_the_limits_is_read(facts: CardFacts) -> None:
    limited = replace(facts, lineage=7, limits=(Limit("a", "day", 100, currency="EUR"), Limit("b", "1h", max_count=3)))
    reply = [1, limited.to_bytes(), b"500", b"9", 20, 0, b"90,2;10,1", 4]
    assert read_reserve_reply(reply, facts.account_id) == Hit(
        limited, 500, 9, 20, is_taken=False, usage=(Used(90, 2), Used(10, 1)), times=4
    )
    assert read_reserve_reply([*reply[:6], b"90,2", 4], facts.account_id) == CORRUPT
    assert read_reserve_reply(reply[:5], facts.account_id) == CORRUPT


def test_a_miss_is_read_with_the_time_of_redis() -> None:
    assert read_reserve_reply([0, b"expired", 12], 7) == Miss("expired", 12)


def test_facts_of_another_account_are_a_miss(facts: CardFacts) -> None:
    assert read_reserve_reply([1, facts.to_bytes(), b"500", b"9", 0], facts.account_id + 1) == CORRUPT


reply_values = st.one_of(st.none(), st.integers(), st.binary(max_size=8), st.lists(st.integers(), max_size=2))


@given(st.lists(reply_values, max_size=6))
def test_any_reply_is_read_as_a_hit_or_a_miss(reply: list[object]) -> None:
    assert isinstance(read_reserve_reply(reply, 7), Hit | Miss)


def test_load_replies_are_read() -> None:
    assert read_load_reply([1]) == Stored()
    assert read_load_reply([1, b"500"]) == Stored(500)
    assert read_load_reply([1, b"nonsense"]) == Stored(0)
    assert read_load_reply([0, b"4", b""]) == Older(4, 0)
    with pytest.raises(ValueError, match="something else"):
        read_load_reply([2])


def test_drifts_are_read_as_item_index_and_balance() -> None:
    assert read_confirm_reply([1, b"500", 3, b"-7"]) == [(0, 500), (2, -7)]
