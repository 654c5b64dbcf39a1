import pytest

from authorizer.pan import Pan, luhn_check_digit
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


def test_a_check_value_tells_keys_apart_and_is_nobodys_token() -> None:
    assert Tokenizer(KEY).check_value == Tokenizer(KEY).check_value != Tokenizer(KEY[::-1]).check_value
    assert len(Tokenizer(KEY).check_value) == 8
    assert KEY.hex() not in Tokenizer(KEY).check_value.hex()


@pytest.mark.parametrize("number", ["5413330000000019", "541333010000018", "5413330400300072"])
def test_a_masked_number_and_its_token_prove_the_key(number: str) -> None:
    pan = Pan(number[:-1] + luhn_check_digit(number[:-1]))
    token = Tokenizer(KEY).token(pan)
    assert Tokenizer(KEY).makes(token, pan.masked)
    assert not Tokenizer(KEY).makes(token[::-1], f"{pan.masked[:10]}**{pan.masked[-4:]}")


def test_another_key_makes_no_such_token() -> None:
    pan = Pan("541333000019")
    assert not Tokenizer(KEY[::-1]).makes(Tokenizer(KEY).token(pan), pan.masked)
