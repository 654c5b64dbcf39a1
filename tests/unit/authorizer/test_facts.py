from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.facts import CardFacts, CardStatus, FactsCorruptError


def test_facts_survive_their_bytes(facts: CardFacts) -> None:
    assert CardFacts.from_bytes(facts.to_bytes()) == facts


def test_the_version_stands_in_front_for_the_script_to_read(facts: CardFacts) -> None:
    assert facts.to_bytes().startswith(b"3|")


@pytest.mark.parametrize("status", CardStatus)
def test_every_status_survives(facts: CardFacts, status: CardStatus) -> None:
    assert CardFacts.from_bytes(replace(facts, card_status=status).to_bytes()).card_status is status


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b'"active"', b'"lively"'),
        (b'"2912"', b'"2913"'),
        (b'"2912"', b'"29"'),
        (b'"2912"', b"2912"),
        (b'"EUR"', b"null"),
        (b"3|", b"x|"),
        (b"3|", b""),
        (b"]", b""),
        (b"[7,", b"[true,"),
        (b"[7,", b"["),
    ],
)
def test_bytes_that_are_no_facts_are_refused(facts: CardFacts, right: bytes, wrong: bytes) -> None:
    with pytest.raises(FactsCorruptError):
        CardFacts.from_bytes(facts.to_bytes().replace(right, wrong))


@given(st.binary())
def test_any_bytes_give_facts_or_the_one_error(raw: bytes) -> None:
    with pytest.raises(FactsCorruptError):
        CardFacts.from_bytes(raw)
