"""Where a clearing file waits that comes piece by piece: on disk, but sealed, and gone with the process. I/O.

The key is drawn for one spool and lives in this process's memory only; the disk file has no name. So after a kill nothing
is left that anybody could read, and nothing to clear away.
"""

import io
import tempfile
from pathlib import Path
from typing import IO, BinaryIO, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clearing.intake.sealing import PIECE_BYTES

_TAG_BYTES = 16
_NONCE_BYTES = 12


class SealedSpool:
    """Write, then read as often as wanted, then close. Less than one piece never reaches the disk."""

    def __init__(self, directory: Path | None = None) -> None:
        self._aes = AESGCM(AESGCM.generate_key(256))
        self._directory = directory
        self._file: IO[bytes] | None = None
        self._pieces = 0
        self._open = bytearray()

    @property
    def size(self) -> int:
        """Bytes written so far, in clear."""
        return self._pieces * PIECE_BYTES + len(self._open)

    def write(self, data: bytes) -> None:
        """Raises OSError where the disk is full, or there is none."""
        self._open += data
        while len(self._open) >= PIECE_BYTES:
            sealed = memoryview(self._aes.encrypt(_nonce(self._pieces), bytes(self._open[:PIECE_BYTES]), None))
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._directory, buffering=0)  # noqa: SIM115 - closed with the spool
            while sealed:
                sealed = sealed[self._file.write(sealed) :]
            self._pieces += 1
            del self._open[:PIECE_BYTES]

    def reader(self) -> BinaryIO:
        """What was written, from its start; nothing may be written while it is read."""
        return cast("BinaryIO", io.BufferedReader(_Pieces(self), PIECE_BYTES))

    def piece(self, number: int) -> bytes:
        """In clear; b"" behind the last."""
        if number >= self._pieces:
            return bytes(self._open) if number == self._pieces else b""
        assert self._file is not None, "a piece was written"
        self._file.seek(number * (PIECE_BYTES + _TAG_BYTES))
        sealed = b""
        while len(sealed) < PIECE_BYTES + _TAG_BYTES and (part := self._file.read(PIECE_BYTES + _TAG_BYTES - len(sealed))):
            sealed += part
        return self._aes.decrypt(_nonce(number), sealed, None)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._open.clear()


class _Pieces(io.RawIOBase):
    """A spool as a stream."""

    def __init__(self, spool: SealedSpool) -> None:
        self._spool, self._at = spool, 0
        self._number, self._piece = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._spool.size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, into: "memoryview | bytearray") -> int:  # type: ignore[override]  # any buffer; io gives these
        number, start = divmod(self._at, PIECE_BYTES)
        if number != self._number:
            self._number, self._piece = number, self._spool.piece(number)
        part = self._piece[start : start + len(into)]
        into[: len(part)] = part
        self._at += len(part)
        return len(part)


def _nonce(number: int) -> bytes:
    """Counted: the key seals each piece of one spool once and nothing else."""
    return number.to_bytes(_NONCE_BYTES, "big")
