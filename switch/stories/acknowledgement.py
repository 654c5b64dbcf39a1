"""0180 and 0190: what became of our answer. Neither is answered.

0180 says that it was delivered: that is what we thought, so nothing changes. 0190 says that it came too late, or could not be
used: what it had approved is undone, once, and what the network decides instead comes as its own advice (G9).
"""

from ledger.commands import Undo
from ledger.verdicts import Verdict
from switch.arrival import Arrival, Told
from switch.originals import answered_request
from switch.stories.rooms import Rooms
from switch.translate import FormatError


async def acknowledged(_rooms: Rooms, _arrival: Arrival) -> Told:
    return Told(None, "accepted", "delivered")


async def not_accepted(rooms: Rooms, arrival: Arrival) -> Told:
    """Matched by all key elements, so that no other payment of the same STAN can be meant."""
    answered = answered_request(arrival.message, rooms.tokenizer, arrival.at)
    if isinstance(answered, FormatError):
        return Told(None, "ignored", "format_error")
    facts = await rooms.store.reload(answered.token)
    if facts is None:
        return Told(None, "ignored", "unknown_card")
    for key in answered.keys:
        outcome = await rooms.record(Undo(key, facts.account_id, arrival.at, arrival.message_id))
        if outcome.verdict is Verdict.VOIDED:
            rooms.refresh_cache(facts, outcome)
            return Told(None, "accepted", "unaccepted", authorization_id=outcome.authorization_id)
    return Told(None, "ignored", "nothing_to_undo")
