"""What a message leaves in the log where a fault of ours ends it. The stories themselves are played by the acceptance tests."""

from typing import Any
from unittest.mock import Mock

import pytest
from loopback import Peer, Play, started
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
