"""Holes in a frame: everything around them stays as it was."""

from simulator.load.templates import Hole, template, with_holes
from switch.framing import Framing, PrefixEncoding
from switch.iso8583 import Codec, Message


def test_a_filled_template_is_the_frame_that_an_encoding_gives() -> None:
    codec, framing = Codec("cp037"), Framing(prefix_bytes=4, encoding=PrefixEncoding.ASCII, header=b"\x60\x00", trailer=b"\x03")
    message = Message("0100", {2: "5413330000000000", 4: "000000000001", 48: "R9203123".encode("cp037"), 90: "1" * 42})
    format_ = template(message, codec, framing, {2: "pan", 4: "amount", "48.92": "cvc2", "90:4:10": "original", 55: "absent"})
    values = {b"pan": "5413339999999999", b"amount": "000000000777", b"cvc2": "456", b"original": "222222"}
    other = Message(
        "0100",
        {2: "5413339999999999", 4: "000000000777", 48: "R9203456".encode("cp037"), 90: "1111" + "222222" + "1" * 32},
    )
    filled = format_ % {name: text.encode("cp037") for name, text in values.items()}
    assert filled == framing.wrap(codec.encode(other))


def test_a_percent_sign_in_the_bytes_stays_one() -> None:
    assert with_holes(b"%a%%(b", [Hole(1, 1, "x")], before=0) % {b"x": b"%"} == b"%%%%(b"
