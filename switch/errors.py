"""The faults of the switch. Refusals and bad input are values (Malformed, FramingLost), never exceptions.

SwitchError
├── ConfigurationError   the operator's: a profile or setting is wrong; never retriable
└── EncodeError          ours: a message that cannot be put on the wire; never retriable
"""

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar


class Fault(Enum):
    """Who has to act."""

    OPERATOR = "operator"
    OURS = "ours"
    PEER = "peer"


class SwitchError(Exception):
    """Root of what the switch raises."""

    is_retriable: ClassVar[bool] = False
    fault: ClassVar[Fault] = Fault.OURS


class ConfigurationError(SwitchError):
    """Every mistake found at once, each starting with its key."""

    fault: ClassVar[Fault] = Fault.OPERATOR

    def __init__(self, *mistakes: str) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes: Sequence[str] = mistakes


class EncodeError(SwitchError):
    """A message that the format cannot carry. Names the element (None: the whole message), never its content."""

    def __init__(self, element: int | None, reason: str) -> None:
        super().__init__(f"DE {element}: {reason}" if element is not None else reason)
        self.element = element
        self.reason = reason
