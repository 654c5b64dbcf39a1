"""A spool gives back what was written, and nothing of it can be read on disk."""

from pathlib import Path

import pytest

from clearing.intake.sealing import PIECE_BYTES
from clearing.intake.spool import SealedSpool

SECRET = b"5413330000000019"


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 7])
def test_what_was_written_is_read_as_often_as_wanted(size: int) -> None:
    spool, content = SealedSpool(), (SECRET * (size // 16 + 1))[:size]
    for at in range(0, size, 300_000):
        spool.write(content[at : at + 300_000])
    assert spool.size == size
    reader = spool.reader()
    assert reader.read(PIECE_BYTES) + reader.read() == content
    reader.seek(0)
    assert reader.read(PIECE_BYTES) == content[:PIECE_BYTES]
    spool.close()


def test_the_disk_holds_neither_a_name_nor_a_card_number(tmp_path: Path) -> None:
    spool = SealedSpool(tmp_path)
    spool.write(SECRET * (PIECE_BYTES // 8))
    assert list(tmp_path.iterdir()) == []
    assert spool._file is not None
    on_disk = Path(f"/proc/self/fd/{spool._file.fileno()}").read_bytes()
    assert len(on_disk) > 2 * PIECE_BYTES
    assert SECRET not in on_disk
    spool.close()


def test_less_than_a_piece_needs_no_disk_and_more_without_one_is_an_error(tmp_path: Path) -> None:
    spool = SealedSpool(tmp_path / "nowhere")
    spool.write(SECRET)
    assert spool.reader().read() == SECRET
    with pytest.raises(OSError, match="nowhere"):
        spool.write(SECRET * (PIECE_BYTES // 16))
    spool.close()
