"""How a story may end: as the ledger says, refused without a trace, or not understood. Pure."""

from authorizer.reasons import DeclineReason
from ledger.commands import Outcome
from switch import translate
from switch.arrival import Arrival, Told
from switch.iso8583 import Message
from switch.responses import RESPONSE_CODES, format_error, reply
from switch.translate import FormatError


def told(answered: Message | None, outcome: Outcome) -> Told:
    return Told(answered, outcome.verdict.value, outcome.reason, outcome.is_repeat, outcome.authorization_id)


def refused(arrival: Arrival, reason: DeclineReason) -> Told:
    """An answer that nothing is stored for: a repeat is decided afresh."""
    added = translate.merchant_advice(arrival.message, reason, arrival.charset)
    return Told(reply(arrival.message, RESPONSE_CODES[reason], added), "declined", reason.value)


def not_understood(arrival: Arrival, error: FormatError) -> Told:
    return Told(format_error(arrival.message, error.element), "declined", DeclineReason.FORMAT_ERROR.value)
