"""0400 and 0420: undo all or part of a payment; one that is not known yet is cancelled when it comes."""

from dataclasses import replace

from authorizer.facts import CardFacts
from authorizer.request import Effect, effect_of
from ledger.commands import Reverse
from switch import translate
from switch.arrival import Arrival, Told
from switch.originals import Reversal, reversal
from switch.responses import reply
from switch.stories.endings import not_understood, told
from switch.stories.rooms import Rooms
from switch.translate import Financial, FormatError, asset_of


async def reverse(rooms: Rooms, arrival: Arrival) -> Told:
    parts = rooms.financial(arrival)
    if isinstance(parts, FormatError):
        return not_understood(arrival, parts)
    named = reversal(arrival.message, parts, arrival.at)
    if isinstance(named, FormatError):
        return not_understood(arrival, named)
    facts = await rooms.store.reload(parts.token)
    left, whole = _left(rooms, arrival, parts, named, facts)
    outcome = await rooms.record(
        Reverse(
            request=parts.request(facts, arrival.message_id, arrival.at),
            original=named.original,
            original_trace=named.original_trace,
            approval_code=named.approval_code,
            replacement=left,
            is_undelivered=named.is_undelivered,
            whole=whole,
        )
    )
    rooms.refresh_cache(facts, outcome)
    kept = translate.kept_additional_data(parts, arrival.charset)
    return told(reply(arrival.message, outcome.response_code, kept), outcome)


def _left(rooms: Rooms, arrival: Arrival, parts: Financial, named: Reversal, facts: CardFacts | None) -> tuple[int, int | None]:
    """What it leaves, in the account's currency; or else of which whole, both in its own.

    At the rates of now, which are settings: what a reversal leaves can only lower what is held. Without a rate the network has
    billed the payment in the account's currency and does not repeat that here.
    """
    message, left = arrival.message, named.replacement
    spelled = replace(parts, amount_minor=left, asset=asset_of(message.text(51 if 51 in message.elements else 49)))
    billed = rooms.billed(arrival, spelled, facts, is_spend=effect_of(message.text(3)) is Effect.SPEND)
    if left == 0 or facts is None or billed.asset == facts.asset:
        return billed.amount_minor, None
    return left, max(left, parts.amount_minor) if spelled.asset == parts.asset else left
