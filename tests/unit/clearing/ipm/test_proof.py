"""A file is held to its header, numbers, count and checksum."""

from collections.abc import Callable

import pytest
from ipm_samples import presentment

from clearing.ipm.messages import IpmMessage
from clearing.ipm.proof import FileProof, ProofFlaw

FILE_ID = "0022611260000020090000001"


def whole() -> list[IpmMessage]:
    header = IpmMessage("1644", {24: "697", 71: "00000001"}, {"0105": FILE_ID, "0122": "T"})
    addendum = IpmMessage("1644", {24: "696", 71: "00000003"}, {"0501": "02" + "0" * 14})
    trailer = IpmMessage("1644", {24: "695", 71: "00000005"}, {"0105": FILE_ID, "0301": f"{1700:016d}", "0306": f"{5:08d}"})
    return [header, presentment(2, 1000), addendum, presentment(4, 700), trailer]


def flaw_in(messages: list[IpmMessage]) -> ProofFlaw | None:
    proof = FileProof()
    return next((flaw for message in messages if (flaw := proof.add(message))), None) or proof.finish()


def renumbered(messages: list[IpmMessage]) -> list[IpmMessage]:
    for number, message in enumerate(messages, 1):
        message.elements[71] = f"{number:08d}"
    return messages


def test_a_whole_file_holds() -> None:
    proof = FileProof()
    assert [proof.add(message) for message in whole()] == [None] * 5
    assert proof.finish() is None
    assert (proof.file_id, proof.messages, proof.amount, proof.is_test) == (FILE_ID, 5, 1700, True)


def without_header(messages: list[IpmMessage]) -> list[IpmMessage]:
    return renumbered(messages[1:])


def with_two_headers(messages: list[IpmMessage]) -> list[IpmMessage]:
    return renumbered([IpmMessage("1644", dict(messages[0].elements), messages[0].pds), *messages])


def without_trailer(messages: list[IpmMessage]) -> list[IpmMessage]:
    return messages[:-1]


def gone_on_after_the_trailer(messages: list[IpmMessage]) -> list[IpmMessage]:
    return renumbered([*messages, presentment()])


def swapped(messages: list[IpmMessage]) -> list[IpmMessage]:
    return [messages[0], messages[3], messages[2], messages[1], messages[4]]


def with_a_lonely_addendum(messages: list[IpmMessage]) -> list[IpmMessage]:
    return renumbered([messages[0], messages[2], messages[1], *messages[3:]])


def with_another_amount(messages: list[IpmMessage]) -> list[IpmMessage]:
    messages[1].elements[4] = f"{1001:012d}"
    return messages


def with_a_message_less(messages: list[IpmMessage]) -> list[IpmMessage]:
    messages[3].elements[4] = f"{0:012d}"
    messages[1].elements[4] = f"{1700:012d}"
    return renumbered([*messages[:3], messages[4]])


def closed_by_another_trailer(messages: list[IpmMessage]) -> list[IpmMessage]:
    messages[-1].pds["0105"] = "9" * 25
    return messages


def of_no_mode(messages: list[IpmMessage]) -> list[IpmMessage]:
    del messages[0].pds["0122"]
    return messages


@pytest.mark.parametrize(
    ("spoil", "element", "tag", "reason"),
    [
        (without_header, 24, None, "begin with a header"),
        (with_two_headers, 24, None, "second header"),
        (without_trailer, None, None, "without a trailer"),
        (gone_on_after_the_trailer, 24, None, "after the trailer"),
        (swapped, 71, None, "not 2"),
        (with_a_lonely_addendum, 24, None, "follows no presentment"),
        (with_another_amount, None, "0301", "says 1700 in all DE 4, the file has 1701"),
        (with_a_message_less, None, "0306", "says 5 messages, the file has 4"),
        (closed_by_another_trailer, None, "0105", "not the header's"),
        (of_no_mode, None, "0122", "neither"),
        (lambda _: [], None, None, "no messages"),
    ],
)
def test_a_file_that_does_not_keep_its_word_is_refused(
    spoil: Callable[[list[IpmMessage]], list[IpmMessage]], element: int | None, tag: str | None, reason: str
) -> None:
    found = flaw_in(spoil(whole()))
    assert found is not None
    assert (found.element, found.tag) == (element, tag)
    assert reason in found.reason
