"""The issuer as the network understands it: reads each message before it is sent and says what must come back.

Cards, what each account owns and holds, answers already given. It shares nothing with the switch but the message type.
Pure; money is integers in minor units of the card's currency.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from simulator.auditor.accounts import Account, Balance, Booking, EarlyName, HoldName, OriginalKey, Payment, Posting
from simulator.auditor.credentials import Keys, Proofs, objection, proofs
from simulator.auditor.reading import (
    APPROVING_CODES,
    Purpose,
    billed_minor,
    billing_currency,
    goods_minor,
    is_about_our_answer,
    is_completion,
    is_increment,
    lifetime,
    named_original,
    own_key,
    own_trace,
    purpose,
    remaining_minor,
    subelement,
    unreadable_element,
)
from simulator.cards import Card, Condition
from simulator.expectation import Expectation
from simulator.messages import ReplyKey, reply_key
from simulator.pin import TEST_PIN_KEY
from simulator.replies import Answer, predicted_reply
from switch.iso8583 import Message

# A repeat with other content is refused; these elements are the content.
CONTENT = (3, 4, 6, 18, 41, 42, 49, 51)
REFUSED_CONDITIONS = {
    Condition.UNKNOWN: Answer("14", "unknown card"),
    Condition.LOST: Answer("41", "card lost"),
    Condition.STOLEN: Answer("43", "card stolen"),
    Condition.BLOCKED: Answer("62", "card blocked"),
    Condition.INACTIVE: Answer("72", "card not activated"),
    Condition.CLOSED: Answer("46", "card closed"),
    Condition.FROZEN: Answer("62", "account frozen"),
}
REFUSES_CREDITS = frozenset({Condition.UNKNOWN, Condition.CLOSED})
MERCHANT_ADVICE = {"14": "03", "41": "03", "43": "03", "46": "03", "51": "02"}


class IssuerModel:
    """Predicts reply after reply in the order in which the issuer sees a card's messages."""

    def __init__(self, cards: Iterable[Card], *, today: date, character_set: str, pin_key: bytes = TEST_PIN_KEY) -> None:
        self._accounts = {card.pan: Account(card) for card in cards}
        self._this_month = f"{today:%y%m}"
        self._keys = Keys(character_set, pin_key)
        self._answers: dict[tuple[str, ReplyKey], tuple[tuple[str, ...], Answer]] = {}

    def balance(self, pan: str) -> Balance:
        return self._accounts[pan].balance

    def balances(self) -> dict[str, Balance]:
        """Every account's balance by PAN, unknown cards left out."""
        known = (account for account in self._accounts.values() if account.card.condition is not Condition.UNKNOWN)
        return {account.card.pan: account.balance for account in known}

    def taken_postings(self, pan: str) -> Iterator[Posting]:
        """What was posted on the card's account since this was last asked."""
        return self._accounts[pan].taken_postings()

    def lives(self, pan: str) -> dict[HoldName, timedelta]:
        """How long each hold that stands on the card's account was made to stand."""
        return self._accounts[pan].lives()

    def add_unknown(self, card: Card) -> None:
        """Tells the model of a card that the issuer does not have."""
        self._accounts[card.pan] = Account(card)

    def set_condition(self, pan: str, condition: Condition) -> None:
        """The issuer's people have changed the state of a card or its account."""
        account = self._accounts[pan]
        account.card = replace(account.card, condition=condition)

    def set_pin(self, pan: str, pin: str) -> None:
        """A new PIN gives all tries back."""
        account = self._accounts[pan]
        account.card, account.pin_tries = replace(account.card, pin=pin), 0

    def expect(self, message: Message) -> Expectation:
        """The reply to `message`; call it in the order in which the issuer sees a card's messages."""
        if message.mti.startswith("08"):
            return self._reply(message, Answer("00", "network management"))
        if (element := unreadable_element(message)) is not None:
            refused = self._reply(message, Answer("30", f"DE {element} cannot be read"))
            return replace(refused, bad_element=element)
        key, content = self._key(message), tuple(message.text(number) for number in CONTENT)
        if key in self._answers:
            stored_content, stored = self._answers[key]
            if stored_content != content:
                return self._reply(message, Answer("94", "same key, other content"))
            return self._reply(message, stored, same_as=None if stored.code == "91" else reply_key(message))
        answer = self._answered(message, self._account(message.text(2)))
        self._answers[key] = (content, answer)
        return self._reply(message, answer)

    def hear(self, message: Message, reply: Message) -> str | None:
        """Takes the approval code of a reply, by which a later message may name the payment; an objection to it, if any."""
        account, code = self._account(message.text(2)), reply.text(38)
        payment = account.originals.get(own_key(message)) if code and message.mti[1:3] in {"10", "20"} else None
        if payment is None:
            return None
        payment.approval_code = code
        return f"{code}, as for every other payment" if account.has_one_code_for_all() else None

    def take(self, message: Message) -> None:
        """0180 and 0190, which nobody answers. The latter says that our answer was not accepted: it is undone, once."""
        if message.mti[:3] != "019":
            return
        account = self._account(message.text(2))
        for mti in ("0100", "0200"):
            answered = Message(mti, message.elements)
            payment = account.originals.get(own_key(answered))
            if payment is not None and payment.is_ours:
                account.lower(payment, 0)
                content, _ = self._answers[self._key(answered)]
                self._answers[self._key(answered)] = (content, Answer("91", "undone: the network did not accept the answer"))

    def _account(self, pan: str) -> Account:
        """A number that nobody has told us of is nobody's card."""
        if pan not in self._accounts:
            self.add_unknown(Card(pan, "", "", "", "", 0, 0, Condition.UNKNOWN))
        return self._accounts[pan]

    def _reply(self, message: Message, answer: Answer, same_as: ReplyKey | None = None) -> Expectation:
        return predicted_reply(message, answer, character_set=self._keys.character_set, same_as=same_as)

    def _key(self, message: Message) -> tuple[str, ReplyKey]:
        return message.text(2), reply_key(message)

    def _answered(self, message: Message, account: Account) -> Answer:
        match message.mti[1:3]:
            case "10" | "20":
                return self._authorized(message, account)
            case "12" | "22":
                return self._advised(message, account)
            case "40" | "42":
                return self._reversed(message, account)
            case other:
                raise AssertionError(f"the model does not play MTI x{other}x")

    def _authorized(self, message: Message, account: Account) -> Answer:
        found = proofs(message, account, self._keys)
        answer = self._refusal(message, account, found) or self._granted(message, account)
        told = found.told() | ({"84": MERCHANT_ADVICE[answer.code]} if answer.code in MERCHANT_ADVICE else {})
        is_known = account.card.condition is not Condition.UNKNOWN
        return replace(
            answer,
            subelements=told if is_known else {"84": MERCHANT_ADVICE["14"]},
            issuer_authentication=found.issuer_authentication(is_approved=answer.code in APPROVING_CODES),
            available_minor=account.balance.available_minor,
        )

    def _refusal(self, message: Message, account: Account, found: Proofs) -> Answer | None:
        """The first thing wrong, in the order in which an issuer explains it. Money that comes back is hardly ever refused."""
        asked, card = purpose(message), account.card
        if card.condition is not Condition.ACTIVE and (asked is not Purpose.CREDIT or card.condition in REFUSES_CREDITS):
            return REFUSED_CONDITIONS[card.condition]
        if asked is not Purpose.CREDIT:
            if card.expiry < self._this_month:
                return Answer("54", "card expired")
            if message.text(14, card.expiry) != card.expiry:
                return Answer("54", "expiry differs")
            if refused := objection(found, account):
                return refused
        if asked is Purpose.OTHER:
            return Answer("57", "service not supported")
        if billing_currency(message) != card.currency:
            return Answer("57", "billed in another currency")
        may_be_nought = asked in {Purpose.BALANCE_INQUIRY, Purpose.STATUS_INQUIRY} or self._is_increment(message)
        return Answer("13", "an amount of nought") if not billed_minor(message) and not may_be_nought else None

    def _granted(self, message: Message, account: Account) -> Answer:
        """The last word on money. `reversed_to` is what a reversal that came first leaves."""
        billed, asked = billed_minor(message), purpose(message)
        reversed_to = account.early_reversals.get(own_key(message))
        match asked:
            case Purpose.STATUS_INQUIRY:
                return Answer("85", "account in good standing")
            case Purpose.BALANCE_INQUIRY:
                return Answer("00", "balance told", shows_balance_in=account.card.currency)
            case Purpose.CREDIT:
                if message.mti[1:3] == "20":
                    self._open(message, account, Payment(billed, Booking.CREDIT, is_ours=True))
                return Answer("00", "refund noted")
            case _ if (advice := self._covering(message, account)) is not None:
                if reversed_to is not None:  # it was meant for the payment, which the network has decided meanwhile
                    account.lower(advice, reversed_to)
                advised = self._as_advised(message, account, advice, billed)
                is_undone = reversed_to == 0 and advised.code == "00"
                return Answer("05", "reversed before it came") if is_undone else advised
        granted = self._afforded(message, account.balance.available_minor)
        if granted.code == "51" or reversed_to == 0:
            return granted if granted.code == "51" else Answer("05", "reversed before it came")
        held = billed if granted.part_minor is None else granted.part_minor
        first = self._extended(message, account)
        if held:
            booking = Booking.DEBIT if message.mti[1:3] == "20" else Booking.HOLD
            payment = self._open(message, account, Payment(held, booking, is_ours=True, adds_to=first))
            if reversed_to is not None:
                account.lower(payment, reversed_to)
        return granted

    def _extended(self, message: Message, account: Account) -> Payment | None:
        """The payment that an increment adds to, whose hold stands as long as the increment's would."""
        named = account.traces.get(self._subelement(message, "63")) if self._is_increment(message) else None
        if named is None:
            return None
        first = named.replaced_by or named.adds_to or named
        first.lasts = max(first.lasts, lifetime(message))
        return first

    def _afforded(self, message: Message, available: int) -> Answer:
        billed, conditions = billed_minor(message), self._subelement(message, "61")
        if billed <= available:
            return Answer("00", "approved")
        if conditions[:1] == "1" and available > 0 and message.text(3)[:2] == "00":
            return Answer("10", "approved in part", part_minor=available)
        goods = goods_minor(message, conditions)
        if goods and goods <= available:
            return Answer("87", "approved without the cash", part_minor=goods)
        return Answer("51", "insufficient funds")

    def _covering(self, message: Message, account: Account) -> Payment | None:
        """The advice that came before its request and answers for it, unless we have decided the payment already."""
        own = account.traces.get(own_trace(message))
        advice = account.advices.get(own_trace(message))
        return None if own is not None and own.is_ours else advice

    def _as_advised(self, message: Message, account: Account, advice: Payment, billed: int) -> Answer:
        if advice.covers == 0:
            return Answer("05", "the network has declined it")
        granted = Answer("00", "the network has approved it")
        if advice.covers is not None and billed > advice.covers:  # the rest must be there, but the network's hold stands alone
            granted = self._afforded(message, account.balance.available_minor + advice.covers)
        if granted.code != "51":
            account.originals[own_key(message)] = Payment(0, Booking.HOLD, is_ours=True, replaced_by=advice)
        return granted

    def _advised(self, message: Message, account: Account) -> Answer:
        """Recorded, never declined; what we decided of the same payment ourselves is given back."""
        is_final = is_completion(message)
        trace = (self._subelement(message, "63") if is_final else "") or own_trace(message)
        ours, key = account.traces.get(trace), own_key(message)
        is_granted = message.text(39) in APPROVING_CODES
        counts = is_granted and billing_currency(message) == account.card.currency
        early = [account.early_reversals.get(name) for name in (key, (own_trace(message), message.text(37)))]
        lowered = [left for left in (*early, ours.reversed_to if ours else None) if left is not None]
        if ours is not None and ours.is_ours:
            account.lower(ours, 0)
        booking, minor = self._advised_booking(message), billed_minor(message)
        advice = Payment(minor if counts else 0, booking, is_ours=False, covers=minor if is_granted else 0)
        if is_final:
            advice.covers = None
        if account.card.condition is Condition.UNKNOWN:
            return Answer("00", "advice taken")
        if counts and booking is not None:
            self._open(message, account, advice, trace=trace if ours is None or not ours.is_ours else "")
            account.lower(advice, min(lowered, default=advice.minor))
        account.advices[trace] = advice
        if ours is not None and ours.is_ours:
            ours.replaced_by = advice
        return Answer("00", "advice taken")

    def _advised_booking(self, message: Message) -> Booking:
        if message.mti[1:3] != "22":
            return Booking.HOLD
        return Booking.CREDIT if purpose(message) is Purpose.CREDIT else Booking.ADVISED_DEBIT

    def _reversed(self, message: Message, account: Account) -> Answer:
        """Lowers the named payment to what remains; more than there is changes nothing, nothing named is remembered."""
        payment, remaining = self._named(message, account), remaining_minor(message)
        if payment is None:
            self._remember(message, account, remaining)
            return Answer("00", "reversal of nothing known")
        if not is_about_our_answer(message):
            payment.reversed_to = min(remaining, remaining if payment.reversed_to is None else payment.reversed_to)
            payment = payment.replaced_by or payment
        return Answer("00", "lowered" if account.lower(payment, remaining) else "reversal without effect")

    def _remember(self, message: Message, account: Account, remaining: int) -> None:
        """A reversal waits for what it names: the message, and the payment unless it is about our answer only."""
        names: list[OriginalKey | EarlyName] = [key] if (key := named_original(message)) else []
        trace, rrn = self._subelement(message, "63"), message.text(37)
        if trace and rrn and not is_about_our_answer(message):
            names.append((trace, rrn))
        for name in names:
            account.early_reversals[name] = min(remaining, account.early_reversals.get(name, remaining))

    def _named(self, message: Message, account: Account) -> Payment | None:
        """By DE 90, then by the trace id (beside a DE 90 only with the RRN), then by RRN and approval code."""
        key, rrn = named_original(message), message.text(37)
        if key in account.originals:
            return account.originals[key]
        traced = account.traces.get(self._subelement(message, "63"))
        if traced is not None and (key is None or (rrn and traced.rrn == rrn)):
            return traced
        referred, code = account.references.get(rrn), message.text(38)
        is_meant = referred is not None and code and referred.approval_code in {"", code}
        return referred if is_meant else None

    def _open(self, message: Message, account: Account, payment: Payment, *, trace: str | None = None) -> Payment:
        payment.rrn, payment.stan, payment.lasts = message.text(37), message.text(11), lifetime(message)
        payment.approval_code = message.text(38)
        account.originals[own_key(message)] = account.open(payment)
        if trace is None or trace:
            account.traces[trace or own_trace(message)] = payment
        if payment.rrn:
            account.references[payment.rrn] = payment
        return payment

    def _is_increment(self, message: Message) -> bool:
        return is_increment(message, self._subelement(message, "63"))

    def _subelement(self, message: Message, key: str) -> str:
        return subelement(message, key, self._keys.character_set)
