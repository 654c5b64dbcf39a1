"""What can go wrong in clearing.

ClearingError
├── EncodeError       a message that cannot be written as asked; the caller is at fault; not retriable
├── SettlementError   what the books would not take of a statement or a resolution; nothing of it is booked; not retriable
├── PostingError      a chunk that could not be booked now; begin again; retriable
├── NotPosted         a clearing file that may be of the date is not in the books to its end; take it in to it; retriable
├── NoSuchFile        a file id that was never taken in; the caller is at fault; not retriable
└── SealedFileError   a kept file that cannot be opened: another key, or changed in the database; never retriable

What a file from outside has wrong with it is no exception but a value with its place (`ipm.messages.BadMessage`,
`ipm.reader.Flaw`, `intake.proving.Refused`).
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


class SettlementError(ClearingError):
    """The ledger refused a booking that a bank's statement or a person asked for; the text names its rule."""


class PostingError(ClearingError):
    """What is booked so far stays; posting goes on from there when it is asked again."""


class NotPosted(ClearingError):
    """A reconciliation now would find what is only not there yet."""


class NoSuchFile(ClearingError):
    """Nothing was taken in under this file id."""


class SealedFileError(ClearingError):
    """A kept file is not what was kept, or not under this key."""
