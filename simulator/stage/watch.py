"""Keeps an eye on the accounts of one scenario: what moved since the last look, and whether it is what was expected. I/O."""

import asyncio
from collections.abc import Callable, Iterable

from simulator.auditor.accounts import Posting
from simulator.auditor.issuer import IssuerModel
from simulator.stage.books import Books
from simulator.stage.casting import Actor
from simulator.stage.judging import book_views, broken, life_views
from simulator.stage.language import Expected
from simulator.stage.results import View

LOOK_AGAIN_SECONDS = 0.02


class Watch:
    """`model` is None where nobody audits; `books` is None where nothing is observed."""

    def __init__(self, books: Books | None, model: IssuerModel | None, settle_seconds: float) -> None:
        self._books, self._model, self._settle_seconds = books, model, settle_seconds
        self._seen: dict[int, set[tuple[int, int]]] = {}
        self._is_way_known = True

    def sees(self, actor: Actor) -> bool:
        return self._books is not None and actor.account_id is not None

    async def begin(self, actors: Iterable[Actor]) -> None:
        """What was posted before is none of the scenario's. Raises BooksUnreadable."""
        for actor in actors:
            if self._books is not None and actor.account_id is not None:
                self._seen[actor.account_id] = set((await self._books.account(actor.account_id)).postings)

    def lose_track(self) -> None:
        """A message may have arrived, or not, or not yet: balances can still be predicted, the way to them cannot."""
        self._is_way_known = False

    async def views(
        self, actor: Actor, stated: Expected, currency: str, *, is_patient: bool, before_look: Callable[[], None]
    ) -> list[View]:
        """Nothing where the account is not observed. `is_patient`: the books may take their time; `before_look` lets the
        auditor catch up with what has been sent meanwhile. Raises BooksUnreadable.
        """
        if self._books is None or actor.account_id is None:
            return []
        deadline = asyncio.get_running_loop().time() + (self._settle_seconds if is_patient else 0)
        predicted: list[Posting] = []
        while True:
            account = await self._books.account(actor.account_id)
            before_look()
            moved = [posting for key, posting in account.postings.items() if key not in self._seen[actor.account_id]]
            balance = self._model.balance(actor.card.pan) if self._model else None
            predicted += self._model.taken_postings(actor.card.pan) if self._model else ()
            way = predicted if self._is_way_known else None
            found = book_views(stated, currency, account, moved, (balance, way) if balance else None)
            found += life_views(stated, account.lives, self._model.lives(actor.card.pan) if self._model else {})
            if not broken(found) or asyncio.get_running_loop().time() >= deadline:
                self._seen[actor.account_id] = set(account.postings)
                return found
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
