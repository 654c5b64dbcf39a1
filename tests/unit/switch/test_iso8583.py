"""The codec: valid messages survive the way out and back, any bytes give a value, failures are located."""

import iso8583
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wire_samples import MESSAGES, PAN, purchase

from switch.errors import ConfigurationError, EncodeError
from switch.iso8583 import Codec, Malformed, Message

EBCDIC = Codec("cp037")
ASCII = Codec("ascii")
CODECS = st.sampled_from([EBCDIC, ASCII, Codec("cp500")])


def malformed(codec: Codec, payload: bytes) -> Malformed:
    decoded = codec.decode(payload)
    assert isinstance(decoded, Malformed)
    return decoded


@given(codec=CODECS, message=MESSAGES)
def test_a_message_survives_encoding_and_decoding(codec: Codec, message: Message) -> None:
    payload = codec.encode(message)
    assert codec.decode(payload) == message
    assert codec.encode(message) == payload


@given(codec=CODECS, payload=st.binary(max_size=300))
@example(codec=ASCII, payload=b"0100" + b"\xff" * 300)
@example(codec=EBCDIC, payload=b"")
def test_decoding_any_bytes_never_raises(codec: Codec, payload: bytes) -> None:
    assert isinstance(codec.decode(payload), Message | Malformed)


@given(codec=CODECS, message=MESSAGES, data=st.data())
def test_decoding_a_damaged_message_never_raises_and_what_is_sound_encodes_again(
    codec: Codec, message: Message, data: st.DataObject
) -> None:
    payload = bytearray(codec.encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    decoded = codec.decode(bytes(payload[: data.draw(st.integers(0, len(payload)))]))
    again = Message(decoded.mti or "0000", decoded.elements)
    assert codec.decode(codec.encode(again)) == again


@given(codec=CODECS, message=MESSAGES)
def test_every_truncation_is_malformed_within_the_payload(codec: Codec, message: Message) -> None:
    payload = codec.encode(message)
    for size in range(len(payload)):
        assert malformed(codec, payload[:size]).offset <= size


def test_the_published_0810_example_is_read() -> None:
    payload = bytes.fromhex(
        "F0F8F1F0 8220000082000000 0400000000000000 F0F7F2F0F1F1F1F0F1F1 F0F0F0F0F0F1F1F0F9F0F0F0F0F0F0F0F0F1 F0F0 F0F6F1"
    )
    expected = Message("0810", {7: "0720111011", 11: "000001", 33: "9000000001", 39: "00", 70: "061"})
    assert EBCDIC.decode(payload) == expected
    assert EBCDIC.encode(expected) == payload


def test_binary_elements_are_bytes_and_character_elements_keep_their_padding() -> None:
    message = purchase(de52=bytes(range(8)), de55=b"\x9a\x03\x26\x11\x21", de41="T1      ")
    decoded = ASCII.decode(ASCII.encode(message))
    assert isinstance(decoded, Message)
    assert decoded.raw(52) == bytes(range(8))
    assert decoded.raw(55) == b"\x9a\x03\x26\x11\x21"
    assert decoded.text(41) == "T1      "


def test_an_absent_element_reads_as_the_default() -> None:
    message = purchase()
    assert (message.text(38), message.text(38, "?"), message.raw(55), message.raw(2)) == ("", "?", b"", b"")


def test_letters_in_a_numeric_element_are_located_and_all_other_elements_are_readable() -> None:
    payload = EBCDIC.encode(purchase()).replace("000000001000".encode("cp037"), "00000000100A".encode("cp037"), 1)
    found = malformed(EBCDIC, payload)
    assert (found.mti, found.element, found.reason) == ("0100", 4, "not digits")
    assert found.offset == 4 + 8 + 2 + 16 + 6
    assert set(found.elements) == set(purchase().elements) - {4}


def test_superscript_digits_of_ebcdic_are_not_digits() -> None:
    payload = EBCDIC.encode(Message("0800", {11: "000001"})).replace(b"\xf0\xf1", "0²".encode("cp037"))
    assert malformed(EBCDIC, payload).element == 11


def test_a_byte_outside_ascii_is_located_on_the_ascii_link() -> None:
    message = purchase(de48=b"R")
    payload = ASCII.encode(message).replace(b"TERM", b"T\xc5RM")
    found = malformed(ASCII, payload)
    assert found.element == 41
    assert found.elements[11] == "000001"


@pytest.mark.parametrize("prefix", ["+9", " 9", "-1", "9_", "99", "XX"])
def test_a_length_that_is_not_plain_digits_within_bounds_is_located(prefix: str) -> None:
    payload = ASCII.encode(Message("0100", {3: "000000", 35: "123456789"})).replace(b"09123", prefix.encode() + b"123")
    found = malformed(ASCII, payload)
    assert (found.element, found.elements) == (35, {3: "000000"})


def test_an_earlier_flaw_is_reported_before_a_later_break() -> None:
    payload = ASCII.encode(purchase(de48=b"R")).replace(b"000000001000", b"0000000010.0", 1)[:-3]
    assert malformed(ASCII, payload).element == 4


def test_bytes_after_the_last_element_are_malformed_and_everything_is_readable() -> None:
    payload = EBCDIC.encode(purchase())
    found = malformed(EBCDIC, payload + b"!")
    assert (found.offset, found.elements) == (len(payload), purchase().elements)


def test_a_message_type_that_is_not_digits_has_none() -> None:
    found = malformed(EBCDIC, "01A0".encode("cp037") + bytes(8))
    assert (found.mti, found.element, found.offset) == (None, None, 0)


def test_a_third_bitmap_is_refused_and_the_header_stays_readable() -> None:
    payload = bytearray(EBCDIC.encode(purchase(de90="0" * 42)))
    payload[12] |= 0x80
    found = malformed(EBCDIC, bytes(payload))
    assert (found.mti, found.element, found.offset) == ("0100", 65, 12)
    assert found.elements[11] == "000001"


def test_an_unset_third_bitmap_bit_after_an_earlier_break_reports_the_break() -> None:
    payload = bytearray(ASCII.encode(purchase(de48=b"R", de90="0" * 42)))
    payload[12] |= 0x80
    assert malformed(ASCII, bytes(payload[:30])).element == 2


@pytest.mark.parametrize(
    ("changed", "element"),
    [
        ({"de4": "1000"}, 4),
        ({"de4": "00000000100A"}, 4),
        ({"de4": b"000000001000"}, 4),
        ({"de48": "R"}, 48),
        ({"de48": bytes(1000)}, 48),
        ({"de52": bytes(7)}, 52),
        ({"de42": "too short"}, 42),
        ({"de43": "É" * 40}, None),
        ({"de41": "TERM000\u2022"}, 41),
        ({"de65": "1"}, 65),
        ({"de129": "1"}, 129),
    ],
)
def test_a_value_that_does_not_fit_is_not_encoded(changed: dict[str, object], element: int | None) -> None:
    if element is None:
        assert EBCDIC.encode(purchase(**changed))
        return
    with pytest.raises(EncodeError) as caught:
        EBCDIC.encode(purchase(**changed))
    assert caught.value.element == element


@pytest.mark.parametrize("mti", ["100", "01000", "01A0", "", "\u0660\u0661\u0660\u0660"])
def test_a_message_type_that_is_not_four_digits_is_not_encoded(mti: str) -> None:
    with pytest.raises(EncodeError):
        EBCDIC.encode(Message(mti, {}))


def test_no_representation_or_error_shows_content() -> None:
    message = purchase(de35=PAN + "D2912")
    shown = [repr(message), repr(malformed(EBCDIC, EBCDIC.encode(message)[:-1]))]
    with pytest.raises(EncodeError) as caught:
        EBCDIC.encode(purchase(de2=PAN + "X"))
    shown += [str(caught.value), repr(caught.value), repr(caught.value.__context__)]
    assert not any(PAN in text for text in shown)


@pytest.mark.parametrize("character_set", ["cp1047", "utf-8", ""])
def test_an_unknown_or_unavailable_character_set_is_a_configuration_error(character_set: str) -> None:
    with pytest.raises(ConfigurationError, match="character_set"):
        Codec(character_set)


@given(MESSAGES, st.sampled_from([EBCDIC, ASCII]))
def test_encoding_gives_the_bytes_that_the_library_gives(message: Message, codec: Codec) -> None:
    texts = {str(n): v.hex() if isinstance(v, bytes) else v for n, v in message.elements.items()}
    expected, _ = iso8583.encode({"t": message.mti, **texts}, codec._spec)
    assert codec.encode(message) == bytes(expected)


@given(CODECS, MESSAGES, st.data())
def test_what_is_decoded_quickly_is_what_the_library_decodes(codec: Codec, message: Message, data: st.DataObject) -> None:
    payload = bytearray(codec.encode(message))
    for _ in range(data.draw(st.integers(0, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(payload[: data.draw(st.integers(0, len(payload)))]) if data.draw(st.booleans()) else bytes(payload)
    assert codec.decode(damaged) == codec.located(damaged)


@given(CODECS, st.binary(max_size=200))
def test_any_bytes_are_decoded_quickly_as_the_library_decodes_them(codec: Codec, payload: bytes) -> None:
    assert codec.decode(payload) == codec.located(payload)
