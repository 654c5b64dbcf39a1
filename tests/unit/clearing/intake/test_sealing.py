"""A sealed piece opens only where it belongs and under its own key."""

import pytest

from clearing.errors import SealedFileError
from clearing.intake.sealing import PIECE_BYTES, FileSealer, pieces_of

KEY, SHA = bytes(range(32)), b"\x11" * 32


def test_a_piece_comes_back_and_never_looks_the_same_twice() -> None:
    sealer = FileSealer(KEY, SHA, 2)
    first, second = sealer.seal(0, b"content"), sealer.seal(0, b"content")
    assert first != second
    assert b"content" not in first
    assert sealer.open(0, first) == sealer.open(0, second) == b"content"


@pytest.mark.parametrize("other", [FileSealer(bytes(32), SHA, 2), FileSealer(KEY, b"\x12" * 32, 2), FileSealer(KEY, SHA, 3)])
def test_another_key_file_or_number_of_pieces_does_not_open_it(other: FileSealer) -> None:
    with pytest.raises(SealedFileError):
        other.open(0, FileSealer(KEY, SHA, 2).seal(0, b"content"))


def test_a_piece_moved_or_changed_does_not_open() -> None:
    sealer = FileSealer(KEY, SHA, 2)
    sealed = sealer.seal(0, b"content")
    for number, changed in ((1, sealed), (0, sealed[:-1]), (0, sealed[:-1] + bytes((sealed[-1] ^ 1,))), (0, b"")):
        with pytest.raises(SealedFileError):
            sealer.open(number, changed)


def test_pieces_are_counted_up() -> None:
    assert [pieces_of(size) for size in (1, PIECE_BYTES, PIECE_BYTES + 1)] == [1, 1, 2]


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        FileSealer(b"short", SHA, 1)
