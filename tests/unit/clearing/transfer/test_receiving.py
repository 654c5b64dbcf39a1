"""What arrives on a clearing link and what the receiver makes of it, as transcripts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipm_samples import presentment

from clearing.ipm.characters import CharacterSet
from clearing.ipm.codec import IpmCodec
from clearing.ipm.messages import IpmMessage
from clearing.transfer.answers import ErrorCode
from clearing.transfer.receiving import (
    Event,
    FileBegun,
    FileReceived,
    FileRejected,
    Receiver,
    RecordReceived,
    State,
    TransferLimits,
    TransferOver,
)
from switch.framing import FrameReader, Framing

FILE_ID = "0022611260000020090000001"
LIMITS = TransferLimits(file_bytes=100_000, file_records=10, file_seconds=60, idle_seconds=30)
WIRE = Framing(max_frame=9216)
HEADER = IpmMessage("1644", {24: "697", 71: "00000001"}, {"0105": FILE_ID, "0122": "T"})
TRAILER = IpmMessage("1644", {24: "695", 71: "00000003"}, {"0105": FILE_ID, "0301": f"{1250:016d}", "0306": "00000003"})


def receiver(limits: TransferLimits = LIMITS) -> Receiver:
    return Receiver(FrameReader(WIRE), limits, 0.0)


def wire(*messages: IpmMessage, character_set: CharacterSet = CharacterSet.CP500) -> bytes:
    codec = IpmCodec(character_set)
    return b"".join(WIRE.wrap(codec.encode(message)) for message in messages)


def told(events: list[Event]) -> list[str]:
    """Events in words; records are counted, not shown."""
    said = []
    for event in events:
        match event:
            case FileBegun(file_id):
                said.append(f"begun {file_id}")
            case RecordReceived():
                said.append("record")
            case FileReceived(file_id, transactions):
                said.append(f"received {file_id}, {transactions}")
            case FileRejected(problem):
                said.append(f"rejected {problem.code.name} {problem.record} {problem.reason}")
            case TransferOver(why):
                said.append(f"over: {why}")
    return said


WHOLE = [f"begun {FILE_ID}", "record", "record", "record", f"received {FILE_ID}, 1"]


@pytest.mark.parametrize("character_set", [CharacterSet.CP500, CharacterSet.CP1047, CharacterSet.LATIN_1])
def test_a_file_is_what_stands_from_header_to_trailer(character_set: CharacterSet) -> None:
    one = receiver()
    sent = wire(HEADER, presentment(), TRAILER, character_set=character_set)
    events = one.receive(sent, 1.0)
    assert told(events) == WHOLE
    records = [event.record for event in events if isinstance(event, RecordReceived)]
    assert b"".join(WIRE.wrap(record) for record in records) == sent
    assert one.character_set is (CharacterSet.LATIN_1 if character_set is CharacterSet.LATIN_1 else CharacterSet.CP500)
    assert one.state is State.WAITING


def test_bytes_may_come_one_at_a_time() -> None:
    one, events = receiver(), list[Event]()
    for byte in wire(HEADER, presentment(), TRAILER):
        events += one.receive(bytes((byte,)), 1.0)
    assert told(events) == WHOLE


def test_a_second_file_follows_on_the_same_connection_at_once() -> None:
    assert told(receiver().receive(wire(HEADER, presentment(), TRAILER) * 2, 1.0)) == WHOLE * 2


def test_a_header_within_a_file_rejects_it_and_the_rest_is_skipped() -> None:
    one = receiver()
    assert told(one.receive(wire(HEADER, presentment(), HEADER, presentment()), 1.0)) == [
        *WHOLE[:3], "rejected OUT_OF_PLACE 3 a second header",
    ]  # fmt: skip
    assert told(one.receive(wire(TRAILER, HEADER, presentment(), TRAILER), 2.0)) == WHOLE


def test_after_a_rejected_file_a_new_header_begins_anew_although_no_trailer_came() -> None:
    one = receiver()
    one.receive(wire(HEADER) + WIRE.wrap(b"garbage"), 1.0)
    assert told(one.receive(wire(HEADER, presentment(), TRAILER), 2.0)) == WHOLE


def test_records_before_any_header_are_rejected_once() -> None:
    one = receiver()
    assert told(one.receive(wire(presentment(), presentment(), TRAILER), 1.0)) == [
        "rejected OUT_OF_PLACE 1 comes before any header"
    ]  # fmt: skip
    assert one.state is State.WAITING


def test_a_trailer_alone_is_rejected() -> None:
    assert told(receiver().receive(wire(TRAILER), 1.0)) == ["rejected OUT_OF_PLACE 1 comes before any header"]


def test_garbage_rejects_the_file_with_the_records_number_and_never_quotes_it() -> None:
    one = receiver()
    (*_, last) = one.receive(wire(HEADER, presentment()) + WIRE.wrap(b"5413330000000019"), 1.0)
    assert isinstance(last, FileRejected)
    assert (last.problem.code, last.problem.record, last.problem.file_id) == (ErrorCode.NO_MESSAGE, 3, FILE_ID)
    assert last.problem.reason == "does not begin with a message type of a clearing file"


def test_an_administrative_record_that_cannot_be_read_names_its_element() -> None:
    bad = wire(replace(TRAILER, pds={"0105": FILE_ID, "0306": "00000003"})).replace(
        "0306008".encode("cp500"), "03060x8".encode("cp500")
    )
    (*_, last) = receiver().receive(wire(HEADER) + bad, 1.0)
    assert isinstance(last, FileRejected)
    assert (last.problem.element, last.problem.tag) == (48, "0306")
    assert last.problem.indicator == "P0306100001000"


def test_a_record_in_another_character_set_than_its_header_is_garbage() -> None:
    sent = wire(HEADER) + wire(presentment(), character_set=CharacterSet.LATIN_1)
    assert told(receiver().receive(sent, 1.0))[-1].startswith("rejected NO_MESSAGE 2")


def test_an_empty_frame_keeps_the_line_alive_and_says_nothing() -> None:
    assert receiver().receive(WIRE.wrap(b""), 1.0) == []


def test_a_frame_that_is_too_large_ends_the_connection_with_a_word() -> None:
    one = receiver()
    assert told(one.receive(wire(HEADER) + b"\xff\xff", 1.0)) == [
        *WHOLE[:2], "rejected FRAMING None a frame of 65535 bytes is over the limit of 9216",
        "over: a frame of 65535 bytes is over the limit of 9216",
    ]  # fmt: skip
    assert one.receive(wire(HEADER), 2.0) == []
    assert one.next_timer() is None


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (replace(LIMITS, file_records=2), "rejected TOO_LARGE None more than the 2 records that a file may have here"),
        (replace(LIMITS, file_bytes=900), "rejected TOO_LARGE None more than the 900 bytes that a file may have here"),
    ],
)
def test_a_file_beyond_its_limits_is_rejected_and_skipped(limits: TransferLimits, said: str) -> None:
    one = receiver(limits)
    events = told(one.receive(wire(HEADER, *(presentment() for _ in range(4)), TRAILER), 1.0))
    assert [line for line in events if line.startswith("rejected")] == [said]
    assert one.state is State.WAITING


def test_a_file_that_takes_too_long_is_rejected_although_records_still_come() -> None:
    one = receiver(replace(LIMITS, idle_seconds=0))
    one.receive(wire(HEADER), 1.0)
    one.receive(wire(presentment()), 60.0)
    assert one.next_timer() == 61.0
    assert one.timeout(60.9) == []
    assert told(one.timeout(61.0)) == [
        "rejected TOO_SLOW None the file was not whole in the time it may take",
        "over: the file was not whole in the time it may take",
    ]  # fmt: skip


def test_a_silent_connection_is_closed_and_one_that_speaks_is_not() -> None:
    one = receiver()
    assert one.next_timer() == 30.0
    one.receive(WIRE.wrap(b""), 20.0)
    assert one.timeout(30.0) == []
    assert told(one.timeout(50.0)) == ["over: silent for too long"]


def test_who_has_to_go_says_so_of_an_open_file_only() -> None:
    between, within = receiver(), receiver()
    within.receive(wire(HEADER), 1.0)
    assert told(between.give_up("stopping")) == ["over: stopping"]
    assert told(within.give_up("stopping")) == ["rejected NOT_NOW None stopping", "over: stopping"]
    assert within.give_up("stopping") == []


PIECES = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=60).map(WIRE.wrap),
    st.sampled_from([wire(one) for one in (HEADER, presentment(), TRAILER)]),
)


@given(st.lists(PIECES, max_size=12), st.integers(1, 500))
def test_no_bytes_stop_it_and_every_file_begins_before_it_ends(pieces: list[bytes], step: int) -> None:
    one, data, is_open = receiver(), b"".join(pieces), False
    for at in range(0, len(data), step):
        for event in one.receive(data[at : at + step], float(at)):
            match event:
                case FileBegun():
                    assert not is_open
                    is_open = True
                case RecordReceived():
                    assert is_open
                case FileReceived():
                    assert is_open
                    is_open = False
                case FileRejected():
                    is_open = False
                case TransferOver():
                    assert one.state is State.OVER
    assert one.timeout(10.0**9) or one.state is State.OVER
