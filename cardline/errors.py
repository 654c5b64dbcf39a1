"""The faults of the front door.

CardlineError
├── ConfigurationError   the operator's: a setting, a port, a missing program; never retriable
├── HostAway             the host that was to be played against takes no connection; nothing was changed; retriable
└── PartFailed           a part of the system (Postgres, Valkey, the switch) does not start or does not stay up
"""

from collections.abc import Sequence
from typing import ClassVar


class CardlineError(Exception):
    """Root of what the front door raises. The text is one line for the operator; it never holds a secret."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(CardlineError):
    """Every mistake found at once, each starting with its key."""

    exit_code: ClassVar[int] = 2

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes: Sequence[str] = mistakes


class HostAway(CardlineError):
    """Said before anything is done for a host that is not there."""


class PartFailed(CardlineError):
    """A child process did not become ready in its time, or died too often; the text ends with what it last said."""
