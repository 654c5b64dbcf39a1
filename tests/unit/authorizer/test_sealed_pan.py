"""Card numbers at rest: open under their key and for their card, and for nothing else."""

import pytest

from authorizer.errors import SealedPanError
from authorizer.pan import Pan
from authorizer.sealed_pan import PanCipher

KEY, PAN = bytes(range(32)), Pan("5413330000000007")


def test_a_sealed_number_opens_again_and_shows_nothing() -> None:
    sealed = PanCipher(KEY).seal(PAN, 7)
    assert PanCipher(KEY).open(sealed, 7) == PAN
    assert PAN.clear.encode() not in sealed
    assert sealed != PanCipher(KEY).seal(PAN, 7)


@pytest.mark.parametrize(
    ("key", "card_id", "damage", "said"),
    [
        (bytes(32), 7, 0, "under another key"),
        (KEY, 8, 0, "changed or belongs to another card"),
        (KEY, 7, 1, "changed or belongs to another card"),
    ],
    ids=["another key", "another card", "a changed byte"],
)
def test_a_number_opens_for_nothing_else(key: bytes, card_id: int, damage: int, said: str) -> None:
    sealed = bytearray(PanCipher(KEY).seal(PAN, 7))
    sealed[-1] ^= damage
    with pytest.raises(SealedPanError, match=said) as refused:
        PanCipher(key).open(bytes(sealed), card_id)
    assert PAN.clear not in str(refused.value)


def test_a_number_cut_short_is_refused() -> None:
    with pytest.raises(SealedPanError):
        PanCipher(KEY).open(PanCipher(KEY).seal(PAN, 7)[:10], 7)
