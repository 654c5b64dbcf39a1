"""What `doctor` knows when it has looked everywhere: plain facts, from which diagnosis concludes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from ledger.file_updates import FileUpdateCounts


class Cause(Enum):
    """Why a store did not let us in; what there is to do differs."""

    NOT_GIVEN = "not given"
    UNKNOWN_HOST = "unknown host"
    NOBODY_THERE = "nobody there"
    LOGIN_REFUSED = "login refused"
    NO_DATABASE = "no database"
    FULL = "full"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Away:
    """In place of a store's facts. `said`: what it, or the system, said."""

    cause: Cause
    said: str


class KeptNumber(Enum):
    """What one kept card number says of our two keys for numbers."""

    AGREES = "agrees"
    OTHER_PAN_KEY = "sealed under another pan_key"
    OTHER_CARD = "its token is not the one that is stored"


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Of the Postgres server and the login, whatever is in the database."""

    version: int
    clock_ahead_seconds: float
    login: str = "cardline"
    is_superuser: bool = False
    is_pooled: bool = False
    """The process that answers is not the one that was promised at the door: something stands between."""
    is_read_only: bool = False
    unsafe: Sequence[str] = ()
    """Of fsync and full_page_writes, those that are off."""
    encoding: str = "UTF8"
    connections_left: int = 100
    timeouts: Mapping[str, str] = field(default_factory=dict)
    """Those that end a writer's session or statement from outside, where this login has them."""


@dataclass(frozen=True, slots=True)
class ClearingFacts:
    """Of what the network has brought."""

    unposted_files: int = 0
    """Not posted to their end, and nobody is posting them."""
    unposted_file: str | None = None
    unposted_seconds: float = 0.0
    """Since anything was posted of the one that stands longest."""
    overdue_items: int = 0
    overdue_since: date | None = None
    unreconciled: date | None = None
    """The last business date that is over, where no run was made of it."""


@dataclass(frozen=True, slots=True)
class BookFacts:
    """Of cardline's schema. What could not be read stands as if it were in order: another finding says why."""

    schema: int | None
    """None where the schema was never made, 0 where it was and this login may not see which it is."""
    can_read_books: bool
    roles_refused: Sequence[str] = ()
    grants_missing: Sequence[str] = ()
    chart_conflict: str = ""
    partition_warnings: Sequence[str] = ()
    streams_free: int = 64
    unverified_seconds: float = 0.0
    open_findings: int = 0
    currencies: Sequence[str] = ()
    """In which there are customers' accounts."""
    is_token_key: bool = True
    """Whether ours made the tokens here."""
    kept_number: KeptNumber = KeptNumber.AGREES
    file_updates: FileUpdateCounts | None = None
    clearing: ClearingFacts | None = None


@dataclass(frozen=True, slots=True)
class PostgresFacts:
    server: ServerFacts
    books: BookFacts


@dataclass(frozen=True, slots=True)
class RedisFacts:
    version: str
    clock_ahead_seconds: float = 0.0
    is_replica: bool = False
    is_cluster: bool = False
    memory_policy: str = "allkeys-lru"
    memory_used: float = 0.0
    """Share of what it may use; nought where it has no bound."""
    refuses_scripts: str = ""
    """What it says to a script, where it takes none from this login."""


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    """What the settings, and the files they name, say by themselves."""

    has_token_key: bool = True
    has_weak_key: bool = False
    uses_test_keys: bool = False
    """Any of them, where a switch would use it."""
    is_development: bool = False
    """No key is another: nobody's cards."""
    key_faults: Sequence[str] = ()
    """What keeps the key file from being opened."""
    open_key_file: str = ""
    """The key file, where others than its owner may read it."""
    profile_faults: Sequence[str] = ()
    pan_key_fault: str = ""
    policy_faults: Sequence[str] = ()
    """Of the live policy and the draft beside it."""
    validity_faults: Sequence[str] = ()
    tolerance_faults: Sequence[str] = ()
    shared_addresses: Sequence[str] = ()
    stray_variables: Sequence[str] = ()
    """Of the environment, those that look like settings and are none."""
    tls_faults: Sequence[str] = ()
    certificate_days: Mapping[str, float] = field(default_factory=dict)
    """By file: until it ends."""
    rates_into: Sequence[str] = ()
    """Currencies that some rate leads to."""
    connections: int = 8
    """That one switch process opens to Postgres."""
    streams: int = 2
    files: int = 100
    """That it may have open at once: sockets of all links, mostly."""


@dataclass(frozen=True, slots=True)
class MachineFacts:
    free_bytes: int
    open_files: int = 65536
    anchors: str = "kept"
    """"kept", "" where none are, else why they cannot be."""
    open_directory: str = ""
    """What lets others than its user into the data directory, where one is."""
    ports_taken: Sequence[str] = ()
    foreign_addresses: Sequence[str] = ()
    """To listen on, and not this machine's."""
    silent_networks: Sequence[str] = ()
    """Links whose other side takes no connection; asked for where no switch runs."""
    switch: str | None = "ready"
    """What /readyz of a running switch says; None when nobody answers there."""


@dataclass(frozen=True, slots=True)
class Facts:
    settings: SettingsFacts
    postgres: PostgresFacts | Away
    newest_schema: int
    redis: RedisFacts | Away
    machine: MachineFacts
