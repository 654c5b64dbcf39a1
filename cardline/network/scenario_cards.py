"""Cards for scenarios on an issuer of ours, and what its people do to them in between. I/O; the tools are the ledger's own."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncpg

from authorizer.hsm import SoftwareHsm
from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from cardline.card_keys import key_ring
from cardline.demo.cards import past_expiry
from cardline.network.seed import SeededCard, seed
from ledger.accounts import Mandate, NotDone, set_account_status
from ledger.cards import set_card_status
from ledger.issuing import change_card_status, set_pvv
from ledger.money import ASSETS
from simulator.cards import Card
from simulator.currencies import by_alpha
from simulator.errors import IssuerRefused
from simulator.stage.casting import Actor, Cast, as_actor, needs_of, opening
from simulator.stage.language import CardNeed, CardState, IssuerAct, Scenario

if TYPE_CHECKING:
    from cardline.settings import Settings

MANDATE = Mandate("simulate", "played by a scenario")
_CONNECT_SECONDS = 10.0
_STATUSES = {
    IssuerAct.BLOCK: "blocked",
    IssuerAct.UNBLOCK: "active",
    IssuerAct.LOST: "lost",
    IssuerAct.STOLEN: "stolen",
    IssuerAct.ACTIVATE: "active",
}
_ONLY_FROM = {IssuerAct.UNBLOCK: "blocked", IssuerAct.ACTIVATE: "inactive"}


async def seeded_cast(settings: "Settings", scenarios: Mapping[str, Scenario]) -> Cast:
    """New accounts and cards for all of them; those that are alike are seeded together. Raises as `seed` does."""
    alike: dict[tuple[str, int, int, bool], list[tuple[str, str, CardNeed]]] = defaultdict(list)
    for name, role, need in needs_of(scenarios):
        balance, floor = opening(need)
        alike[need.currency, balance, floor, need.state is CardState.EXPIRED].append((name, role, need))
    actors: dict[str, dict[str, Actor]] = {name: {} for name in scenarios}
    for (currency, balance, floor, is_expired), wanted in alike.items():
        cards = await seed(
            settings,
            cards=len(wanted),
            asset=ASSETS[currency],
            balance_minor=balance,
            credit_limit_minor=-floor,
            expiry=past_expiry(datetime.now(UTC).date()) if is_expired else None,
            actor=MANDATE.actor,
        )
        for card, (name, role, need) in zip(cards, wanted, strict=True):
            actors[name][role] = _as_actor(card, need)
    await _prepare(settings, [(need, actors[name][role]) for name, role, need in needs_of(scenarios)])
    return Cast(actors)


class PeoplesTools:
    """What `cardline card` and `cardline account` do, for scenarios."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings

    async def act(self, actor: Actor, act: IssuerAct) -> str | None:
        """Carries it out; the new PIN where there is one. Raises IssuerRefused where it may not be done, or cannot."""
        assert actor.card_id is not None
        assert actor.account_id is not None
        try:
            return await self._done(actor.card, actor.card_id, actor.account_id, act)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise IssuerRefused(f"{act}: {error}") from error

    async def _done(self, card: Card, card_id: int, account_id: int, act: IssuerAct) -> str | None:
        pin: str | None = None
        connection = await asyncpg.connect(self._settings.postgres_dsn, timeout=_CONNECT_SECONDS)
        try:
            if act in _STATUSES:
                only_from = _ONLY_FROM.get(act, "")
                done = await change_card_status(connection, card_id, _STATUSES[act], MANDATE, only_from=only_from)
            elif act is IssuerAct.NEW_PIN:
                pin = f"{(int(card.pin) + 1111) % 10_000:04d}"
                token, pvv = self._checked(card, pin)
                done = await set_pvv(connection, card_id, token, pvv, MANDATE)
            else:
                status = "frozen" if act is IssuerAct.FREEZE else "open"
                done = await set_account_status(connection, account_id, status, MANDATE)
        finally:
            await connection.close(timeout=_CONNECT_SECONDS)
        if isinstance(done, NotDone):
            raise IssuerRefused(f"{act}: {done.reason}")
        return pin

    def _checked(self, card: Card, pin: str) -> tuple[bytes, str]:
        pan = Pan(card.pan)
        return Tokenizer(self._settings.token_key).token(pan), SoftwareHsm(key_ring(self._settings)).pvv(pan, pin)


def _as_actor(seeded: SeededCard, need: CardNeed) -> Actor:
    currency = by_alpha(seeded.currency).numeric
    card = Card(seeded.pan, seeded.expiry, seeded.cvc2, seeded.pin, currency, seeded.available_minor)
    return as_actor(card, need, card_id=seeded.card_id, account_id=seeded.account_id)


async def _prepare(settings: "Settings", wanted: list[tuple[CardNeed, Actor]]) -> None:
    """Brings each card into the state that its scenario begins with."""
    connection = await asyncpg.connect(settings.postgres_dsn, timeout=_CONNECT_SECONDS)
    try:
        for need, actor in wanted:
            assert actor.card_id is not None
            assert actor.account_id is not None
            match need.state:
                case CardState.ACTIVE | CardState.EXPIRED | CardState.UNKNOWN:
                    pass
                case CardState.FROZEN:
                    await set_account_status(connection, actor.account_id, "frozen", MANDATE)
                case state:
                    await set_card_status(connection, actor.card_id, state.value, actor=MANDATE.actor, reason=MANDATE.reason)
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)
