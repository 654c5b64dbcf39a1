"""Framing and character set are found without being told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipm_samples import presentment, written

from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm, recognized

FORMS = [FileForm(framing, character_set) for framing in Framing for character_set in CharacterSet]


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("count", [1, 3, 200])
def test_every_form_is_recognized(form: FileForm, count: int) -> None:
    messages = [presentment(number, P9000="WOW! [ROOM 7]") for number in range(1, count + 1)]
    data = written(messages, form)
    assert recognized(data, is_whole=True) == form
    assert recognized(data[:20_000], is_whole=len(data) <= 20_000) == form


def test_where_the_ebcdic_sets_do_not_differ_it_is_cp500() -> None:
    data = written([presentment()], FileForm(Framing.VBS, CharacterSet.CP1047))
    assert recognized(data, is_whole=True) == FileForm(Framing.VBS, CharacterSet.CP500)


def test_spaces_where_a_block_would_end_do_not_make_a_file_blocked() -> None:
    form = FileForm(Framing.VBS, CharacterSet.CP037)
    data = written([presentment(number, P9000=" " * 900) for number in range(1, 30)], form)
    assert data[1012:1014] == b"@@"
    found = recognized(data, is_whole=True)
    assert isinstance(found, FileForm)
    assert found.framing is Framing.VBS


@pytest.mark.parametrize("data", [b"", b"\0" * 4, b"hello world" * 300, b"\0\0\0\x64" + b"0100" + b"\xff" * 96])
def test_what_is_no_clearing_file_is_refused_in_words(data: bytes) -> None:
    assert isinstance(recognized(data, is_whole=True), str)


@given(data=st.binary(max_size=3000), is_whole=st.booleans())
def test_any_bytes_are_recognized_or_refused(data: bytes, is_whole: bool) -> None:
    assert isinstance(recognized(data, is_whole=is_whole), FileForm | str)
