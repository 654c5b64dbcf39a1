"""Who may have how much in work: every connection a share that no other can take, the rest to whoever comes first. Pure.

Half of the process's limit is divided evenly among the open connections, the other half is common. So a connection that
floods the switch uses up its own share and the common half, is answered 91 beyond that, and all others go on unhurt.
"""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _Member:
    in_work: int = 0
    has_left: bool = False


class Shares:
    """The messages in work of one process. A link has a limit of its own, so that its connections cannot take all together.

    Where connections join, shares shrink: for a moment up to half as much again as the limit may be in work.
    """

    __slots__ = ("_borrowed", "_links", "_members", "_share", "limit", "total")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._members: dict[Hashable, _Member] = {}
        self._links: dict[str, int] = {}
        self._share = limit
        self._borrowed = 0

    def join(self, connection: Hashable) -> None:
        """A connection that has not been seen before."""
        self._members[connection] = _Member()
        self._divide()

    def leave(self, connection: Hashable) -> None:
        """The connection is gone; what it has in work still counts until it ends."""
        member = self._members[connection]
        member.has_left = True
        if not member.in_work:
            del self._members[connection]
            self._divide()

    def __contains__(self, connection: Hashable) -> bool:
        return connection in self._members

    def begin(self, connection: Hashable, link: str, link_limit: int) -> bool:
        """Whether one more message of this connection may be worked on; end() has to follow where it may.

        A connection that has not joined is one that is gone already: it counts until its message ends.
        """
        member = self._members.get(connection)
        if member is None:
            member = self._members[connection] = _Member(has_left=True)
            self._divide()
        is_own = member.in_work < self._share
        on_link = self._links.get(link, 0)
        if not is_own and (self._borrowed >= self.limit - self._share * len(self._members) or on_link >= link_limit):
            return False
        member.in_work += 1
        self._links[link] = on_link + 1
        self.total += 1
        self._borrowed += not is_own
        return True

    def end(self, connection: Hashable, link: str) -> None:
        """One message of this connection is done."""
        member = self._members[connection]
        self._borrowed -= member.in_work > self._share
        member.in_work -= 1
        self._links[link] -= 1
        self.total -= 1
        if member.has_left and not member.in_work:
            del self._members[connection]
            self._divide()

    def _divide(self) -> None:
        self._share = max(1, self.limit // 2 // max(1, len(self._members)))
        self._borrowed = sum(max(0, member.in_work - self._share) for member in self._members.values())
