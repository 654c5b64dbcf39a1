"""A file is taken in only as a whole; what is wrong with it is said in one line with its place."""

import hashlib
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipm_samples import PAN, day_file, presentment

from clearing.intake.proving import ProvedFile, Refused, proved
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm

FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)
GOOD = day_file([presentment(2), presentment(3, 700)], FORM)


def refusal(content: bytes) -> str:
    found = proved(io.BytesIO(content), "day.ipm")
    assert isinstance(found, Refused)
    assert PAN not in found.reason
    assert found.why
    assert found.reason.endswith(found.why)
    assert found.sha256 == hashlib.sha256(content).digest()
    return found.reason


def test_a_sound_file_is_known_by_its_id_content_and_sums() -> None:
    found = proved(io.BytesIO(GOOD), "day.ipm")
    assert isinstance(found, ProvedFile)
    assert (found.file_id, found.messages, found.amount) == ("0022611260000020090000001", 4, 1950)
    assert (found.sha256, found.size, found.form) == (hashlib.sha256(GOOD).digest(), len(GOOD), FORM)
    assert found.is_test
    assert found.has_end_mark


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0023003POI", "0023x03POI", "day.ipm: record 2, DE 48 PDS 0023, byte "),
        ("00000003", "00000009", "day.ipm: record 3, DE 71, byte "),
        ("000000000700", "000000000701", "day.ipm: record 4, PDS 0301, byte "),
    ],
)
def test_a_flaw_anywhere_refuses_the_whole_file_and_names_its_place(old: str, new: str, reason: str) -> None:
    assert refusal(GOOD.replace(old.encode("cp500"), new.encode("cp500"), 1)).startswith(reason)


def test_a_trailers_figure_that_looks_like_a_card_number_is_not_repeated() -> None:
    said = refusal(GOOD.replace(f"{1950:016d}".encode("cp500"), "5413330000000027".encode("cp500"), 1))
    assert said.endswith("the trailer says 541333******0027 in all DE 4, the file has 1950")


@pytest.mark.parametrize("content", [b"", b"no clearing file", GOOD[: len(GOOD) // 2], GOOD + b"x"])
def test_what_is_no_whole_file_is_refused(content: bytes) -> None:
    assert refusal(content).startswith("day.ipm: ")


def test_a_file_of_nothing_but_an_end_mark_is_never_silently_empty() -> None:
    assert "no framing" in refusal(bytes(4))


def test_a_bank_statement_is_told_which_command_takes_it() -> None:
    for content in (b"<Document/>", b"\xef\xbb\xbf\r\n<?xml version='1.0'?><Document/>"):
        assert "a bank statement is taken in by `cardline reconcile statement`" in refusal(content)


PLANTED = [text.encode("cp500") for text in (PAN, "-".join(PAN), f"N{PAN}", f"{PAN}{'0' * 9}")]


@given(st.data())
def test_no_refusal_repeats_a_card_number_wherever_it_stood(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        planted = data.draw(st.sampled_from(PLANTED))
        at = data.draw(st.integers(0, len(content) - len(planted)))
        content[at : at + len(planted)] = planted
    found = proved(io.BytesIO(content), "day.ipm")
    if isinstance(found, Refused):
        for said in (found.reason, found.why):
            assert PAN not in re.sub("[^0-9]", "", said)


def test_a_file_id_that_is_none_is_shown_without_the_card_number_in_it() -> None:
    content = GOOD.replace("0022611260000020090000001".encode("cp500"), f"{PAN}999999999".encode("cp500"), 1)
    found = proved(io.BytesIO(content), "day.ipm")
    assert isinstance(found, Refused)
    assert found.file_id is not None
    assert (PAN in found.file_id, found.file_id[6:12]) == (False, "******")
