"""What can go wrong between the simulator and the host it plays against.

SimulatorError
├── HostUnreachable     no connection within the limit; the host's or the caller's address is at fault; retriable
├── HostSilent          a connection that no longer carries replies; the host is at fault; retriable
├── EventMissing        what the issuer had to make the network do did not happen in time; the host is at fault
├── PlanError           a day that cannot be planned from the cards given; the caller is at fault
├── FixtureError        a fixture, dump or capture that cannot be read; whoever wrote the file is at fault
├── MixError            a traffic mix that does not say what it has to; its writer is at fault
├── LoadError           a load that cannot be played: a generator that ended or does not answer
├── ScenarioInvalid     a scenario file that cannot be read: file, line, key, what was expected; its author is at fault
├── UnknownScenario     no such scenario; the caller is at fault
├── CardsInvalid        a file of cards that cannot be read; the caller is at fault
├── UnreadableFile      a clearing file that has no records to send; whoever wrote it is at fault
├── IssuerRefused       the issuer's own tools did not do what a scenario wants of them; scenario or host is at fault
└── BooksUnreadable     the issuer's balances cannot be read; the address or the host is at fault; retriable
"""

import os
from collections.abc import Sequence


class SimulatorError(Exception):
    """Base of all faults of this package."""


class HostUnreachable(SimulatorError):
    """The host did not take a connection in time."""


class HostSilent(SimulatorError):
    """The host closed the connection or stopped reading."""


class EventMissing(SimulatorError):
    """The network waited for something that did not happen."""


class PlanError(SimulatorError):
    """The cards given do not allow the day asked for."""


class ScenarioInvalid(SimulatorError):
    """A scenario file says something that it may not."""


class UnknownScenario(SimulatorError):
    """There is no scenario of this name."""


class CardsInvalid(SimulatorError):
    """A file of cards lacks a column, or a line of it is wrong."""


class UnreadableFile(SimulatorError):
    """The bytes of a clearing file cannot be cut into records, or no longer."""


class IssuerRefused(SimulatorError):
    """The issuer's people may not do that, or could not."""


class BooksUnreadable(SimulatorError):
    """The views of the books do not answer."""


class FixtureError(SimulatorError):
    """Every mistake found at once, each with file, line, key and what was expected."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes: Sequence[str] = mistakes


def reason_of(error: OSError) -> str:
    """Why, in the system's words: asyncio puts the address into its own."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error) or type(error).__name__


class MixError(SimulatorError):
    """Every mistake of a mix at once, each with file, line and key."""


class LoadError(SimulatorError):
    """A process of the load generator did not do its part."""
