"""The 0302 as it leaves, and what follows from each answer to it."""

from dataclasses import replace

import pytest

from authorizer.pan import Pan
from switch.file_updates import FileUpdate, FileUpdates, Listing, Next, UpdateCode, concluded, file_update_message
from switch.iso8583 import Codec, Message
from switch.masking import masked_fields
from switch.outgoing import request_key

SAID = FileUpdates(enabled=True, max_attempts=3)
LOST = FileUpdate(Pan("5413330000000007"), Listing.LOST, UpdateCode.ADD, "2912")


def written(update: FileUpdate = LOST, password: bytes = b"") -> Message:
    key = {"forwarder": "541333", "stan": "000009", "transmitted": "1126013000"}
    message = file_update_message(SAID, update, password=password, **key)
    decoded = Codec("cp037").decode(Codec("cp037").encode(message))
    assert isinstance(decoded, Message)
    return decoded


def test_a_lost_card_is_added_to_the_file_with_its_reason() -> None:
    elements = written(password=b"PASSWORD").elements
    assert elements == {
        2: "5413330000000007", 7: "1126013000", 11: "000009", 33: "541333", 91: "1", 96: b"PASSWORD", 101: "MCC102",
        120: "165413330000000007L2912",
    }  # fmt: skip


def test_a_deletion_has_no_record_and_no_password_has_no_element() -> None:
    elements = written(replace(LOST, listing=Listing.UNLISTED, code=UpdateCode.DELETE)).elements
    assert 120 not in elements
    assert 96 not in elements
    assert elements[91] == "3"


def test_what_is_kept_of_it_shows_neither_number_nor_record() -> None:
    shown = masked_fields(written(password=b"PASSWORD"), "cp037")
    assert (shown["2"], shown["96"], shown["120"]) == ("541333******0007", "masked", "masked")
    assert LOST.pan.clear not in str(shown)


def test_its_answer_has_its_key() -> None:
    asked = written()
    answer = Message("0312", {number: asked.elements[number] for number in (7, 11, 33)} | {39: "00"})
    assert request_key(answer) == request_key(asked)


@pytest.mark.parametrize(
    ("code", "answered", "what", "next_code"),
    [
        ("1", "00", Next.DONE, "1"),
        ("3", "25", Next.DONE, "3"),
        ("1", "80", Next.OTHERWISE, "2"),
        ("2", "25", Next.OTHERWISE, "1"),
        ("1", "96", Next.AGAIN, "1"),
        ("1", None, Next.AGAIN, "1"),
        ("1", "27", Next.FAILED, "1"),
        ("1", "63", Next.FAILED, "1"),
        ("1", "25", Next.FAILED, "1"),
        ("2", "", Next.FAILED, "2"),
    ],
)
def test_what_follows_from_an_answer(code: str, answered: str | None, what: Next, next_code: str) -> None:
    end = concluded(SAID, UpdateCode(code), 1, answered, silence="timeout")
    assert (end.what, end.code) == (what, UpdateCode(next_code))
    assert end.result.startswith(answered or ("timeout" if answered is None else ""))


def test_the_last_attempt_without_success_is_given_up() -> None:
    assert concluded(SAID, UpdateCode.ADD, 3, None, silence="timeout").what is Next.FAILED
    assert concluded(SAID, UpdateCode.ADD, 3, "80").what is Next.FAILED
    assert concluded(SAID, UpdateCode.ADD, 3, "00").what is Next.DONE


def test_pauses_double_up_to_the_longest() -> None:
    assert [SAID.pause_seconds(attempts) for attempts in (1, 2, 3, 8, 9, 500)] == [5, 10, 20, 640, 900, 900]


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        (FileUpdates(record="{pan}{cvc2}"), "record: no such field {cvc2}"),
        (FileUpdates(record="{pan"), "record: "),
        (FileUpdates(record="{pan}" * 60), "record: is longer"),
        (FileUpdates(file_name=""), "file_name: "),
        (FileUpdates(retry_first_seconds=9, retry_most_seconds=8), "retry_most_seconds: "),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused_by_its_key(changed: FileUpdates, key: str) -> None:
    (mistake,) = changed.mistakes()
    assert mistake.startswith(key)
