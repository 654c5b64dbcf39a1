"""TR-31, versions B and D: the blocks of psec's tests, psec as the oracle in both directions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psec import tr31

from authorizer.crypto.key_block import KeyBlock, KeyBlockFault, KeyBlockHeader, unwrap, wrap

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

KEY = bytes.fromhex("3F419E1CB7079442AA37474C2EFBF8B8")
KBPK_B = bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")
BLOCK_B = "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E"
KBPK_D = bytes.fromhex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6")
BLOCK_D = "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A27E8E31DA05F7425509593D03A457DC34"

lengths = {"B": (16, 24), "D": (16, 24, 32)}


@st.composite
def protected(draw: st.DrawFn) -> tuple[str, bytes, bytes]:
    """Version, protection key and key."""
    version = draw(st.sampled_from("BD"))
    protection = draw(st.sampled_from(lengths[version]).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
    return (
        version,
        protection,
        draw(st.sampled_from(lengths[version]).flatmap(lambda size: st.binary(min_size=size, max_size=size))),
    )


def header(version: str) -> KeyBlockHeader:
    return KeyBlockHeader(version, "P0", "T" if version == "B" else "A", "E")


@pytest.mark.parametrize(("protection", "block"), [(KBPK_B, BLOCK_B), (KBPK_D, BLOCK_D)])
def test_published_blocks_hold_their_key(protection: bytes, block: str) -> None:
    found = unwrap(protection, block)
    assert isinstance(found, KeyBlock)
    assert found.key == KEY
    assert found.header == header(block[0])


@settings(max_examples=60)
@given(protected())
def test_psec_opens_our_blocks_and_we_open_those_of_psec(drawn: tuple[str, bytes, bytes]) -> None:
    version, protection, key = drawn
    ours = wrap(protection, KeyBlock(header(version), key))
    their_header, their_key = tr31.unwrap(protection, ours)
    assert (their_key, their_header.key_usage, their_header.version_id) == (key, "P0", version)
    theirs = tr31.wrap(protection, f"{version}0000P0{ours[7]}E00E0000", key)
    found = unwrap(protection, theirs)
    assert isinstance(found, KeyBlock)
    assert found.key == key


def test_optional_blocks_are_authenticated_and_kept_as_text() -> None:
    block = tr31.Header("B", "P0", "T", "E", "01", "N")
    block.blocks["KS"] = "00604B120F9292800000"
    found = unwrap(KBPK_B, tr31.KeyBlock(KBPK_B, block).wrap(KEY))
    assert isinstance(found, KeyBlock)
    assert found.key == KEY
    assert found.header.optional_blocks.startswith("KS1800604B120F9292800000")
    assert unwrap(KBPK_B, wrap(KBPK_B, found)) == found


@settings(max_examples=100)
@given(st.sampled_from([(KBPK_B, BLOCK_B), (KBPK_D, BLOCK_D)]), st.data())
def test_a_changed_block_gives_no_key(sample: tuple[bytes, str], data: st.DataObject) -> None:
    protection, block = sample
    place = data.draw(st.integers(0, len(block) - 1))
    other = data.draw(st.sampled_from([c for c in "0123456789ABCDEFPTS" if c != block[place]]))
    assert isinstance(unwrap(protection, block[:place] + other + block[place + 1 :]), KeyBlockFault)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=120), st.text("0123456789ABCDEFPT", max_size=120).map(lambda text: f"B{text}")))
def test_any_text_is_a_block_or_has_a_fault(text: str) -> None:
    assert isinstance(unwrap(KBPK_B, text), KeyBlockFault)


@pytest.mark.parametrize(
    ("protection", "block", "fault"),
    [
        (KBPK_B, "", KeyBlockFault.VERSION),
        (KBPK_B, "A" + BLOCK_B[1:], KeyBlockFault.VERSION),
        (KBPK_B[:8], BLOCK_B, KeyBlockFault.PROTECTION_KEY),
        (KBPK_D, BLOCK_B, KeyBlockFault.PROTECTION_KEY),
        (KBPK_B, BLOCK_B[:-2], KeyBlockFault.LAYOUT),
        (KBPK_B, BLOCK_B[:12] + "01" + BLOCK_B[14:], KeyBlockFault.LAYOUT),
        (KBPK_B, BLOCK_B[:-2] + "  ", KeyBlockFault.LAYOUT),
        (KBPK_B, "B0016P0TE00E0000", KeyBlockFault.LAYOUT),
        (KBPK_B[::-1], BLOCK_B, KeyBlockFault.WRONG_MAC),
    ],
)
def test_each_fault_is_named(protection: bytes, block: str, fault: KeyBlockFault) -> None:
    assert unwrap(protection, block) is fault


@pytest.mark.parametrize("wrong", [{"version": "C"}, {"usage": "PIN"}, {"optional_count": 1}, {"key_version": "1"}])
def test_a_header_that_cannot_be_written_is_refused(wrong: dict[str, object]) -> None:
    fields = {"version": "B", "usage": "P0", "algorithm": "T", "mode_of_use": "E"} | wrong
    with pytest.raises(ValueError, match="key block"):
        wrap(KBPK_B, KeyBlock(KeyBlockHeader(**fields), KEY))  # type: ignore[arg-type]


def test_the_key_of_a_block_does_not_show() -> None:
    assert repr(KEY) not in repr(KeyBlock(header("B"), KEY))
