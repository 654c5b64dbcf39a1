"""What can go wrong in clearing.

ClearingError
└── EncodeError     a message that cannot be written as asked; the caller is at fault; not retriable

What a file from outside has wrong with it is no exception but a value with its place (`ipm.messages.BadMessage`,
`ipm.reader.Flaw`).
"""


class ClearingError(Exception):
    """Base of all faults of this package. The text names elements, never content."""


class EncodeError(ClearingError):
    """A value does not fit its element."""

    def __init__(self, element: int | None, reason: str, tag: str | None = None) -> None:
        place = f"DE {element}" if element is not None else f"PDS {tag}" if tag is not None else "message"
        super().__init__(f"{place}: {reason}")
        self.element = element
        self.tag = tag
        self.reason = reason
