"""Answers can be written in every character set, name what they answer, and come out the same each time."""

import pytest

from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.transfer.answers import ErrorCode, Kept, Problem, acknowledgement, rejection

FILE_ID = "0022611260000020090000001"


@pytest.mark.parametrize("character_set", list(CharacterSet))
@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_rejection_can_be_written(character_set: CharacterSet, code: ErrorCode) -> None:
    codec = IpmCodec(character_set)
    for message in rejection(Problem(code, "the reason, a long one: € " + "x" * 2000, FILE_ID, 7, None, "0306")):
        assert codec.decode(codec.encode(message)) == message


def test_a_flawed_record_has_an_exception_of_its_own_before_the_file_is_rejected() -> None:
    exception, end = rejection(Problem(ErrorCode.NOT_PROVED, "the message number is not 4", FILE_ID, 4, 71))
    assert (exception.function_code, end.function_code) == ("691", "699")
    assert exception.pds == {"0005": "D0071100003000", "0138": "00000004", "0280": FILE_ID}
    assert end.pds == {"0005": "D0071100003000", "0280": FILE_ID}
    assert (exception.text(71), end.text(71), end.text(72)) == ("00000001", "00000002", "the message number is not 4")


def test_a_rejection_without_a_record_or_a_file_says_so_by_leaving_them_out() -> None:
    (end,) = rejection(Problem(ErrorCode.OUT_OF_PLACE, "comes before any header"))
    assert end.pds == {"0005": "D0000100002000"}


def test_an_acknowledgement_carries_the_files_id_and_figures() -> None:
    (said,) = acknowledgement(Kept(FILE_ID, 4, 2, 1950))
    assert said.function_code == "680"
    assert said.pds == {"0300": FILE_ID, "0301": f"{1950:016d}", "0306": "00000004", "0402": "0000000002"}
