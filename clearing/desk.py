"""What a poster works with, and what it tells of its work. Values only."""

from dataclasses import dataclass

import asyncpg

from authorizer.tokens import Tokenizer
from clearing.matching import Convert, no_rates
from clearing.tolerances import NONE, Tolerances
from ledger.journal import Journal as Books


@dataclass(frozen=True, slots=True)
class Progress:
    """So many of a file's messages are behind us."""

    posted: int
    messages: int


@dataclass(slots=True)
class Summary:
    """What this run has done."""

    records: int = 0
    posted: int = 0
    suspended: int = 0
    unbookable: int = 0
    items: int = 0
    was_posted_before: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What a poster works with: two connections of the writer's, its own. `connection` looks up and writes down what was decided;
    `reader` fetches the kept file and writes down what was booked."""

    connection: asyncpg.Connection
    reader: asyncpg.Connection
    books: Books
    tokenizer: Tokenizer
    key: bytes
    convert: Convert = no_rates
    tolerances: Tolerances = NONE
