"""What a message leaves in the log where a fault of ours ends it. The stories themselves are played by the acceptance tests."""

from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from loopback import PROFILE, Peer, Play, started
from wire_samples import PAN, purchase

from switch.flow import Flow
from switch.iso8583 import Codec
from switch.message_ids import MessageIds


def test_a_request_that_a_bug_ends_is_named_in_the_log_and_its_card_is_not(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Mock()
    monkeypatch.setattr("switch.flow.log", log)

    async def story() -> None:
        rooms: Any = object()  # a bug: nothing of what a story needs
        server, meter = await started(Flow(rooms, Mock(), Mock(), MessageIds(0)).handle)
        peer = await Peer.connect(server)
        peer.send(Codec("cp037").encode(purchase()))
        await meter.until(lambda meter: meter.counts["failed"] == 1)
        peer.close()
        await server.drain(5)

    play(story())
    (said,) = log.error.call_args_list
    assert said.args == ("request_failed",)
    assert (said.kwargs["link"], said.kwargs["mti"], said.kwargs["stan"]) == ("test", "0100", "000001")
    assert said.kwargs["message_id"] > 0
    assert PAN not in repr(log.mock_calls)


@pytest.mark.parametrize(("deadline_seconds", "late"), [(1e-9, 1), (60.0, 0)])
def test_an_answer_is_late_by_the_deadline_of_its_own_link(play: Play, deadline_seconds: float, late: int) -> None:
    counted = Mock()

    async def story() -> None:
        rooms: Any = object()  # not entered: the link wants to be signed on first
        profile = replace(PROFILE, require_sign_on=True, response_deadline_seconds=deadline_seconds)
        server, _ = await started(Flow(rooms, counted, Mock(), MessageIds(0)).handle, profile)
        peer = await Peer.connect(server)
        peer.send(Codec("cp037").encode(purchase()))
        await peer.receive()
        peer.close()
        await server.drain(5)

    play(story())
    assert counted.authorization.call_count == 1
    assert counted.authorization_late.call_count == late


def test_what_is_said_of_bytes_that_are_no_message_leads_to_its_line(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Mock()
    monkeypatch.setattr("switch.flow.log", log)

    async def story() -> None:
        rooms: Any = object()
        server, meter = await started(Flow(rooms, Mock(), Mock(), MessageIds(0)).handle)
        peer = await Peer.connect(server)
        peer.send(b"no message")
        await meter.until(lambda meter: log.bind.return_value.info.call_count == 1 and meter.counts["inflight"] == 0)
        peer.close()
        await server.drain(5)

    play(story())
    (warning,), (line,) = log.warning.call_args_list, log.bind.return_value.info.call_args_list
    assert warning.args == ("malformed",)
    assert warning.kwargs["message_id"] == line.kwargs["message_id"] > 0
