"""Steps played in every order; presentments are matched to what stands under the first's trace id, as clearing does it."""

import itertools
from collections.abc import Callable
from dataclasses import replace

from ledger_samples import CUSTOMER, NOW, account, books, capture, digest, key

from ledger.batch import decide
from ledger.books import Books, Chain, Original
from ledger.commands import Command, Layer, Line, ReverseCapture
from ledger.relations import presented_names

Step = Command | Callable[[Books], Command]
FUNDS = 1_000


def held(locked: Books) -> int:
    return locked.accounts[CUSTOMER].holds


def chains_named(locked: Books, trace: str) -> list[Chain]:
    stored = locked.by_trace.get((CUSTOMER, trace), ())
    found = [locked.chains[s.chain_id] for s in stored if s.chain_id in locked.chains]
    return [chain for chain in found if chain.is_held]


def presented(name: str, amount: int, *, is_last: bool) -> Callable[[Books], Command]:
    """A presentment under the trace id of the first, matched as clearing does it: to what stands under that name, else to nothing."""

    def matched(locked: Books) -> Command:
        found = chains_named(locked, "T")
        best = min(
            found, key=lambda c: (c.sums.authorized + c.sums.incremented == c.sums.reversed, c.sums.held == 0), default=None
        )
        if best is not None:
            return capture(name, amount, best.chain_id, is_last=is_last)
        return replace(capture(name, amount, None, is_last=is_last), names=presented_names("T", "8", "777777"))

    return matched


def taken_back(name: str, amount: int) -> Callable[[Books], Command]:
    """The reversal of the presentment of that name, as clearing asks for it."""

    def reversal(locked: Books) -> Command:
        stored = locked.by_key[key(name).digest, key(name).date]
        assert stored.authorization_id is not None
        lines = tuple(
            Line(party, "EUR", Layer.POSTED, sign * amount) for party, sign in ((CUSTOMER, 1), ("network_settlement", -1))
        )
        original = Original(stored.authorization_id, NOW.date(), "capture", stored.chain_id, lines)
        locked.originals = {original.journal_id: original}
        names = presented_names("T", "8", "777777")
        return ReverseCapture(key("r"), digest("r"), original.journal_id, NOW.date(), NOW, NOW.date(), names=names)

    return reversal


def play(locked: Books, *steps: Step) -> None:
    for step in steps:
        decide([step(locked) if callable(step) else step], locked, NOW)
        assert held(locked) == sum(chain.sums.held for chain in locked.chains.values()) >= 0


def ends(*steps: Step, posted: int = FUNDS) -> set[tuple[int, int]]:
    """Posted and held at the end, over all orders."""
    found = set()
    for order in itertools.permutations(steps):
        locked = books(account(posted))
        play(locked, *order)
        found.add((locked.accounts[CUSTOMER].posted, held(locked)))
    return found
