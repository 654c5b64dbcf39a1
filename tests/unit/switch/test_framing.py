"""Frames: any split of a stream gives the same payloads; what is no frame loses the framing and nothing else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.errors import ConfigurationError, EncodeError
from switch.framing import FrameReader, Framing, PrefixEncoding

FRAMINGS = [
    Framing(),
    Framing(prefix_bytes=4, counts_itself=True),
    Framing(encoding=PrefixEncoding.LITTLE_ENDIAN),
    Framing(prefix_bytes=4, encoding=PrefixEncoding.ASCII),
    Framing(encoding=PrefixEncoding.BCD, counts_itself=True),
    Framing(header=bytes.fromhex("6000010002")),
    Framing(header=b"ISO015000077", trailer=b"\x03"),
    Framing(reserved_bytes=2, max_frame=2048),
    Framing(prefix_bytes=4, encoding=PrefixEncoding.ASCII, counts_itself=True, reserved_bytes=2, trailer=b"\r\n"),
]


SHAPE = ("prefix_bytes", "encoding", "counts_itself", "reserved_bytes", "header", "trailer")


def read(framing: Framing, *chunks: bytes) -> list[bytes]:
    reader = FrameReader(framing)
    return [payload for chunk in chunks for payload in reader.feed(chunk)]


def split(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({cut % (len(stream) + 1) for cut in cuts} | {0, len(stream)})
    return [stream[start:end] for start, end in itertools.pairwise(edges)]


@given(
    framing=st.sampled_from(FRAMINGS),
    payloads=st.lists(st.binary(min_size=1, max_size=300), max_size=8),
    cuts=st.lists(st.integers(0, 10_000), max_size=20),
)
def test_a_stream_split_at_any_points_gives_the_same_payloads(framing: Framing, payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(framing.wrap, payloads))
    assert read(framing, *split(stream, cuts)) == payloads


@given(framing=st.sampled_from(FRAMINGS), noise=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=9))
def test_any_bytes_split_at_any_points_give_the_same_and_never_raise(framing: Framing, noise: bytes, cuts: list[int]) -> None:
    assert read(framing, *split(noise, cuts)) == read(framing, noise)


@given(framing=st.sampled_from(FRAMINGS), payloads=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=3))
def test_a_stream_split_at_each_single_byte_gives_the_same_payloads(framing: Framing, payloads: list[bytes]) -> None:
    stream = b"".join(map(framing.wrap, payloads))
    assert read(framing, *(stream[at : at + 1] for at in range(len(stream)))) == payloads
    for cut in range(len(stream) + 1):
        assert read(framing, stream[:cut], stream[cut:]) == payloads


@given(framing=st.sampled_from(FRAMINGS), payload=st.binary(min_size=1, max_size=300), excess=st.integers(1, 1000))
def test_a_frame_too_large_loses_the_framing_after_the_frames_before_it(framing: Framing, payload: bytes, excess: int) -> None:
    prefix = Framing(
        prefix_bytes=framing.prefix_bytes, encoding=framing.encoding, counts_itself=framing.counts_itself,
        reserved_bytes=framing.reserved_bytes,
    ).wrap(bytes(min(framing.max_frame + excess, 8192)))[: framing.prefix_bytes]  # fmt: skip
    small = Framing(**{field: getattr(framing, field) for field in SHAPE}, max_frame=framing.overhead + 400)
    reader = FrameReader(small)
    assert reader.feed(small.wrap(payload) + prefix) == [payload]
    assert reader.lost is not None


def test_the_default_prefix_is_two_big_endian_bytes_that_do_not_count_themselves() -> None:
    assert Framing().wrap(b"abc") == b"\x00\x03abc"


@pytest.mark.parametrize(
    ("framing", "frame"),
    [
        (Framing(prefix_bytes=4, encoding=PrefixEncoding.ASCII), b"0003abc"),
        (Framing(encoding=PrefixEncoding.BCD), b"\x00\x03abc"),
        (Framing(encoding=PrefixEncoding.LITTLE_ENDIAN), b"\x03\x00abc"),
        (Framing(prefix_bytes=4, counts_itself=True), b"\x00\x00\x00\x07abc"),
        (Framing(header=b"HH", trailer=b"T"), b"\x00\x06HHabcT"),
        (Framing(reserved_bytes=2), b"\x00\x03\x00\x00abc"),
        (Framing(reserved_bytes=2, counts_itself=True), b"\x00\x07\x00\x00abc"),
    ],
)
def test_each_framing_writes_its_form(framing: Framing, frame: bytes) -> None:
    assert framing.wrap(b"abc") == frame


def test_a_frame_over_the_limit_loses_the_framing_before_its_body_arrives() -> None:
    reader = FrameReader(Framing(max_frame=100))
    assert reader.feed(b"\x00\x01a\x00\x65") == [b"a"]
    assert reader.lost is not None
    assert "101 bytes" in reader.lost.reason


def test_a_frame_of_exactly_the_limit_is_read() -> None:
    assert read(Framing(), Framing().wrap(bytes(8192))) == [bytes(8192)]


def test_reserved_bytes_are_not_looked_at() -> None:
    assert read(Framing(reserved_bytes=2), b"\x00\x01\x07\xffa\x00\x00\x00\x00") == [b"a", b""]


def test_nothing_is_read_after_a_loss() -> None:
    reader = FrameReader(Framing())
    reader.feed(b"\xff\xff")
    assert reader.feed(b"\x00\x01a") == []


def test_a_frame_of_length_zero_is_an_empty_payload_and_the_next_is_read() -> None:
    assert read(Framing(), b"\x00\x00\x00\x01a") == [b"", b"a"]


@pytest.mark.parametrize(
    ("framing", "stream"),
    [
        (Framing(prefix_bytes=4, encoding=PrefixEncoding.ASCII), b"00x3abc"),
        (Framing(encoding=PrefixEncoding.BCD), b"\x0a\x00"),
        (Framing(counts_itself=True), b"\x00\x01a"),
        (Framing(header=b"HHHH"), b"\x00\x03abc"),
        (Framing(trailer=b"T"), b"\x00\x04abcX"),
    ],
)
def test_what_cannot_be_a_frame_loses_the_framing(framing: Framing, stream: bytes) -> None:
    reader = FrameReader(framing)
    assert reader.feed(stream) == []
    assert reader.lost is not None


def test_a_reply_over_the_limit_is_refused_before_it_is_sent() -> None:
    with pytest.raises(EncodeError):
        Framing(max_frame=10).wrap(bytes(11))


@pytest.mark.parametrize(
    "wrong",
    [{"prefix_bytes": 0}, {"prefix_bytes": 1, "max_frame": 256}, {"max_frame": 0}, {"max_frame": 65_536}, {"reserved_bytes": 9}],
)
def test_a_framing_that_cannot_work_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError):
        Framing(**wrong)  # type: ignore[arg-type]
