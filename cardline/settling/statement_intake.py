"""Takes bank statements in from files: each is kept and booked, or refused by itself."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cardline import desk
from cardline.errors import ConfigurationError
from cardline.settings import Settings
from cardline.settling.ingest import clearing_key
from clearing.errors import SettlementError
from clearing.intake.naming import shown_name
from clearing.settlement.bank_statements import Unreadable
from clearing.settlement.camt053 import MAX_BYTES
from clearing.settlement.keeping import AlreadyKept, book_entries, keep_statements

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TakenStatement:
    """What became of one file."""

    file: str
    statements: int = 0
    entries: int = 0
    booked: int = 0
    is_new: bool = False
    refused: str | None = None

    def document(self) -> dict[str, Any]:
        return {
            "file": self.file, "statements": self.statements, "entries": self.entries, "booked": self.booked,
            "is_new": self.is_new, "refused": self.refused,
        }  # fmt: skip

    def sentence(self) -> str:
        if not self.is_new:
            return f"{self.file}: is there already; nothing changed" + (f", {self.booked} entries booked" if self.booked else "")
        return f"{self.file}: {self.statements} statements taken in, {self.booked} entries booked"


async def take_all(settings: Settings, paths: list[Path], *, actor: str) -> list[TakenStatement]:
    """Raises ConfigurationError where a file cannot be read."""
    async with desk.journal(settings) as journal, desk.books(settings) as books:
        taken = []
        for path in paths:
            name = shown_name(path.name)
            document, whole_sha256 = _read(path)
            outcome = await keep_statements(
                books, document, name, key=clearing_key(settings), actor=actor, accounts=settings.settlement_accounts,
                whole_sha256=whole_sha256,
            )  # fmt: skip
            if isinstance(outcome, Unreadable):
                taken.append(TakenStatement(name, refused=outcome.reason))
                continue
            try:
                booked = await book_entries(books, journal)
            except SettlementError as error:
                raise desk.Refusal(f"{name}: kept; {error}") from None
            if isinstance(outcome, AlreadyKept):
                taken.append(TakenStatement(name, booked=booked))
                continue
            entries = sum(len(one.entries) for one in outcome.statements)
            taken.append(TakenStatement(name, len(outcome.statements), entries, booked, is_new=True))
        return taken


def _read(path: Path) -> tuple[bytes, bytes]:
    """With the SHA-256 of the whole. One byte more than may be, so that the reader sees what is too large and memory does not."""
    try:
        with path.open("rb") as stream:
            document = stream.read(MAX_BYTES + 1)
            digest = sha256(document)
            while more := stream.read(_PIECE_BYTES):
                digest.update(more)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    return document, digest.digest()
