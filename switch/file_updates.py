"""The issuer file update (0302) as data: what a profile says about it, the message, and what its answer (0312) means. Pure.

What the record (DE 120) of a network's file holds is in its licensed manual, so it is a template of the profile. When
rows are claimed and sent is the caller's affair; the clear number goes into the message and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from string import Formatter

from authorizer.pan import Pan
from switch.iso8583 import Message, Value

PASSWORD_BYTES = 8
RECORD_FIELDS = frozenset({"pan_length", "pan", "reason", "expiry"})
LONGEST_RECORD = 999


class Listing(StrEnum):
    """What the stand-in file has to say of a card."""

    BLOCKED = "blocked"
    LOST = "lost"
    STOLEN = "stolen"
    CLOSED = "closed"
    UNLISTED = "unlisted"


class UpdateCode(StrEnum):
    """DE 91."""

    ADD = "1"
    CHANGE = "2"
    DELETE = "3"


@dataclass(frozen=True, slots=True)
class FileUpdates:
    """The part of a profile that is about 0302 messages."""

    enabled: bool = False
    """Whether the network takes file updates on this link. They leave on connections that have signed on, no others."""
    file_name: str = "MCC102"
    """DE 101: MCC102 is the account (stand-in) file, MCC103 the electronic warning bulletin."""
    record: str = "{pan_length}{pan}{reason}{expiry}"
    """DE 120 of an addition or a change. A deletion has none: DE 2 says whose."""
    reason_blocked: str = "O"
    reason_lost: str = "L"
    reason_stolen: str = "S"
    reason_closed: str = "C"
    """What stands for {reason} in the record."""
    response_seconds: float = 30.0
    """How long an 0312 may take; networks allow as much."""
    retry_first_seconds: float = 5.0
    """Pause after the first attempt without an answer; doubled with each."""
    retry_most_seconds: float = 900.0
    """The longest such pause."""
    max_attempts: int = 100
    """About a day of attempts; then a person has to look. Only what was sent counts."""

    def mistakes(self) -> list[str]:
        """What cannot be in a profile, each starting with its key."""
        found = []
        if not 1 <= len(self.file_name) <= 17 or not self.file_name.isascii():
            found.append("file_name: has to be 1 to 17 characters")
        try:
            names = {name for _, name, _, _ in Formatter().parse(self.record) if name is not None}
        except ValueError as error:
            return [*found, f"record: {error}"]
        found += [f"record: no such field {{{name}}}" for name in sorted(names - RECORD_FIELDS)]
        if not found and len(self.record_of(Pan("9" * 19), Listing.BLOCKED, "0000")) > LONGEST_RECORD:
            found.append(f"record: is longer than {LONGEST_RECORD} characters")
        if self.retry_most_seconds < self.retry_first_seconds:
            found.append("retry_most_seconds: is less than retry_first_seconds")
        return found

    def record_of(self, pan: Pan, listing: Listing, expiry: str) -> str:
        fields = {"pan_length": f"{len(pan.clear):02d}", "pan": pan.clear, "reason": self._reasons[listing], "expiry": expiry}
        return self.record.format(**fields)

    def pause_seconds(self, attempts: int) -> float:
        """After so many attempts."""
        return float(min(self.retry_most_seconds, self.retry_first_seconds * 2 ** min(attempts - 1, 30)))

    @property
    def _reasons(self) -> Mapping[Listing, str]:
        return {
            Listing.BLOCKED: self.reason_blocked,
            Listing.LOST: self.reason_lost,
            Listing.STOLEN: self.reason_stolen,
            Listing.CLOSED: self.reason_closed,
        }


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """One card's update in clear, between opening its number and writing the message."""

    pan: Pan
    listing: Listing
    code: UpdateCode
    expiry: str
    """YYMM."""


def file_update_message(
    said: FileUpdates, update: FileUpdate, *, forwarder: str, stan: str, transmitted: str, password: bytes = b""
) -> Message:
    """The 0302. `transmitted` is DE 7 (MMDDhhmmss, UTC); a password of 8 bytes is DE 96, without one there is no DE 96."""
    elements: dict[int, Value] = {2: update.pan.clear, 7: transmitted, 11: stan, 91: update.code.value, 101: said.file_name}
    if forwarder:
        elements[33] = forwarder
    if password:
        elements[96] = password
    if update.code is not UpdateCode.DELETE:
        elements[120] = said.record_of(update.pan, update.listing, update.expiry)
    return Message("0302", elements)


class Next(Enum):
    """What follows from an attempt."""

    DONE = "done"
    AGAIN = "again"
    """After a pause."""
    OTHERWISE = "otherwise"
    """At once, with another DE 91."""
    FAILED = "failed"
    """A person has to look: the network refused it, or there have been too many attempts."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    what: Next
    code: UpdateCode
    result: str


_RESULTS = {
    "00": "accepted",
    "25": "record_not_found",
    "27": "field_error",
    "30": "format_error",
    "40": "not_supported",
    "63": "security_error",
    "80": "listed_already",
    "96": "system_error",
}
"""DE 39 of an 0312."""


def concluded(said: FileUpdates, code: UpdateCode, attempts: int, answered: str | None, *, silence: str = "") -> Conclusion:
    """`answered`: DE 39 of the 0312, None where there was none (`silence` says why).

    What has to be added and is there is changed, what has to be changed and is not there is added, and what has to be
    deleted and is not there is done: after an answer that was lost, our own earlier attempt may have been carried out.
    """
    result = silence if answered is None else f"{answered} {_RESULTS.get(answered, 'unknown_answer')}"
    match answered, code:
        case ("00", _) | ("25", UpdateCode.DELETE):
            return Conclusion(Next.DONE, code, result)
        case _ if attempts >= said.max_attempts:
            return Conclusion(Next.FAILED, code, result)
        case (None, _) | ("96", _):
            return Conclusion(Next.AGAIN, code, result)
        case ("80", UpdateCode.ADD):
            return Conclusion(Next.OTHERWISE, UpdateCode.CHANGE, result)
        case ("25", UpdateCode.CHANGE):
            return Conclusion(Next.OTHERWISE, UpdateCode.ADD, result)
        case _:
            return Conclusion(Next.FAILED, code, result)
