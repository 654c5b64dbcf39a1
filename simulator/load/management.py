"""Network management on a load's connections: signing on where the profile demands it, and answers to the host's own 0800."""

import select
import time
from datetime import UTC, datetime

from simulator.errors import HostUnreachable
from simulator.load.channel import Channel
from simulator.load.kinds import ACQUIRER, FORWARDER
from simulator.messages import SIGN_ON, Header, network_management
from switch.framing import Framing
from switch.iso8583 import Codec, Message

ECHOED = (7, 11, 33, 63, 70)
APPROVED = "00"


class ManagementDesk:
    """For one process; its STANs do not matter to the load's, whose messages are of other types."""

    def __init__(self, character_set: str, framing: Framing, limit_seconds: float) -> None:
        self._codec, self._framing, self._limit_seconds = Codec(character_set), framing, limit_seconds

    def sign_on(self, channel: Channel, number: int) -> None:
        """Raises HostUnreachable where no 0810 with 00 comes within the limit."""
        header = Header(datetime.now(UTC), f"{number + 1:06d}", ACQUIRER, FORWARDER, None, "MCC000000")
        channel.send(self._framing.wrap(self._codec.encode(network_management(header, SIGN_ON))))
        ends = time.perf_counter() + self._limit_seconds
        while (left := ends - time.perf_counter()) > 0 and not channel.closed:
            select.select((channel.descriptor,), (), (), left)
            for payload in channel.receive():
                message = self._codec.decode(payload)
                if isinstance(message, Message) and message.mti == "0810" and message.text(11) == header.stan:
                    if message.text(39) != APPROVED:
                        raise HostUnreachable(f"the host refused the sign-on with DE 39 = {message.text(39)}")
                    return
        raise HostUnreachable(channel.closed or f"the host did not answer the sign-on within {self._limit_seconds:g} s")

    def answer(self, payload: bytes) -> bytes | None:
        """The frame that answers a 0800; None for what is none."""
        message = self._codec.decode(payload)
        if not isinstance(message, Message) or message.mti != "0800":
            return None
        echoed = {number: message.elements[number] for number in ECHOED if number in message.elements}
        return self._framing.wrap(self._codec.encode(Message("0810", echoed | {39: APPROVED})))
