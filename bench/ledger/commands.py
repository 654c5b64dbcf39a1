"""Commands for the writer as the switch and the clearing hand it them: plain purchases, and their presentments."""

import itertools
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ledger.commands import Answer, Answers, Authorize, Capture, RepeatKey, Request

ASSET = "EUR"
AMOUNT = 100
APPROVED = Answer("00", "approved")
ANSWERS = Answers()
DETAILS = '{"merchant":"000000012345678","mcc":"5411","country":"ITA","entry":"051","amount":100,"currency":"978"}'
SEEN = '{"card":"active","account":"open","expiry":"2912","facts_version":1,"cvc2":"match","detail":""}'
CONTENT = b"0123456789abcdef"
_numbers = itertools.count(1)


def holds(accounts: Sequence[int], count: int) -> Iterator[Authorize]:
    """`count` purchases, spread evenly over the accounts; with one account, all on it."""
    return (_hold(account, number) for account, number in zip(itertools.cycle(accounts), _take(count), strict=False))


def captures(chains: Sequence[tuple[int, int]]) -> Iterator[Capture]:
    """The last presentment of each (account, authorization)."""
    now = datetime.now(UTC)
    for account, chain in chains:
        key = RepeatKey(os.urandom(16), now.date())
        yield Capture(key, CONTENT, account, ASSET, AMOUNT, now, now.date(), chain_id=chain, is_last=True)


def _take(count: int) -> Iterator[int]:
    return itertools.islice(_numbers, count)


def _hold(account: int, number: int) -> Authorize:
    now, trace = datetime.now(UTC), f"MCC{number % 10**9:09d}1125"
    request = Request(
        key=RepeatKey(os.urandom(16), now.date()), content=CONTENT, mti="0100", account_id=account, card_id=account,
        amount=AMOUNT, asset=ASSET, stan=f"{number % 1_000_000:06d}", rrn=f"{number:012d}", transmitted_at=now,
        acquirer="123456", network_reference=trace[:9], trace_id=trace, message_id=number, received_at=now, details=DETAILS,
    )  # fmt: skip
    return Authorize(
        request=request, facts_version=1, refusal=None, approved=APPROVED, approval_code="123456",
        expires_at=now + timedelta(days=7), rule="", policy="standard/1", seen=SEEN, answers=ANSWERS,
    )  # fmt: skip
