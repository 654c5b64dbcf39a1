"""Compares what came with what the scenario states and what the auditor predicts: one View for each thing. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from simulator.auditor.accounts import Balance, HoldName, Posting
from simulator.chip import APPROVED, DECLINED, Chip, read
from simulator.currencies import by_numeric
from simulator.expectation import STORED_ANSWER, Difference, Expectation, differences, shown
from simulator.private_data import read_additional_amounts, read_private_data
from simulator.stage.amounts import minor_of, text_of
from simulator.stage.books import Account
from simulator.stage.composing import Written, span
from simulator.stage.language import Expected
from simulator.stage.results import View
from switch.iso8583 import Message

ABSENT = "absent"
NEAR = timedelta(minutes=5)
Stated = tuple[str, str, str]
"""What, how the scenario wants it, how it came."""


@dataclass(frozen=True, slots=True)
class Came:
    """A reply with the request that it answers. `earlier`: replies by step name; `first`: the first one to the same request."""

    request: Written
    reply: Message
    character_set: str
    first: Message | None
    earlier: Mapping[str, Message]


def reply_views(came: Came, stated: Expected, predicted: Expectation | None) -> list[View]:
    """`predicted` is None where no auditor is asked."""
    found: list[Difference] = []
    opinions: dict[str, str] = {}
    if predicted is not None:
        found = list(differences(predicted, came.reply, came.first, came.character_set))
        opinions = {"DE 39": predicted.code} | {f"DE {n}": shown(n, text) for n, text in predicted.elements.items()}
    opinions |= {difference.element: difference.expected for difference in found}
    views = [View(what, wanted, opinions.get(what), got) for what, wanted, got in _stated(came, stated)]
    said = {view.what for view in views}
    views += [View(each.element, None, each.expected, each.got) for each in found if each.element not in said]
    if predicted is not None and "DE 39" not in said:
        views.append(View("DE 39", None, predicted.code, came.reply.text(39, ABSENT)))
    return list({(view.what, view.predicted, view.got): view for view in views}.values())


def silence_views(reply: Message | None) -> list[View]:
    """Of a message that nothing may answer."""
    return [View("reply", None, "none", "none" if reply is None else f"{reply.mti} {reply.text(39)}")]


def book_views(
    stated: Expected,
    currency: str,
    found: Account,
    posted: Iterable[Posting],
    predicted: tuple[Balance, Iterable[Posting] | None] | None,
) -> list[View]:
    """`currency` is alpha-3; `posted` and the second part of `predicted` are what this step moved (None: it cannot be known)."""
    got = {"available": found.available_minor, "posted": found.posted_minor, "holds": found.holds_minor}
    says: dict[str, int] = {}
    moved: str | None = None
    if predicted is not None:
        balance, postings = predicted
        says = {"available": balance.available_minor, "posted": balance.posted_minor, "holds": balance.holds_minor}
        moved = None if postings is None else _postings_text(postings, currency)
    views = []
    for what, minor in got.items():
        wanted: str | None = getattr(stated, what)
        as_text = None if wanted is None else text_of(minor_of(wanted, currency), currency)
        said = text_of(says[what], currency) if what in says else None
        views.append(View(what, as_text, said, text_of(minor, currency)))
    wanted_postings = None
    if stated.postings is not None:
        amounts = [(kind, minor_of(text, currency)) for kind, texts in stated.postings.items() for text in texts]
        wanted_postings = _postings_text(amounts, currency)
    views.append(View("postings", wanted_postings, moved, _postings_text(posted, currency)))
    return views


def life_views(stated: Expected, found: Mapping[HoldName, timedelta], predicted: Mapping[HoldName, timedelta]) -> list[View]:
    """How long holds stand. The scenario speaks of the latest (of an increment: the one that it adds to), the auditor of all."""
    latest = list(found)[-1] if found else None
    views = []
    if stated.expires_in is not None:
        said = predicted.get(latest) if latest else None
        got = span_text(found[latest]) if latest else ABSENT
        views.append(View("expires in", span_text(span(stated.expires_in)), span_text(said) if said else None, got))
    for name in predicted.keys() & found.keys():
        wanted, got = span_text(predicted[name]), span_text(found[name])
        if wanted != got and not (stated.expires_in and name == latest):
            views.append(View(f"expires in (RRN {name[1]})", None, wanted, got))
    return views


def span_text(lasts: timedelta) -> str:
    """In days, hours or minutes; what is near a whole hour is that hour, as a message takes its time."""
    hours, rest = divmod(lasts + NEAR, timedelta(hours=1))
    if not hours or rest > 2 * NEAR:
        return f"{lasts // timedelta(minutes=1)}m"
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def _postings_text(postings: Iterable[Posting], currency: str) -> str:
    by_kind: dict[str, list[int]] = defaultdict(list)
    for kind, minor in postings:
        by_kind[kind].append(minor)
    parts = [f"{kind} {' '.join(text_of(minor, currency) for minor in sorted(by_kind[kind]))}" for kind in sorted(by_kind)]
    return ", ".join(parts) or "none"


def _stated(came: Came, stated: Expected) -> list[Stated]:
    reply = came.reply
    found: list[Stated] = []
    if stated.code is not None:
        found.append(("DE 39", stated.code, reply.text(39, ABSENT)))
    if stated.approval is not None:
        is_there = len(reply.text(38).strip()) == 6
        found.append(("DE 38", _presence(stated.approval), _presence(is_there)))
    found += _stated_amounts(came, stated)
    if stated.chip is not None:
        found.append(("ARPC", stated.chip, chip_verdict(came.request, reply)))
    if stated.private:
        data = read_private_data(reply.raw(48), came.character_set)
        subelements = data.subelements if data else {}
        found += [(f"DE 48.{key}", text, subelements.get(key, ABSENT)) for key, text in stated.private.items()]
    found += [(f"DE {n}", text, reply.text(int(n), ABSENT)) for n, text in stated.elements.items()]
    found += [(f"DE {n}", ABSENT, "present" if n in reply.elements else ABSENT) for n in stated.absent]
    if stated.same_as is not None:
        first = came.earlier.get(stated.same_as, Message("", {}))
        found += [(f"DE {n} as in {stated.same_as}", first.text(n, ABSENT), reply.text(n, ABSENT)) for n in STORED_ANSWER]
    return found


def _stated_amounts(came: Came, stated: Expected) -> list[Stated]:
    reply, request = came.reply, came.request
    asked, own = by_numeric(request.amounts.currency), by_numeric(request.card.currency)
    found: list[Stated] = []
    if stated.amount is not None:
        found.append(("DE 4", f"{minor_of(stated.amount, asked.alpha):012d}", reply.text(4, ABSENT)))
    if stated.billing is not None:
        found.append(("DE 6", f"{minor_of(stated.billing, own.alpha):012d}", reply.text(6, ABSENT)))
    for kind, text, currency in (("57", stated.original, asked), ("02", stated.balance, own)):
        if text is not None:
            told = _told(reply, kind, currency.numeric)
            got = text_of(told, currency.alpha) if told is not None else ABSENT
            found.append((f"DE 54 type {kind}", text_of(minor_of(text, currency.alpha), currency.alpha), got))
    return found


def _told(reply: Message, kind: str, currency: str) -> int | None:
    amounts = read_additional_amounts(reply.text(54)) or ()
    return next((amount.minor for amount in amounts if (amount.kind, amount.currency) == (kind, currency)), None)


def chip_verdict(request: Written, reply: Message) -> str:
    """What the chip makes of the issuer's answer: approved, declined, absent, or not genuine."""
    answered = read(reply.raw(55)).get("91")
    if answered is None:
        return ABSENT
    icc = read(request.message.raw(55))
    chip = Chip(request.card.pan, request.message.text(23)[-2:] or "00")
    for verdict, code in (("approved", APPROVED), ("declined", DECLINED)):
        if answered == chip.answer(icc.get("9F26", b""), icc.get("9F36", b""), code):
            return verdict
    return "not genuine"


def _presence(is_there: bool) -> str:
    return "six characters" if is_there else ABSENT


def broken(views: Sequence[View]) -> tuple[View, ...]:
    return tuple(view for view in views if not view.holds)
