"""0120 and 0220: a decision that the network has made. Recorded, held or booked even beyond the balance, never declined."""

from authorizer.facts import CardFacts
from authorizer.request import Effect
from ledger.commands import Advise
from switch import translate
from switch.arrival import Arrival, Told
from switch.occasions import occasion_of
from switch.responses import APPROVED, message_class, reply
from switch.stories.authorization import SINGLE
from switch.stories.endings import not_understood, told
from switch.stories.rooms import Rooms
from switch.translate import Financial, FormatError


async def advise(rooms: Rooms, arrival: Arrival) -> Told:
    message = arrival.message
    parts = rooms.financial(arrival)
    if isinstance(parts, FormatError):
        return not_understood(arrival, parts)
    request = translate.authorization_request(message, parts)
    facts = await rooms.store.reload(parts.token)
    parts = rooms.billed(arrival, parts, facts, is_spend=request.effect is Effect.SPEND)
    code = translate.clean(message.text(39)) or APPROVED
    is_single, is_completion = message_class(message.mti) == "0220", translate.is_completion(message)
    is_foreign = facts is not None and facts.asset != parts.asset
    is_approved = code in translate.APPROVED_BY_NETWORK
    single = SINGLE.get(request.effect) if is_single and is_approved else None
    is_hold = is_approved and request.effect is Effect.SPEND and not is_single
    is_booked = facts is not None and not is_foreign
    outcome = await rooms.record(
        Advise(
            request=parts.request(facts, arrival.message_id, arrival.at),
            response_code=code,
            approval_code=translate.clean(message.text(38)) or None,
            expires_at=arrival.at + rooms.validity.lifetime(occasion_of(message, parts.additional, request.effect)),
            policy=f"{rooms.policy.name}/{rooms.policy.version}",
            holds=is_hold and is_booked,
            raises=_raised(parts, request.effect, facts, is_money=is_hold or single is not None) if is_approved else None,
            single=single if is_booked else None,
            is_completion=is_completion,
            chain_trace=translate.chain_trace(message, parts),
        )
    )
    rooms.refresh_cache(facts, outcome)
    return told(reply(message, outcome.response_code, translate.kept_additional_data(parts, arrival.charset)), outcome)


def _raised(parts: Financial, effect: Effect, facts: CardFacts | None, *, is_money: bool) -> str | None:
    """What somebody has to look at: money that the network counts on and that stands on no account."""
    if is_money and facts is None:
        return "advice_for_unknown_card"
    if is_money and facts is not None and facts.asset != parts.asset:
        return "advice_in_another_currency"
    return "advice_moves_nothing" if parts.amount_minor and effect not in SINGLE else None
