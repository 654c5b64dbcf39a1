"""0400 and 0420: undo all or part of a payment; one that is not known yet is cancelled when it comes."""

from dataclasses import replace

from ledger.commands import Reverse
from switch import translate
from switch.arrival import Arrival, Told
from switch.originals import reversal
from switch.responses import reply
from switch.stories.endings import not_understood, told
from switch.stories.rooms import Rooms
from switch.translate import FormatError


async def reverse(rooms: Rooms, arrival: Arrival) -> Told:
    parts = rooms.financial(arrival)
    if isinstance(parts, FormatError):
        return not_understood(arrival, parts)
    named = reversal(arrival.message, parts, arrival.at)
    if isinstance(named, FormatError):
        return not_understood(arrival, named)
    facts = await rooms.store.reload(parts.token)
    left = named.replacement
    if left:
        # At the rates of now, which are settings: what a reversal leaves can only lower what is held.
        left = rooms.billed(arrival, replace(parts, amount_minor=left), facts, is_spend=True).amount_minor
    outcome = await rooms.record(
        Reverse(
            request=parts.request(facts, arrival.message_id, arrival.at),
            original=named.original,
            original_trace=named.original_trace,
            approval_code=named.approval_code,
            replacement=left,
            is_undelivered=named.is_undelivered,
        )
    )
    rooms.refresh_cache(facts, outcome)
    kept = translate.kept_additional_data(parts, arrival.charset)
    return told(reply(arrival.message, outcome.response_code, kept), outcome)
