"""0100 and 0200: facts, rules, then the ledger's last word; the answer leaves only after the commit (G1).

A 0100 holds; a 0200 books at once, because nothing will clear it later.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from authorizer.card_checks import NOTHING_CHECKED
from authorizer.decide import Approved, Decision, decide
from authorizer.facts import CardFacts
from authorizer.limits import Used
from authorizer.payment_kinds import traits_of, written_traits
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationClass, AuthorizationRequest, Effect
from authorizer.reservation import Reservation
from authorizer.shadow import shadowed
from ledger.card_counters import Objection
from ledger.commands import STALE_FACTS, Answer, Authorize, Counted, Outcome, Single
from ledger.money import ASSETS
from ledger.verdicts import Verdict
from switch import translate
from switch.arrival import Arrival, Told
from switch.card_use import card_use
from switch.cash import cash_part, goods_part
from switch.occasions import occasion_of
from switch.responses import ANSWERS, NOT_DECLINED, answer, message_class, reply
from switch.stories.endings import not_understood, refused, told
from switch.stories.rooms import Rooms
from switch.translate import Financial, FormatError

SINGLE = {Effect.SPEND: Single.DEBIT, Effect.CREDIT: Single.CREDIT}
"""Which way the money of a 0200 goes."""
MOST_TRIES = 5
"""Facts or counters that go stale this often in a row belong to a card that is not still: it is answered 91."""


@dataclass(slots=True)  # not frozen: made for every payment
class Asked:
    """A request as it stands: what was received, and in which amount it is decided."""

    arrival: Arrival
    parts: Financial
    request: AuthorizationRequest


async def authorize(rooms: Rooms, arrival: Arrival) -> Told:
    if not arrival.connection.link.may_authorize:
        return refused(arrival, DeclineReason.SYSTEM_UNAVAILABLE)
    parts = rooms.financial(arrival)
    if isinstance(parts, FormatError):
        return not_understood(arrival, parts)
    cash = cash_part(arrival.message)
    if isinstance(cash, FormatError):
        return not_understood(arrival, cash)
    asked = Asked(arrival, parts, translate.authorization_request(arrival.message, parts))
    if cash:
        asked.request.goods_minor = goods_part(arrival.message, parts)
    asked, reservation = await _reserved(rooms, asked)
    try:
        outcome, reservation = await _decided(rooms, asked, reservation)
    except BaseException:
        rooms.store.undo(reservation)
        raise
    _settle_cache(rooms, reservation, outcome)
    if outcome.verdict in (Verdict.STALE_FACTS, Verdict.BUSY):
        return refused(arrival, DeclineReason.SYSTEM_UNAVAILABLE)
    facts = reservation.facts
    currency = ASSETS[facts.asset].numeric if facts is not None else None
    added = translate.added_elements(arrival.message, asked.parts, outcome, asked.request, arrival.charset, currency or "")
    return told(reply(arrival.message, outcome.response_code, added), outcome)


async def _reserved(rooms: Rooms, asked: Asked) -> tuple[Asked, Reservation]:
    """Facts and a reservation. The account's currency is only known with the facts: billed in another, it is reserved anew."""
    reservation = await _reserve(rooms, asked)
    converted = _converted(rooms, asked, reservation.facts)
    if converted is asked:
        return asked, reservation
    return converted, await _reserve(rooms, converted)  # under the same id: it takes the first one's place


async def _reserve(rooms: Rooms, asked: Asked) -> Reservation:
    started = time.perf_counter()
    spent = asked.request.amount_minor if asked.request.effect is Effect.SPEND else 0
    key = asked.parts.key.digest
    reservation = await rooms.store.reserve(
        asked.parts.token, spent, key, _deadline_ms(asked.arrival),
        is_partial=asked.request.may_be_partial or asked.request.goods_minor is not None, is_increment=asked.request.is_increment,
        describe=lambda: written_traits(traits_of(asked.request, rooms.policy.mcc_groups)),
    )  # fmt: skip
    rooms.meter.stage("reserve", time.perf_counter() - started)
    return reservation


def _converted(rooms: Rooms, asked: Asked, facts: CardFacts | None) -> Asked:
    is_spend = asked.request.effect is Effect.SPEND
    parts = rooms.billed(asked.arrival, asked.parts, facts, is_spend=is_spend)
    if parts is asked.parts:
        return asked
    goods = asked.request.goods_minor and goods_part(asked.arrival.message, parts)
    request = replace(asked.request, amount_minor=parts.amount_minor, asset=parts.asset, goods_minor=goods)
    return Asked(asked.arrival, parts, request)


async def _decided(rooms: Rooms, asked: Asked, reservation: Reservation) -> tuple[Outcome, Reservation]:
    """Decide and record; on stale facts or counters reload them from the ledger and do so again. A draft policy is only asked."""
    for tried in range(1, MOST_TRIES + 1):
        await rooms.check(asked.arrival, asked.parts, asked.request, reservation.facts)
        outcome = await rooms.record(_command(rooms, asked, reservation))
        if outcome.verdict is not Verdict.STALE_FACTS or tried == MOST_TRIES:
            break
        fresh = await rooms.store.again(asked.parts.token)
        # Counted anew among what is under way: many at once would otherwise outrun each other again.
        reservation = fresh if outcome.reason == STALE_FACTS else await _reserve(rooms, asked)
    if rooms.shadow is not None and not outcome.is_repeat:
        change = shadowed(rooms.policy, rooms.shadow, asked.request, reservation, asked.arrival.at)
        if change is not None:
            rooms.meter.shadow_difference(change)
    return outcome, reservation


def _command(rooms: Rooms, asked: Asked, reservation: Reservation) -> Authorize:
    arrival, parts, request, facts = asked.arrival, asked.parts, asked.request, reservation.facts
    decision = decide(request, facts, rooms.policy, arrival.at, reservation.usage)
    is_single = message_class(arrival.message.mti) == "0200"
    is_spend = request.effect is Effect.SPEND
    return Authorize(
        request=parts.request(facts, arrival.message_id, arrival.at),
        facts_version=facts.facts_version if facts else 0,
        refusal=None if isinstance(decision, Approved) else answer(decision.reason),
        approved=_approval(request),
        approval_code=_approval_code(parts.key.digest),
        expires_at=arrival.at + rooms.validity.lifetime(occasion_of(arrival.message, parts.additional, request.effect)),
        rule="" if isinstance(decision, Approved) else decision.rule,
        policy=decision.policy,
        seen=_seen(reservation, request, decision, rooms.validity.version),
        answers=ANSWERS,
        at_most=decision.at_most if isinstance(decision, Approved) else None,
        partial=isinstance(decision, Approved) and decision.partial,
        goods=request.goods_minor,
        holds=is_spend and not is_single,
        chain_trace=translate.chain_trace(arrival.message, parts),
        single=SINGLE.get(request.effect) if is_single else None,
        card_use=card_use(request, decision, rooms.policy),
        alone=_objection_alone(decision),
        counted=_counted(reservation, decision),
    )


def _counted(reservation: Reservation, decision: Decision) -> Counted | None:
    """What limits that left something were counted on; None where they were not asked."""
    if reservation.basis is None or not isinstance(decision, Approved) or decision.at_most is None:
        return None
    return Counted(*reservation.basis)


def _objection_alone(decision: Decision) -> Objection | None:
    over = decision.alone if isinstance(decision, Approved) else None
    return None if over is None else Objection(answer(over.reason), over.rule)


def _settle_cache(rooms: Rooms, reservation: Reservation, outcome: Outcome) -> None:
    """Tell the cache what the commit made of the reservation. Never awaited: the answer does not wait for it."""
    mark = outcome.mark
    if mark is None:
        rooms.store.undo(reservation)
        return
    rooms.store.confirm(
        reservation,
        version=mark.version,
        available=mark.available,
        facts_version=mark.facts_version,
        locked_version=mark.locked_version,
        locked_available=mark.locked_available,
        taken=outcome.amount if outcome.verdict in (Verdict.APPROVED, Verdict.PARTIAL) else 0,
        is_added=outcome.is_added,
    )


def _deadline_ms(arrival: Arrival) -> int:
    """The deadline as wall-clock milliseconds: Redis shares no monotonic clock with us."""
    return int((time.time() + arrival.seconds_left) * 1000)


def _approval(request: AuthorizationRequest) -> Answer:
    """An account in good standing that was only asked about is answered 85, all else 00."""
    if request.authorization_class is AuthorizationClass.STATUS_INQUIRY and request.effect is Effect.NONE:
        return Answer(NOT_DECLINED, "not_declined")
    return ANSWERS.approved


def _approval_code(digest: bytes) -> str:
    """Six digits, the same for a request that is decided twice (stale facts, a batch that is tried again)."""
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def _seen(reservation: Reservation, request: AuthorizationRequest, decision: Decision, validity: int) -> str:
    """What the decision was made on, as JSON text (G11). Built by hand from vetted values: it is written for every payment."""
    if isinstance(decision, Approved):
        detail = f"by itself: {decision.alone.detail}" if decision.alone is not None else ""
    else:
        detail = decision.detail
    facts = reservation.facts
    if facts is None:
        return f'{{"card":null,"detail":"{detail}"}}'
    checks = "" if request.checks is NOTHING_CHECKED else f'"checks":{orjson.dumps(request.checks.words()).decode()},'
    used = _used(facts, reservation.usage) if reservation.usage else ""
    return (
        f'{{"card":"{facts.card_status.value}","account":"{facts.account_status.value}","expiry":"{facts.expiry}",'
        f'"facts_version":{facts.facts_version},{checks}{used}"validity":{validity},"detail":"{detail}"}}'
    )


def _used(facts: CardFacts, usage: Sequence[Used]) -> str:
    """Of each limit the amount and the times before this request; names of limits need no escaping."""
    told = ",".join(f'"{limit.title}":[{use.amount},{use.times}]' for limit, use in zip(facts.limits, usage, strict=True))
    return f'"used":{{{told}}},'
