"""What can go wrong in the books.

LedgerError
├── Unavailable        Postgres cannot be reached or the writer has no stream; retriable, nobody's fault
│   ├── WentAway       Postgres could be reached and is gone; what was stored before stays
│   └── Fenced         another process took the stream; this writer gives it up
├── Poisoned           this one command cannot be stored; not retriable; it is in the dead letters
├── Overloaded         the writer's queue is full; retriable
├── ChartError         the chart of accounts is faulty or contradicts the books; the operator's
└── SchemaError        the database is too old, too new or not migrated; the operator's
"""


class LedgerError(Exception):
    """Root of the tree. `is_retriable`: the same command may succeed later, and nothing of it was stored."""

    is_retriable = False


class Unavailable(LedgerError):
    is_retriable = True


class WentAway(Unavailable):
    pass


class Fenced(Unavailable):
    pass


class Overloaded(LedgerError):
    is_retriable = True


class Poisoned(LedgerError):
    pass


class ChartError(LedgerError):
    pass


class SchemaError(LedgerError):
    pass
