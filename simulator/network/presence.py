"""Whether the issuer is there for the network: off, on, or silent (signed off by the network, probed until it answers). Pure."""

from datetime import datetime, timedelta
from enum import Enum


class Presence(Enum):
    """While it is not ON the network stands in at once."""

    OFF = "off"
    ON = "on"
    SILENT = "silent"


class Step(Enum):
    """What happens to it."""

    SIGN_ON = "sign-on"
    SIGN_OFF = "sign-off"
    SILENCE = "silence"
    LINKS_LOST = "links lost"


# A missing pair changes nothing. Silence of one that never signed on is no news; losing every link is a sign-off.
NEXT: dict[tuple[Presence, Step], Presence] = {
    (Presence.OFF, Step.SIGN_ON): Presence.ON,
    (Presence.SILENT, Step.SIGN_ON): Presence.ON,
    (Presence.ON, Step.SIGN_OFF): Presence.OFF,
    (Presence.SILENT, Step.SIGN_OFF): Presence.OFF,
    (Presence.ON, Step.SILENCE): Presence.SILENT,
    (Presence.ON, Step.LINKS_LOST): Presence.OFF,
    (Presence.SILENT, Step.LINKS_LOST): Presence.OFF,
}


class IssuerPresence:
    """One issuer: its state, how many messages in a row it left unanswered, when it was heard last."""

    def __init__(self, misses: int, echo_seconds: float, probe_seconds: float) -> None:
        self.state = Presence.OFF
        self._most_misses = misses
        self._echo_after = timedelta(seconds=echo_seconds)
        self._probe_after = timedelta(seconds=probe_seconds)
        self._misses = 0
        self._heard_at: datetime | None = None
        self._probe_at: datetime | None = None

    @property
    def is_on(self) -> bool:
        return self.state is Presence.ON

    def step(self, step: Step, now: datetime) -> bool:
        """Whether that changed the state."""
        following = NEXT.get((self.state, step))
        if following is None:
            return False
        self.state, self._misses, self._heard_at = following, 0, now
        self._probe_at = now + self._probe_after if following is Presence.SILENT else None
        return True

    def heard(self, now: datetime) -> None:
        """Any message of the issuer's."""
        self._misses, self._heard_at = 0, now

    def missed(self) -> bool:
        """A message was not answered: whether that makes the issuer a silent one."""
        self._misses += 1
        return self.is_on and self._misses >= self._most_misses

    def probe_later(self, now: datetime) -> None:
        """Try again after a pause: to reach a silent issuer, to sign on with one that refused."""
        self._probe_at = now + self._probe_after

    def probed(self) -> None:
        """A probe has left; the next one only where `probe_later` says so."""
        self._probe_at = None

    @property
    def echo_at(self) -> datetime | None:
        if not self.is_on or not self._echo_after or self._heard_at is None:
            return None
        return self._heard_at + self._echo_after

    @property
    def probe_at(self) -> datetime | None:
        return self._probe_at
