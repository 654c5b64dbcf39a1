"""What a posted chunk leaves for people: of each record what is odd, not booked or not readable. Pure.

Whatever a record raises says how much of which asset is at stake, as far as that is known.
"""

from collections.abc import Iterator, Mapping, Sequence

from clearing.matches import Concern, Match
from clearing.records import ClearingRecord, Untranslatable
from clearing.storing import DIFFERENCE, Booked, Item


def not_understood(record: Untranslatable) -> Booked:
    """What stands in the place of its booking."""
    return Booked(record.number, 0, _concern(record), True, None, "unbookable", record.flaw.said)


def items_of(
    records: Sequence[ClearingRecord | Untranslatable], matches: Mapping[int, Match], booked: Sequence[Booked]
) -> list[Item]:
    """`booked`: all rows of these records."""
    refused = {b.position for b in booked if b.kind == "refused"}
    beside = {b.position for b in booked if not b.is_main and b.status == "unbookable"}
    asked = {b.position for b in booked if b.sequence == DIFFERENCE and b.status == "suspense"}
    items: list[Item] = []
    for record in records:
        if isinstance(record, Untranslatable):
            at_stake = (record.amount.minor, record.amount.asset) if record.amount is not None else (None, None)
            items.append((record.number, _concern(record), *at_stake))
        elif record.number in refused:
            items.append(_whole(record, matches[record.number], Concern.UNBOOKABLE))
        else:
            items += _of_booked(record, matches[record.number], is_asked=record.number in asked)
    understood = {record.number for record in records if isinstance(record, ClearingRecord)}
    return [*items, *((number, Concern.UNBOOKABLE, None, None) for number in sorted(beside - refused) if number in understood)]


def _of_booked(record: ClearingRecord, match: Match, *, is_asked: bool) -> Iterator[Item]:
    if match.concern is not None:
        at_stake = match.amount if match.concern_amount is None else match.concern_amount
        yield record.number, match.concern, at_stake, match.asset
    if record.flaws:
        yield _whole(record, match, Concern.FLAWED)
    if is_asked:
        settled = record.settled.minor if record.settled is not None else match.amount
        yield record.number, Concern.SETTLED_OTHERWISE, abs(settled - match.amount), match.asset


def _whole(record: ClearingRecord, match: Match, concern: Concern) -> Item:
    return record.number, concern, match.amount, match.asset


def _concern(record: Untranslatable) -> Concern:
    return Concern.UNKNOWN_CURRENCY if "currency" in record.flaw.reason else Concern.UNBOOKABLE
