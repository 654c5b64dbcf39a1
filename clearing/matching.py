"""To which authorization, account and earlier record a clearing record belongs: explained rules in a fixed order. Pure.

A presentment always posts: what no rule finds goes to its card's account all the same, or to suspense, and is an item
for people. Records of a chunk are matched in their order, so that each sees what those before it have presented.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from clearing.matches import Concern, Earlier, Known, KnownCard, Match, Payment, Presented, Rule
from clearing.records import ClearingRecord, RecordKind, Sum
from clearing.tolerances import NONE, Tolerances
from ledger.money import ASSETS

Convert = Callable[[int, str, str, bool], int | None]
"""Minor units of one asset in another; the flag says whether it is a spend. None where there is no rate."""
BEFORE, AFTER = timedelta(days=45), timedelta(days=3)
"""How long before the terminal's time an authorization may lie (longer than any validity), and how long after it."""
_WITHOUT = {True: "it holds nothing", False: "it was declined"}
_DISPUTES = {RecordKind.CHARGEBACK: Concern.CHARGEBACK, RecordKind.SECOND_PRESENTMENT: Concern.SECOND_PRESENTMENT}


def no_rates(amount: int, sold: str, bought: str, is_spend: bool) -> int | None:  # noqa: ARG001 - the shape of Convert
    """Where none are configured."""
    return None


class Matcher:
    """One chunk. `known` was read for exactly these records.

    `paired`: of reversals that came before their presentment in this chunk, what they are matched to instead.
    `meets_waiting`: a presentment of this chunk is what a reversal of an earlier one waits for (`clearing.pairing`).
    """

    def __init__(self, known: Known, file: Presented, convert: Convert = no_rates, tolerances: Tolerances = NONE) -> None:
        self._known, self._file, self._convert, self._tolerances = known, file, convert, tolerances
        self._presented: dict[int, int] = defaultdict(int)
        self._orphans: set[int] = set()
        self.paired: dict[int, Match] = {}
        self.meets_waiting = False
        self._earlier: dict[str, list[Earlier]] = {arn: list(found) for arn, found in known.by_reference.items()}

    def match_all(self, records: Iterable[ClearingRecord]) -> list[Match]:
        return [self.match(record) for record in records]

    def match(self, record: ClearingRecord) -> Match:
        match record.kind:
            case RecordKind.FEE_COLLECTION:
                found = _to_nobody(record, "a fee of the network")
            case RecordKind.CHARGEBACK | RecordKind.SECOND_PRESENTMENT:
                found = self._disputed(record)
            case RecordKind.PRESENTMENT if record.is_reversal:
                found = self._taken_back(record)
            case RecordKind.PRESENTMENT:
                found = self._presentment(record)
        found = _without_stake(record, found)
        self._remember(record, found)
        if record.kind is RecordKind.PRESENTMENT and not record.is_reversal:
            self._pair(record, found)
        return found

    # --- presentments ---

    def _presentment(self, record: ClearingRecord) -> Match:
        card = self._known.cards.get(record.card_token or b"")
        if card is None:
            return _suspended(record, Concern.UNKNOWN_CARD, "no card of ours")
        rule, payment, reason = self._found(record, card)
        found = Match(
            record.number, rule, reason, card.account_id, record.amount.minor, record.amount.asset, card_id=card.card_id
        )
        if payment is not None:
            found = replace(found, authorization_id=payment.authorization_id, chain_id=payment.chain_id)
        found = self._in_account_asset(record, card, found)
        if found.concern is not None:
            self._use_up(record, payment)
            return found
        if (twin := self._twin_of(record)) is not None:
            reason = f"{found.reason}; the same as record {twin.number} of file {twin.file_id}"
            if payment is not None and payment.chain_id is not None and record.is_debit:
                self._presented[payment.chain_id] += found.amount
            return replace(found, concern=Concern.DOUBLED, refers=(twin.file_id, twin.number), reason=reason)
        return self.weighed(record, payment, found)

    def weighed(self, record: ClearingRecord, payment: Payment | None, found: Match) -> Match:
        """With what is odd about presenting this to that payment, whoever has found it: a rule or somebody's hand."""
        if payment is not None and payment.is_single and _is_named(payment, record, found):
            payment = replace(payment, is_single=False, captured=payment.captured if payment.is_presented else 0)
        if payment is not None and payment.is_single and _has_booked(payment, record):
            reason = f"{found.reason}; a single message has booked it already"
            return replace(found, chain_id=None, concern=Concern.DOUBLED, reason=reason)
        return self._judged(record, payment, found) if record.is_debit else found

    def _use_up(self, record: ClearingRecord, payment: Payment | None) -> None:
        """The last presentment of a payment ends its hold, also where its money goes to suspense."""
        if payment is not None and payment.chain_id is not None and record.is_last and record.is_debit:
            self._presented[payment.chain_id] += payment.held

    def _found(self, record: ClearingRecord, card: KnownCard) -> tuple[Rule, Payment | None, str]:
        for rule, ask in _RULES:
            if payment := ask(record, card, self._known, self._presented):
                return rule, payment, _SAID[rule]
        return Rule.NONE, None, "no authorization under any of its names"

    def _in_account_asset(self, record: ClearingRecord, card: KnownCard, found: Match) -> Match:
        """In the account's asset where it can be, else to suspense in its own."""
        if not card.is_open:
            return replace(
                found, account_id=None, concern=Concern.CLOSED_ACCOUNT, reason=f"{found.reason}; the account is closed"
            )
        if not record.is_billed:
            said = f"{found.reason}; what is billed cannot be read, this is what the network settles"
            return replace(found, account_id=None, concern=Concern.WRONG_CURRENCY, reason=said)
        if card.asset == record.amount.asset:
            return found
        converted = self._convert(record.amount.minor, record.amount.asset, card.asset, record.is_debit)
        said = f"{found.reason}; billed in {record.amount.asset}, the account is in {card.asset}"
        if converted is None:
            return replace(found, account_id=None, concern=Concern.WRONG_CURRENCY, reason=f"{said}, and there is no rate")
        return replace(found, amount=converted, asset=card.asset, reason=f"{said}: converted")

    def _judged(self, record: ClearingRecord, payment: Payment | None, found: Match) -> Match:
        """Whether what was found allows this presentment."""
        if payment is None:
            return replace(found, concern=Concern.UNAUTHORIZED)
        if payment.is_single:
            found = replace(found, chain_id=None)
        if payment.chain_id is None or (payment.is_single and payment.left):
            return replace(found, concern=Concern.UNAUTHORIZED, reason=f"{found.reason}; {_WITHOUT[payment.is_approved]}")
        before = payment.captured + self._presented[payment.chain_id]
        self._presented[payment.chain_id] += found.amount
        if payment.left == 0:
            return replace(found, concern=Concern.AFTER_REVERSAL, reason=f"{found.reason}; it was reversed")
        if _is_over(record, payment, self._file):
            until = f" on {payment.expires_at:%Y-%m-%d}" if payment.expires_at is not None else ""
            said = f"{found.reason}; its time was over{until}, it is of {record.business_date or self._file.received_on}"
            return replace(found, concern=Concern.AFTER_EXPIRY, reason=said)
        most = self._tolerances.allowed(payment.left, found.asset, record, is_converted=record.is_foreign_to(found.asset))
        presented = before + found.amount
        if presented > most.minor:
            excess = min(found.amount, presented - payment.left)
            money = ASSETS[found.asset].format
            said = (
                f"{found.reason}; {money(presented)} presented of {money(payment.left)} authorized, "
                f"{money(most.minor)} allowed ({most.rule})"
            )
            return replace(found, concern=Concern.OVER_CLEARED, concern_amount=excess, reason=said)
        return found

    def _twin_of(self, record: ClearingRecord) -> Earlier | None:
        """By DE 31 alone: without it, two alike may be parts of one payment."""
        if record.references.arn is None:
            return None
        return next((e for e in self._presented_as(record) if not e.is_taken_back and e.is_debit is record.is_debit), None)

    # --- what refers to an earlier record ---

    def _taken_back(self, record: ClearingRecord) -> Match:
        same = [e for e in self._presented_as(record) if not e.is_taken_back and e.is_debit is not record.is_debit]
        if not same:
            self._orphans.add(record.number)
            return _suspended(
                record, Concern.ORPHAN_REVERSAL, "no presentment to take back under its DE 31 (or trace id) and amount"
            )
        original = same[-1]
        self._note(record, original, replace(original, is_taken_back=True))
        if original.is_debit:
            self._give_back(original)
        return taking_back(record.number, original)

    def _pair(self, record: ClearingRecord, found: Match) -> None:
        """With the reversal that came before it, if one waits: from here on as if it had come after.

        What was converted stays with people: the reversal is in suspense in the other currency.
        """
        if len(self._earlier.get(record.references.presentment or "", ())) < 2:  # nearly always: itself
            return
        waiting = [e for e in self._same(record) if e.is_orphan and e.is_debit is not record.is_debit]
        if not waiting or Sum(found.amount, found.asset) != record.amount:
            return
        orphan, mine = waiting[0], self._earlier[record.references.presentment or ""][-1]
        self._note(record, mine, replace(mine, is_taken_back=True))
        self._note(record, orphan, replace(orphan, is_orphan=False))
        if record.is_debit:
            self._give_back(mine)
        if orphan.file_id == self._file.file_id and orphan.number in self._orphans:
            self.paired[orphan.number] = taking_back(orphan.number, mine)
        else:
            self.meets_waiting = True

    def _note(self, record: ClearingRecord, before: Earlier, after: Earlier) -> None:
        list_of = self._earlier[record.references.presentment or ""]
        list_of[list_of.index(before)] = after

    def _give_back(self, original: Earlier) -> None:
        if original.chain_id is not None and original.account_id is not None:
            self._presented[original.chain_id] -= original.posted[0]

    def _disputed(self, record: ClearingRecord) -> Match:
        """Its money is between us and the network; the cardholder's account stays as it is until somebody decides."""
        concern = None if record.is_reversal else _DISPUTES[record.kind]
        found = replace(_to_nobody(record, ""), concern=concern)
        named = self._earlier.get(record.references.arn or "", ())
        presented = [e for e in named if e.is_presentment and not e.is_reversal and self._is_same_card(record, e)]
        if presented:
            first = min(presented, key=lambda earlier: earlier.is_taken_back)
            said = f"its presentment is record {first.number} of file {first.file_id}"
            return replace(
                found, rule=Rule.REFERENCE, reason=said, authorization_id=first.authorization_id, chain_id=first.chain_id,
                refers=(first.file_id, first.number), disputed_account_id=first.account_id,
            )  # fmt: skip
        card = self._known.cards.get(record.card_token or b"")
        rule, payment, said = self._found(record, card) if card else (Rule.NONE, None, "no card of ours")
        if card is None or payment is None:
            return replace(found, rule=rule, reason=said)
        return replace(
            found, rule=rule, reason=said, authorization_id=payment.authorization_id, chain_id=payment.chain_id,
            disputed_account_id=card.account_id,
        )  # fmt: skip

    def _presented_as(self, record: ClearingRecord) -> list[Earlier]:
        """Earlier presentments that this record presents again, or takes back."""
        return [earlier for earlier in self._same(record) if earlier.is_presentment and not earlier.is_reversal]

    def _same(self, record: ClearingRecord) -> list[Earlier]:
        """Earlier records with this DE 31 (without any: this trace id), function code, amount and card."""
        found = self._earlier.get(record.references.presentment or "")
        if not found:  # nearly always
            return []
        return [
            earlier for earlier in found
            if earlier.function_code == record.function_code and Sum(earlier.amount, earlier.asset) == record.amount
            and self._is_same_card(record, earlier)
        ]  # fmt: skip

    def _is_same_card(self, record: ClearingRecord, earlier: Earlier) -> bool:
        """By account, since cards are replaced; by what is left of the number where one of both was no card of ours."""
        account_id = self._account_of(record)
        if account_id is not None and earlier.card_account_id is not None:
            return account_id == earlier.card_account_id
        return earlier.masked_pan == record.masked_pan

    def _account_of(self, record: ClearingRecord) -> int | None:
        card = self._known.cards.get(record.card_token or b"")
        return card.account_id if card is not None else None

    def _remember(self, record: ClearingRecord, found: Match) -> None:
        if (name := record.references.presentment) is None:
            return
        self._earlier.setdefault(name, []).append(
            Earlier(
                self._file.file_id, record.number, record.function_code, record.amount.minor, record.amount.asset,
                record.kind is RecordKind.PRESENTMENT, record.is_reversal, found.account_id, found.authorization_id,
                found.chain_id, (found.amount, found.asset), record.is_debit, record.masked_pan, self._account_of(record),
                is_orphan=found.concern is Concern.ORPHAN_REVERSAL,
            )
        )  # fmt: skip


def taking_back(number: int, original: Earlier) -> Match:
    """What a reversal is matched to: the presentment that it takes back, wherever that has posted."""
    reason = f"takes back record {original.number} of file {original.file_id}"
    return Match(
        number, Rule.REFERENCE, reason, original.account_id, *original.posted, authorization_id=original.authorization_id,
        chain_id=original.chain_id, refers=(original.file_id, original.number),
    )  # fmt: skip


def window(record: ClearingRecord, file: Presented) -> tuple[datetime, datetime]:
    """When an authorization of this record may have been sent. A terminal whose clock is far off is not believed."""
    received = datetime.combine(file.received_on, time(12), UTC)
    at = record.at if record.at is not None and abs(record.at - received) < timedelta(days=200) else None
    return (at or received) - BEFORE, (at or received) + AFTER


def _to_nobody(record: ClearingRecord, reason: str) -> Match:
    return Match(record.number, Rule.NONE, reason, amount=record.amount.minor, asset=record.amount.asset)


def _without_stake(record: ClearingRecord, found: Match) -> Match:
    """A presentment of nothing moves nothing, whatever it finds: there is nothing to ask anybody. It may end a hold."""
    if record.kind is not RecordKind.PRESENTMENT or found.amount or record.amount.minor:
        return found
    return replace(found, concern=None, concern_amount=None)


def _suspended(record: ClearingRecord, concern: Concern, reason: str) -> Match:
    return replace(_to_nobody(record, reason), concern=concern)


def _is_named(payment: Payment, record: ClearingRecord, found: Match) -> bool:
    """A single message that this presentment names, not only resembles: it takes the place of what that has booked."""
    is_booked = payment.left > 0 and (payment.captured > 0 or payment.is_presented)
    return found.rule is Rule.TRACE and record.is_debit and is_booked


def _has_booked(payment: Payment, record: ClearingRecord) -> bool:
    """What is not reversed of a single message is booked: a debit counts as captured, a credit does not."""
    return payment.left > 0 and (payment.captured > 0) is record.is_debit


def _is_over(record: ClearingRecord, payment: Payment, file: Presented) -> bool:
    """Given back for its time, or presented on a business date after it."""
    if payment.expired and payment.held == 0 and payment.captured < payment.expired:
        return True
    if payment.expires_at is None or payment.held == 0:
        return False
    return (record.business_date or file.received_on) > payment.expires_at.date()


# --- the rules ---

_Presented = dict[int, int]
_Rule = Callable[[ClearingRecord, KnownCard, Known, _Presented], Payment | None]


def _by_trace(record: ClearingRecord, card: KnownCard, known: Known, presented: _Presented) -> Payment | None:
    trace_id = record.references.trace_id
    return _best(known.by_trace.get((card.account_id, trace_id), ()), presented) if trace_id else None


def _by_link(record: ClearingRecord, card: KnownCard, known: Known, presented: _Presented) -> Payment | None:
    link_id = record.references.link_id
    if link_id is None:
        return None
    return _best(_with_heirs(known.by_account.get(card.account_id, ()), lambda p: p.link_id == link_id), presented)


def _by_approval(record: ClearingRecord, card: KnownCard, known: Known, presented: _Presented) -> Payment | None:
    code = record.references.approval_code
    if code is None:
        return None
    of_account = known.by_account.get(card.account_id, ())
    coded = _with_heirs(of_account, lambda p: p.approval_code == code and _is_same_merchant(record, p, else_=True))
    is_foreign = record.amount.asset != card.asset  # of which the minor units say nothing here
    return _best([p for p in coded if is_foreign or record.amount.minor <= 2 * max(p.amount, p.left)], presented)


def _by_fallback(record: ClearingRecord, card: KnownCard, known: Known, presented: _Presented) -> Payment | None:
    """Only what still has something to present: otherwise every further purchase of a habit would find an old one."""
    of_card = [p for p in known.by_account.get(card.account_id, ()) if p.card_id in (None, card.card_id)]
    rrn, amount = record.references.rrn, record.amount
    named = _with_heirs(of_card, lambda p: rrn is not None and p.rrn == rrn)
    alike = [
        payment for payment in of_card
        if payment.amount == amount.minor and amount.asset == card.asset and _is_same_merchant(record, payment, else_=False)
        and not _is_named_otherwise(record, payment)
    ]  # fmt: skip
    exact = [payment for payment in named if payment.amount == amount.minor and amount.asset == card.asset]
    open_ones = ([payment for payment in found if _holds(payment, presented)] for found in (exact, named, alike))
    return _best(next(filter(None, open_ones), ()), presented)


_RULES: tuple[tuple[Rule, _Rule], ...] = (
    (Rule.TRACE, _by_trace), (Rule.LINK, _by_link), (Rule.APPROVAL, _by_approval), (Rule.FALLBACK, _by_fallback),
)  # fmt: skip
_SAID = {
    Rule.TRACE: "same trace id",
    Rule.LINK: "same transaction link identifier",
    Rule.APPROVAL: "same approval code on the account",
    Rule.FALLBACK: "same retrieval reference, or amount and merchant, on the card",
}


def _with_heirs(payments: Sequence[Payment], is_named: Callable[[Payment], bool]) -> list[Payment]:
    """Those that are named, and what stands under the same trace id: the network's advice of a payment takes its place."""
    named = [payment for payment in payments if is_named(payment)]
    mine, traces = {payment.authorization_id for payment in named}, {payment.trace_id for payment in named} - {None}
    return [p for p in payments if p.trace_id in traces or p.authorization_id in mine] if traces else named


def _holds(payment: Payment, presented: _Presented) -> bool:
    return payment.chain_id is not None and payment.held - max(presented.get(payment.chain_id, 0), 0) > 0


def _best(payments: Sequence[Payment], presented: _Presented) -> Payment | None:
    """Of several (an answer of ours and the advice that replaced it; two alike) what stands, still holds, and is oldest."""
    return min(payments, key=lambda payment: _rank(payment, presented), default=None)


def _rank(payment: Payment, presented: _Presented) -> tuple[bool, bool, bool, bool, datetime]:
    holds = _holds(payment, presented)
    return (payment.chain_id is None, not payment.is_approved, payment.left == 0, not holds, payment.at)


def _is_same_merchant(record: ClearingRecord, payment: Payment, *, else_: bool) -> bool:
    """`else_`: where one of both does not say it."""
    acceptor_id = record.references.acceptor_id
    return else_ if acceptor_id is None or payment.acceptor_id is None else acceptor_id == payment.acceptor_id


def _is_named_otherwise(record: ClearingRecord, payment: Payment) -> bool:
    """Both say under which trace id, and it is not the same one."""
    theirs = payment.trace_id if payment.trace_id and not payment.trace_id.startswith("~") else None
    return record.references.trace_id is not None and theirs is not None and theirs != record.references.trace_id
