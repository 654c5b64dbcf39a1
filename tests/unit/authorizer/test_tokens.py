import pytest

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer

KEY = bytes(range(32))
PAN = Pan("5413330000000001")


def test_the_same_card_gives_the_same_token_of_sixteen_bytes() -> None:
    token = Tokenizer(KEY).token(PAN)
    assert token == Tokenizer(KEY).token(Pan(PAN.clear))
    assert len(token) == 16


def test_another_card_or_another_key_gives_another_token() -> None:
    tokens = {
        Tokenizer(KEY).token(PAN),
        Tokenizer(KEY).token(Pan("5413330000000019")),
        Tokenizer(KEY[::-1]).token(PAN),
    }
    assert len(tokens) == 3


def test_the_token_does_not_contain_the_card_number() -> None:
    assert PAN.clear.encode() not in Tokenizer(KEY).token(PAN)


def test_a_short_key_is_refused_and_a_key_is_never_shown() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Tokenizer(KEY[:31])
    assert KEY.hex() not in repr(Tokenizer(KEY))
