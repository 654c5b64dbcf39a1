"""Which account a card token belongs to, and whether its limits ask for a payment's traits: a bounded memory in this process,
the least recently used forgotten first.

Pure memory. It may be wrong only by being incomplete or old; a card that is not found on its account is loaded anew.
"""

from collections import OrderedDict


class Directory:
    """At about 150 bytes an entry the default stays under 10 MB."""

    def __init__(self, max_entries: int = 65_536) -> None:
        self._max_entries = max_entries
        self._accounts: OrderedDict[bytes, int] = OrderedDict()
        self._particular: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._accounts)

    def get(self, token: bytes) -> int | None:
        account_id = self._accounts.get(token)
        if account_id is not None:
            self._accounts.move_to_end(token)
        return account_id

    def put(self, token: bytes, account_id: int) -> None:
        self._accounts[token] = account_id
        self._accounts.move_to_end(token)
        if len(self._accounts) > self._max_entries:
            self._accounts.popitem(last=False)

    def is_particular(self, token: bytes) -> bool:
        """Whether a limit of this card was for some kinds of payments when it was last heard of."""
        return token in self._particular

    def mark_particular(self, token: bytes) -> None:
        """Forgotten all at once when there are too many; each then costs one more call to Redis."""
        if len(self._particular) >= self._max_entries:
            self._particular.clear()
        self._particular.add(token)
