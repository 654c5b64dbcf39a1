"""Clears and settles a played day: clearing files, positions, bank statement and manifest as bytes by name. Pure.

What comes after its hold has expired is in a file of a later day, with positions and a statement of its own.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from simulator.settlement.claims import Group, Stranger, groups, own_groups
from simulator.settlement.clearing_file import CLEARING, assembled, file_id, written
from simulator.settlement.disagreements import Disagreement, dealt
from simulator.settlement.disputing import fee_collection
from simulator.settlement.manifest import Noted, Summary, manifest
from simulator.settlement.netting import Day, net
from simulator.settlement.played import Money, Origin, PlayedTransaction
from simulator.settlement.presenting import Sitting

MANIFEST = "manifest.json"
# Longer than any hold lives (30 days for a pre-authorization).
LATE = timedelta(days=45)
MONTHLY_FEE_MINOR = 2_500
_INVENTED = frozenset({Disagreement.UNAUTHORIZED, Disagreement.UNKNOWN_CARD, Disagreement.FEE_COLLECTION})
_NO_PAYMENT = -1
_REFERENCES_PER_CYCLE = 10_000_000
"""The acquirers' numbers (DE 31) begin behind those of the cycle before: the same number again would be a second presentment."""


@dataclass(frozen=True, slots=True)
class EveningPlan:
    """Each disagreement is played as often as it is named, to a payment of its own; `is_test` marks the files (PDS 0122).

    `cycle`: which clearing of its business date it is. `opening`: minor units by currency (three digits) that the bank's last
    statement closed with; what is not there opens as on a first day.
    """

    seed: int
    business_date: date
    disagreements: Sequence[Disagreement] = tuple(Disagreement)
    form: FileForm = FileForm(Framing.BLOCKED, CharacterSet.CP500)  # noqa: RUF009 - a frozen value
    is_test: bool = True
    cycle: int = 1
    opening: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evening:
    """The files in the order in which an issuer gets them, the manifest last, and what was played wrong."""

    files: Mapping[str, bytes]
    noted: Sequence[Noted]
    messages: int


@dataclass(slots=True)
class _Sitting:
    """One business date in the making: groups of messages, each with the disagreement it belongs to."""

    sitting: Sitting
    is_late: bool = False
    groups: list[tuple[Group, int | None]] = field(default_factory=list)
    singles: list[PlayedTransaction] = field(default_factory=list)

    @property
    def clearing_name(self) -> str:
        return f"clearing-{self.sitting.in_names}.ipm"


def evening(payments: Sequence[PlayedTransaction], plan: EveningPlan) -> Evening:
    """The same payments and plan give the same bytes."""
    rng = random.Random(plan.seed)  # noqa: S311 - the same seed must play the same evening
    kinds = dealt(rng, payments, plan.disagreements)
    today = _Sitting(Sitting(plan.business_date, plan.cycle))
    late = _Sitting(Sitting(plan.business_date + LATE, plan.cycle), is_late=True)
    stranger = Stranger(rng, {payment.pan for payment in payments})
    numbers = count((plan.cycle - 1) * _REFERENCES_PER_CYCLE + 1)
    for at, payment in enumerate(payments):
        kind = kinds.get(at)
        _clear(payment, kind, late if kind is Disagreement.AFTER_EXPIRY else today, numbers, stranger, at)
    if Disagreement.FEE_COLLECTION in plan.disagreements:
        fee = fee_collection(Money(MONTHLY_FEE_MINOR, _main_currency(payments)), next(numbers), today.sitting)
        today.groups.append(((fee,), _NO_PAYMENT))
    return _settled([today, late] if late.groups else [today], payments, kinds, plan)


def _clear(
    payment: PlayedTransaction,
    kind: Disagreement | None,
    into: _Sitting,
    numbers: Iterator[int],
    stranger: Stranger,
    at: int,
) -> None:
    if payment.origin is Origin.SINGLE_MESSAGE:
        into.singles.extend([] if payment.is_reversed else [payment])
    elif not payment.is_reversed or kind is Disagreement.AFTER_REVERSAL:
        found = groups(payment, kind, into.sitting, numbers, stranger)
        about = own_groups(kind, found) if kind else []
        into.groups += [(group, at if group in about else None) for group in found]


def _settled(
    sittings: Sequence[_Sitting],
    payments: Sequence[PlayedTransaction],
    kinds: Mapping[int, Disagreement],
    plan: EveningPlan,
) -> Evening:
    files: dict[str, bytes] = {}
    noted: list[Noted] = []
    balances = dict(plan.opening)
    messages = 0
    for sequence, one in enumerate(sittings, plan.cycle):
        in_order = [message for group, _ in one.groups for message in group]
        in_file = assembled(file_id(CLEARING, one.sitting, plan.cycle), in_order, is_test=plan.is_test)
        messages += len(in_file)
        files[one.clearing_name] = written(in_file, plan.form)
        noted += _noted(one, in_file, payments, kinds)
        day = Day(one.sitting, in_file, one.singles, () if one.is_late else plan.disagreements)
        netted = net(day, balances, sequence, form=plan.form, is_test=plan.is_test)
        files |= netted.files
        noted += netted.noted
        balances |= netted.closing
    played = {entry.kind for entry in noted}
    summary = Summary(
        plan.seed,
        plan.business_date.isoformat(),
        len(payments),
        sum(len(one.groups) for one in sittings),
        [kind for kind in dict.fromkeys(plan.disagreements) if kind not in played],
    )
    files[MANIFEST] = manifest(summary, files, noted)
    return Evening(files, noted, messages)


def _noted(
    one: _Sitting, in_file: Sequence[IpmMessage], payments: Sequence[PlayedTransaction], kinds: Mapping[int, Disagreement]
) -> Iterator[Noted]:
    """The disagreements of a file with their messages as numbered; what is missing is in no file and belongs to the first."""
    about: dict[int, list[IpmMessage]] = {}
    if not one.is_late:
        about = {at: [] for at, kind in kinds.items() if kind is Disagreement.MISSING}
    place = 1
    for group, at in one.groups:
        if at is not None:
            about.setdefault(at, []).append(in_file[place])
        place += len(group)
    for at, messages in sorted(about.items()):
        kind = kinds.get(at, Disagreement.FEE_COLLECTION)
        yield Noted(kind, one.clearing_name, None if kind in _INVENTED else payments[at], messages)


def _main_currency(payments: Sequence[PlayedTransaction]) -> str:
    currencies = [payment.settled.currency for payment in payments]
    return max(sorted(set(currencies)), key=currencies.count, default="978")
