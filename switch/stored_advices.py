"""The advices that a network has stored for us while we were away: asked for after sign-on, until it says the end. Pure.

0800/060 asks, its 0810 begins the session, 0820/363 or 0800/363 ends it. The advices themselves are messages like others.
"""

from enum import Enum


class Session(Enum):
    """One per link, whichever of its connections asked."""

    NONE = "none"
    ASKED = "asked"
    RECEIVING = "receiving"


class StoredAdvices:
    """The store-and-forward session of one link."""

    __slots__ = ("session",)

    def __init__(self) -> None:
        self.session = Session.NONE

    def ask(self) -> bool:
        """Whether to ask now; one session at a time."""
        if self.session is not Session.NONE:
            return False
        self.session = Session.ASKED
        return True

    def answered(self, is_accepted: bool) -> None:
        if self.session is Session.ASKED:
            self.session = Session.RECEIVING if is_accepted else Session.NONE

    def ended(self) -> bool:
        """The network says that was all. False where no session was open."""
        was_open = self.session is not Session.NONE
        self.session = Session.NONE
        return was_open
