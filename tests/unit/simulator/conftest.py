"""Cards and a desk to plan with; nothing here touches a socket."""

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulator.auditor.issuer import IssuerModel
from simulator.cards import Card, Condition, luhn_digit
from simulator.desk import Desk

STARTS_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def _card(number: int = 1, *, posted_minor: int = 10_000, condition: Condition = Condition.ACTIVE, expiry: str = "2912") -> Card:
    payload = f"541333{number:09d}"
    return Card(payload + luhn_digit(payload), expiry, "123", "1234", "978", posted_minor, 0, condition)


def _desk(*cards: Card) -> Desk:
    model = IssuerModel(cards, today=STARTS_AT.date(), character_set="cp037")
    return Desk(random.Random(5), model, STARTS_AT, character_set="cp037", links=3)


@pytest.fixture(scope="session")
def starts_at() -> datetime:
    return STARTS_AT


@pytest.fixture(scope="session")
def make_card() -> Callable[..., Card]:
    return _card


@pytest.fixture
def make_desk() -> Callable[..., Desk]:
    return _desk


@pytest.fixture
def card() -> Card:
    return _card()


@pytest.fixture
def desk(card: Card) -> Desk:
    return _desk(card)
