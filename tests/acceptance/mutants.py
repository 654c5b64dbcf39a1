"""Issuers that are broken on purpose: each mutant changes the real system in one place while it is entered."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

import authorizer.decide
import authorizer.request
import authorizer.validity
import ledger.authorizing
import ledger.batch
import ledger.card_counters
import ledger.elements
import ledger.reversing
import switch.check_answers
import switch.flow
import switch.originals
import switch.responses
import switch.stories.advice
import switch.stories.authorization
import switch.stories.reversal
import switch.translate
from authorizer.facts import CardStatus
from authorizer.request import Effect
from ledger.commands import Single
from ledger.holds import EventKind

NETWORK_WAITS_SECONDS = 3.0
"""The response timer of the network that plays against mutants."""
Break = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutant:
    """`caught_by` names the scenario that must not hold any more."""

    does: str
    caught_by: str
    breaks: Break


def wrapped(module: Any, name: str, around: Callable[..., Any]) -> Break:
    """`around(original, *arguments)` in the place of a function."""
    original = getattr(module, name)
    return lambda patch: patch.setattr(module, name, lambda *given, **named: around(original, *given, **named))


def forgets_repeats(original: Any, *given: Any) -> Any:
    """No key is ever seen again."""
    return replace(original(*given), digest=secrets.token_bytes(16))


def releases_twice(original: Any, books: Any, account: Any, chain: Any, event: Any, request: Any) -> None:
    before = chain.sums.held
    original(books, account, chain, event, request)
    if released := before - chain.sums.held:
        ledger.elements.shift(books, account, -released, event.at, "reversed", event.authorization_id)


def ignores_partial_reversals(original: Any, *given: Any) -> Any:
    named = original(*given)
    return replace(named, replacement=10**9) if getattr(named, "replacement", 0) else named


async def answers_late(original: Any, flow: Any, arrival: Any) -> Any:
    """Right, and later than the network waits."""
    told = await original(flow, arrival)
    await asyncio.sleep(NETWORK_WAITS_SECONDS + 1)
    return told


def holds_the_transaction_amount(original: Any, message: Any, *given: Any) -> Any:
    parts = original(message, *given)
    parts.amount_minor = int(message.text(4))
    return parts


def approves_when_blocked(patch: pytest.MonkeyPatch) -> None:
    patch.delitem(authorizer.decide._STATUS_REASONS, CardStatus.BLOCKED)


def holds_no_advice(original: Any, *given: Any, **named: Any) -> None:
    if named["kind"] is not EventKind.ADVISED:
        original(*given, **named)


def loses_the_approval_code(original: Any, *given: Any) -> Any:
    stored = original(*given)
    return stored if stored is None else replace(stored, approval_code=None)


def tells_the_chip_no(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(switch.check_answers, "APPROVED_TO_THE_CHIP", bytes(2))


def keeps_ours_beside_the_networks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger.authorizing, "_replace", lambda *_: None)


def keyed(around: Callable[..., Any]) -> Break:
    """`around(original, *arguments)` in the place of the repeat key, wherever it is made."""
    original = switch.translate.repeat_key

    def breaks(patch: pytest.MonkeyPatch) -> None:
        for module in (switch.translate, switch.originals):
            patch.setattr(module, "repeat_key", lambda *given: around(original, *given))

    return breaks


def keys_without_parties(original: Any, mti: Any, token: Any, at: Any, stan: Any, acquirer: Any, forwarder: Any) -> Any:
    return original(mti, token, at, stan, "", "")


def keys_without_forwarder(original: Any, mti: Any, token: Any, at: Any, stan: Any, acquirer: Any, forwarder: Any) -> Any:
    return original(mti, token, at, stan, acquirer, "")


def keys_without_time(original: Any, mti: Any, token: Any, at: Any, *named: Any) -> Any:
    return original(mti, token, at.replace(hour=0, minute=0, second=0), *named)


def keys_without_class(original: Any, mti: str, *given: Any) -> Any:
    return original(f"{mti[:2]}00", *given)


def compares_only(*elements: int) -> Break:
    return lambda patch: patch.setattr(switch.translate, "CONTENT", elements)


def holds_for(lifetime: timedelta) -> Break:
    return lambda patch: patch.setattr(authorizer.validity.HoldValidity, "lifetime", lambda *_: lifetime)


def debits_advised_refunds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(switch.stories.advice, "SINGLE", dict.fromkeys(switch.stories.advice.SINGLE, Single.DEBIT))


def knows_no_other_spending(patch: pytest.MonkeyPatch) -> None:
    for service in ("02", "17", "18", "50"):
        patch.setitem(authorizer.request._EFFECTS, service, Effect.NONE)


def holds_no_advice_with(code: str) -> Break:
    kept = switch.translate.APPROVED_BY_NETWORK - {code}
    return lambda patch: patch.setattr(switch.translate, "APPROVED_BY_NETWORK", kept)


def knows_no_rrn(original: Any, command: Any, books: Any) -> Any:
    return original(replace(command, request=replace(command.request, rrn=None)), books)


def ignores_approval_codes(original: Any, command: Any, books: Any) -> Any:
    return original(replace(command, approval_code=None), books)


STAN, CONTENT, LIVES = "two-acquirers-one-number", "repeat-with-other-content", "hold-validity"
MUTANTS = (
    Mutant("forgets repeats", "approval-codes-and-repeats", wrapped(switch.translate, "repeat_key", forgets_repeats)),
    Mutant("releases twice", "hotel-with-increments", wrapped(ledger.reversing, "change", releases_twice)),
    Mutant(
        "ignores partial reversals",
        "partial-reversal",
        wrapped(switch.stories.reversal, "reversal", ignores_partial_reversals),
    ),
    Mutant("answers late", "declined-for-funds", wrapped(switch.flow.Flow, "_bounded", answers_late)),
    Mutant(
        "echoes a field of its own",
        "card-stolen",
        wrapped(switch.responses, "echoed_elements", lambda original, mti: (*original(mti), 18)),
    ),
    Mutant(
        "holds the transaction amount instead of the billing amount",
        "currency-no-decimals",
        wrapped(switch.translate, "financial", holds_the_transaction_amount),
    ),
    Mutant("forgets increments", "hotel-with-increments", wrapped(switch.translate, "chain_trace", lambda *_: None)),
    Mutant("approves a blocked card", "card-blocked-and-unblocked", approves_when_blocked),
    Mutant("ignores advices of the stand-in", "stand-in", wrapped(ledger.authorizing, "open_element", holds_no_advice)),
    Mutant(
        "loses the approval code on a repeat",
        "approval-codes-and-repeats",
        wrapped(ledger.batch, "stored_answer", loses_the_approval_code),
    ),
    Mutant(
        "takes a copied cryptogram",
        "chip-purchase",
        wrapped(ledger.card_counters, "_broken_by_counter", lambda *_: None),
    ),
    Mutant("tells the chip no where it approves", "chip-and-pin", tells_the_chip_no),
    Mutant(
        "forgets a reversal that came first",
        "reversal-first",
        wrapped(ledger.authorizing, "early_replacement", lambda *_: None),
    ),
    Mutant("keeps its own hold beside the network's", "stand-in-replaces-ours", keeps_ours_beside_the_networks),
    Mutant("takes another acquirer's payment for a repeat", STAN, keyed(keys_without_parties)),
    Mutant("takes another forwarder's payment for a repeat", STAN, keyed(keys_without_forwarder)),
    Mutant("takes a number used later for a repeat", STAN, keyed(keys_without_time)),
    Mutant("takes an advice for a repeat of a request", STAN, keyed(keys_without_class)),
    Mutant(
        "gives every payment one approval code",
        STAN,
        wrapped(switch.stories.authorization, "_approval_code", lambda *_: "000000"),
    ),
    Mutant("compares repeats by purpose and amount", CONTENT, compares_only(3, 4)),
    Mutant("compares repeats without the merchant", CONTENT, compares_only(3, 4, 6, 18, 41, 49, 51)),
    Mutant("lets every hold stand a minute", LIVES, holds_for(timedelta(minutes=1))),
    Mutant("lets every hold stand ten years", LIVES, holds_for(timedelta(days=3650))),
    Mutant("lets every hold stand a week", LIVES, holds_for(timedelta(days=7))),
    Mutant("lets no increment extend its first", "longer-stay", wrapped(ledger.authorizing, "_extend", lambda *_: None)),
    Mutant("debits advised refunds", "advised-refund", debits_advised_refunds),
    *(
        Mutant(f"holds no advice with {code}", "advised-with-any-code", holds_no_advice_with(code))
        for code in ("08", "10", "85", "87")
    ),
    Mutant("holds purchases and cash only", "kinds-of-spending", knows_no_other_spending),
    Mutant(
        "finds no reversed payment by its RRN", "reversal-by-reference", wrapped(ledger.reversing, "original_of", knows_no_rrn)
    ),
    Mutant(
        "reverses by RRN whatever the approval code",
        "reversal-by-reference",
        wrapped(ledger.reversing, "original_of", ignores_approval_codes),
    ),
    Mutant(
        "forgets reversals that came before an advice",
        "reversal-before-the-advice",
        wrapped(ledger.authorizing, "_reversed_to", lambda *_: None),
    ),
    Mutant(
        "holds again by advice what was reversed",
        "reversed-then-advised",
        wrapped(ledger.authorizing, "_reversed_to", lambda *_: None),
    ),
    Mutant(
        "leaves the advice of a reversed payment as it is",
        "reversed-then-advised",
        wrapped(ledger.authorizing, "_lower_advice", lambda *_: None),
    ),
)
