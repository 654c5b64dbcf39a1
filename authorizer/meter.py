"""What the store counts. The names under which it is published live in `cardline/metrics.py`."""

from typing import Protocol


class StoreMeter(Protocol):
    def reserved(self, items: int, seconds: float) -> None:
        """One call of the reservation script."""

    def missed(self, reason: str, items: int) -> None:
        """`reason`: unlisted, absent, epoch, expired, card, stale, counters, window, corrupt, ahead, older, down."""

    def drifted(self, minor: int) -> None:
        """Cache minus ledger at the same version. It is repaired; it must never be called."""

    def lagged(self, versions: int) -> None:
        """By how many versions the balance seen was older than the locked one. Harmless."""

    def confirms_dropped(self, items: int) -> None:
        """Their reservations will expire and make the accounts misses."""

    def redis_is_up(self, is_up: bool) -> None: ...


class SilentMeter:
    """Counts nothing."""

    def reserved(self, items: int, seconds: float) -> None: ...

    def missed(self, reason: str, items: int) -> None: ...

    def drifted(self, minor: int) -> None: ...

    def lagged(self, versions: int) -> None: ...

    def confirms_dropped(self, items: int) -> None: ...

    def redis_is_up(self, is_up: bool) -> None: ...
