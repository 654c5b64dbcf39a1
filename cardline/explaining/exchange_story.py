"""Messages that left no payment in the books, in sentences: most were answered before there was anything to decide. Pure."""

from collections.abc import Iterator, Sequence

from authorizer.reasons import DeclineReason
from ledger.exchanges import Exchange
from switch.elements import all_elements
from switch.refusals_guide import REMEDIES
from switch.responses import RESPONSE_CODES

_FORMAT_ERROR = RESPONSE_CODES[DeclineReason.FORMAT_ERROR]


def sentences(exchanges: Sequence[Exchange]) -> list[str]:
    """One for each, newest first."""
    told = ["No authorization is stored under it; these messages are:"]
    told += [_told(one) for one in exchanges]
    return [*told, *_advice(exchanges)]


def _told(one: Exchange) -> str:
    names = f"STAN {one.stan or 'none'}, RRN {one.rrn or 'none'}"
    came = f"{one.at:%Y-%m-%d %H:%M:%S} UTC on link {one.link}: a {one.mti or 'message without a type'} ({names})"
    if one.answer_mti is None:
        return f"{came} got no answer."
    element = f": {_element(one.more)} is missing or could not be read" if one.code == _FORMAT_ERROR else ""
    return f"{came} was answered {one.answer_mti}, DE 39 = {one.code or 'none'}{element}."


def _element(more: str | None) -> str:
    number = int(more[:3]) if more and more[:3].isdecimal() else 0
    known = all_elements().get(number)
    return f"element {number} ({known.name})" if known else "an element"


def _advice(exchanges: Sequence[Exchange]) -> Iterator[str]:
    if any(one.code == _FORMAT_ERROR for one in exchanges):
        who, how = REMEDIES[DeclineReason.FORMAT_ERROR]
        yield f"Who can fix it: {who} ({how})."
    elif any(one.code for one in exchanges):
        yield "What is refused before it is decided, late or out of order, is told in the log, by these STANs."
