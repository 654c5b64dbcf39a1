"""What the switch hands to the process of its clearing links, and how: over a socket between the two, never by disk or
environment, for the settings hold keys."""

import pickle
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cardline.settings import Settings
from switch.profile import NetworkProfile

_SIZE_BYTES = 4


@dataclass(frozen=True, slots=True)
class Job:
    """Files kept before `unfinished_before` and not posted to their end are posted first."""

    settings: Settings
    profiles: Mapping[str, NetworkProfile]
    unfinished_before: datetime

    def packed(self) -> bytes:
        """With its size in front."""
        data = pickle.dumps(self)
        return len(data).to_bytes(_SIZE_BYTES, "big") + data


def received(channel: socket.socket) -> Job:
    """Raises EOFError where the switch is gone already."""
    job = pickle.loads(_exactly(channel, int.from_bytes(_exactly(channel, _SIZE_BYTES), "big")))  # noqa: S301 - our parent's
    assert isinstance(job, Job)
    return job


def _exactly(channel: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = channel.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data
