"""One mistake that `doctor` knows: how it shows, why it matters, what to do. The tables beside this module hold them. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cardline.watching.facts import Away, BookFacts, Cause, Facts, RedisFacts, ServerFacts


class Verdict(Enum):
    FINE = "fine"
    WARNING = "warning"
    FAILED = "failed"


Look = Callable[[Facts], str]
"""What was found; nothing where the mistake was not made."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """`check` is the line of doctor's table it belongs to, `name` what it is called in docs/doctor.md."""

    check: str
    name: str
    verdict: Verdict
    look: Look
    why: str
    advice: str


@dataclass(frozen=True, slots=True)
class Check:
    """A line of doctor's table. `fine` says what there is when no mistake was made; nothing where nothing could be seen."""

    name: str
    fine: Look
    mistakes: tuple[Mistake, ...]


def postgres_away(*causes: Cause) -> Look:
    return lambda facts: _away(facts.postgres, causes)


def redis_away(*causes: Cause) -> Look:
    return lambda facts: _away(facts.redis, causes)


def server(look: Callable[[ServerFacts], str]) -> Look:
    return lambda facts: "" if isinstance(facts.postgres, Away) else look(facts.postgres.server)


def books(look: Callable[[BookFacts], str]) -> Look:
    """Only where there is a schema to speak of."""
    return lambda facts: (
        "" if isinstance(facts.postgres, Away) or facts.postgres.books.schema is None else look(facts.postgres.books)
    )


def redis(look: Callable[[RedisFacts], str]) -> Look:
    return lambda facts: "" if isinstance(facts.redis, Away) else look(facts.redis)


def _away(found: object, causes: tuple[Cause, ...]) -> str:
    return found.said if isinstance(found, Away) and found.cause in causes else ""
