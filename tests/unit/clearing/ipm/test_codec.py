"""Valid messages survive the way out and back, any bytes give a value, and failures are located without content."""

import iso8583
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ipm_samples import CHARACTER_SETS, MESSAGES, PAN, presentment

from clearing.errors import EncodeError
from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.elements import CARRIERS
from clearing.ipm.locator import Locator, specification
from clearing.ipm.messages import BadMessage, IpmMessage
from clearing.ipm.pds import carried

LATIN = IpmCodec(CharacterSet.LATIN_1)
CODECS = CHARACTER_SETS.map(IpmCodec)


def bad(payload: bytes, codec: IpmCodec = LATIN) -> BadMessage:
    decoded = codec.decode(payload)
    assert isinstance(decoded, BadMessage)
    return decoded


@settings(max_examples=60)
@given(codec=CODECS, message=MESSAGES)
def test_a_message_survives_encoding_and_decoding(codec: IpmCodec, message: IpmMessage) -> None:
    assert codec.decode(codec.encode(message)) == message


@settings(max_examples=60)
@given(message=MESSAGES, character_set=st.sampled_from([CharacterSet.CP500, CharacterSet.LATIN_1]))
def test_the_bytes_are_those_of_pyiso8583(message: IpmMessage, character_set: CharacterSet) -> None:
    texts = {
        str(number): value.hex().upper() if isinstance(value, bytes) else value for number, value in message.elements.items()
    }
    texts |= {str(number): value for number, value in carried(message.pds)}
    library, _ = iso8583.encode({"t": message.mti, **texts}, specification(character_set.value))
    ours = IpmCodec(character_set).encode(message)
    if len(library) == len(ours):  # the library leaves the second bit map out where it is empty
        assert ours == library
    else:
        assert ours[20:] == library[12:]


@given(codec=CODECS, payload=st.binary(max_size=300))
@example(codec=LATIN, payload=b"1240" + b"\xff" * 300)
@example(codec=LATIN, payload=b"")
def test_decoding_any_bytes_never_raises(codec: IpmCodec, payload: bytes) -> None:
    assert isinstance(codec.decode(payload), IpmMessage | BadMessage)


@settings(max_examples=60)
@given(codec=CODECS, message=MESSAGES, data=st.data())
def test_the_quick_way_and_the_library_agree_on_damaged_messages(
    codec: IpmCodec, message: IpmMessage, data: st.DataObject
) -> None:
    payload = bytearray(codec.encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(payload[: data.draw(st.integers(0, len(payload)))]) if data.draw(st.booleans()) else bytes(payload)
    judged = Locator(codec.character_set).read(damaged)
    assert codec.decode(damaged) == judged


def test_unknown_pds_are_kept_as_they_are() -> None:
    message = presentment(P9998=" odd [value] ! ", P0000="")
    for character_set in CharacterSet:
        codec = IpmCodec(character_set)
        assert codec.decode(codec.encode(message)) == message


def test_pds_go_on_in_the_next_carrier_and_are_never_split() -> None:
    pds = {f"{tag:04d}": f"{tag}" * 45 for tag in range(1000, 1012)}
    carriers = carried(pds)
    assert [number for number, _ in carriers] == list(CARRIERS[: len(carriers)])
    assert all(len(value) <= 999 and len(value) % 187 == 0 for _, value in carriers)
    message = IpmMessage("1644", {24: "685"}, pds)
    assert LATIN.decode(LATIN.encode(message)) == message


def test_what_does_not_fit_into_all_carriers_is_refused() -> None:
    with pytest.raises(EncodeError, match="DE 125"):
        LATIN.encode(IpmMessage("1644", {}, {f"{tag:04d}": "x" * 600 for tag in range(6)}))


@pytest.mark.parametrize(
    ("change", "element", "reason"),
    [
        ({4: "12"}, 4, "2 long"),
        ({4: "00000000012x"}, 4, "not digits"),
        ({2: "1" * 20}, 2, "20 long"),
        ({7: "1126101112"}, 7, "no place"),
        ({48: "0023003POI"}, 48, "filled from"),
        ({55: "text"}, 55, "not bytes"),
        ({43: b"bytes"}, 43, "not characters"),
    ],
)
def test_a_value_that_does_not_fit_its_element_is_not_written(change: dict[int, str | bytes], element: int, reason: str) -> None:
    message = presentment()
    message.elements.update(change)
    with pytest.raises(EncodeError, match=reason) as raised:
        LATIN.encode(message)
    assert raised.value.element == element


def test_a_character_the_set_lacks_is_not_written() -> None:
    with pytest.raises(EncodeError, match="cp500"):
        IpmCodec(CharacterSet.CP500).encode(presentment(P9999="€"))


GOOD = LATIN.encode(presentment())


@pytest.mark.parametrize(
    ("payload", "element", "tag", "offset", "reason"),
    [
        (GOOD[:10], None, None, 10, "ends within"),
        (b"12x0" + GOOD[4:], None, None, 0, "not four digits"),
        (b"0100" + GOOD[4:], None, None, 0, "none of a clearing file"),
        (GOOD[:4] + b"\x7f" + GOOD[5:], None, None, 4, "bit 1"),
        (GOOD[:4] + bytes((GOOD[4] | 0x02,)) + GOOD[5:], 7, None, 4, "no place"),
        (GOOD[:20] + b"xx" + GOOD[22:], 2, None, 20, "length is not written in digits"),
        (GOOD[:20] + b" 9" + GOOD[22:], 2, None, 20, "length is not written in digits"),
        (GOOD[:22] + b"x" + GOOD[23:], 2, None, 22, "not digits"),
        (GOOD[:-3], 94, None, len(GOOD) - 6, "ends within the element"),
        (GOOD + b"0", 94, None, len(GOOD), "bytes after the last element"),
        (GOOD.replace(b"0023003POI", b"0023x03POI"), 48, "0023", GOOD.index(b"0023003") + 4, "length is not three digits"),
        (GOOD.replace(b"0023003POI", b"00-3003POI"), 48, None, GOOD.index(b"0023003"), "tag is not four digits"),
        (GOOD.replace(b"01480049782", b"01480059782"), 48, "0148", GOOD.index(b"01480049782") + 4, "left in the carrier"),
        (GOOD.replace(b"0023003POI", b"0148003POI"), 48, "0148", GOOD.index(b"01480049782"), "twice"),
    ],
)  # fmt: skip
def test_a_flaw_is_located(payload: bytes, element: int | None, tag: str | None, offset: int, reason: str) -> None:
    found = bad(payload)
    assert (found.element, found.tag, found.offset) == (element, tag, offset)
    assert reason in found.reason


def test_neither_messages_nor_flaws_show_content() -> None:
    shown = [repr(presentment()), repr(bad(GOOD[:-3])), bad(GOOD[:-3]).reason]
    assert not [text for text in shown if PAN in text or "GROCER" in text]


def test_what_stands_before_a_flaw_is_kept() -> None:
    found = bad(GOOD.replace(b"01480049782", b"01480059782"))
    assert found.mti == "1240"
    assert found.elements[2] == PAN
    assert found.pds == {"0023": "POI"}


def test_a_stream_of_ever_new_bit_maps_does_not_grow_the_codec() -> None:
    codec = IpmCodec(CharacterSet.LATIN_1)
    for number in range(2_000):
        codec.decode(b"1240\x80" + number.to_bytes(15, "big"))
    assert len(codec._plans) <= 256
