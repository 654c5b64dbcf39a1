from hypothesis import given
from hypothesis import strategies as st

from simulator.chip import APPROVED, VERIFICATION_RESULTS, Chip, built, read

# The published inputs for cryptogram version 20.
TAGS = {
    tag: bytes.fromhex(value)
    for tag, value in {
        "9F02": "000000009999",
        "9F03": "000000000000",
        "9F1A": "0124",
        "95": "8000000000",
        "5F2A": "0124",
        "9A": "209906",
        "9C": "00",
        "9F37": "ABCDEF12",
        "82": "1800",
        "9F36": "001C",
    }.items()
}
CHIP = Chip("1234567890123456")


def test_the_cryptogram_and_its_answer_are_the_published_ones() -> None:
    cryptogram = CHIP.cryptogram(TAGS, VERIFICATION_RESULTS)
    assert cryptogram.hex().upper() == "CD29615D6452E70E"
    assert CHIP.answer(cryptogram, TAGS["9F36"], "0010").hex().upper() == "DFD0956606B68D640010"


def test_a_chip_knows_what_it_has_signed_and_what_it_has_not() -> None:
    assert CHIP.has_signed(read(CHIP.signed(TAGS)))
    assert not CHIP.has_signed(read(CHIP.signed(TAGS, is_genuine=False)))
    assert not CHIP.has_signed(read(Chip("1234567890123456", "01").signed(TAGS)))
    assert not CHIP.has_signed({"9F26": bytes(8)})


def test_the_answer_depends_on_what_was_decided() -> None:
    cryptogram = CHIP.cryptogram(TAGS, VERIFICATION_RESULTS)
    approved, declined = (CHIP.answer(cryptogram, TAGS["9F36"], code) for code in (APPROVED, "0000"))
    assert approved[:8] != declined[:8]


@given(st.binary(max_size=80))
def test_any_bytes_are_read_as_far_as_they_go(data: bytes) -> None:
    assert all(isinstance(value, bytes) for value in read(data).values())
    assert read(built(TAGS)) == TAGS
