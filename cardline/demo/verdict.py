"""What the demo claims at its end, and whether it held: the books against the simulator's own model. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.findings import Finding
from ledger.reports import TrialBalanceRow
from simulator.auditor.accounts import Balance
from simulator.outcome import DayOutcome
from simulator.troubles import Episode


@dataclass(frozen=True, slots=True)
class BalanceDifference:
    """One figure of one account in which the books and the model part, in minor units; None where a view lacks it."""

    masked_pan: str
    account_id: int
    what: str
    expected: int
    got: int | None


@dataclass(frozen=True, slots=True)
class BooksAfterwards:
    """What the books say at the end of the day."""

    accounts: int
    balance_differences: Sequence[BalanceDifference]
    trial_balance: Sequence[TrialBalanceRow]
    findings: Sequence[Finding]

    @property
    def is_balanced(self) -> bool:
        return bool(self.trial_balance) and all(row.is_balanced for row in self.trial_balance)

    @property
    def ok(self) -> bool:
        return bool(self.accounts) and not self.balance_differences and self.is_balanced and not self.findings


def compared(masked_pan: str, account_id: int, balance: Balance, booked: tuple[int, ...] | None) -> list[BalanceDifference]:
    """The figures that differ; all of them where the account is not in the books."""
    expected = {"posted": balance.posted_minor, "holds": balance.holds_minor, "available": balance.available_minor}
    got = dict(zip(expected, booked, strict=True)) if booked is not None else {}
    return [
        BalanceDifference(masked_pan, account_id, what, minor, got.get(what))
        for what, minor in expected.items()
        if got.get(what) != minor
    ]


def verdicts(outcome: DayOutcome, episodes: Sequence[Episode], books: BooksAfterwards) -> list[tuple[str, bool]]:
    """Every statement the demo makes, and whether it held."""
    went_wrong = sum(bool(episode.failed) for episode in episodes)
    return [
        (outcome.verdict or "the day was played to its end", outcome.verdict is None),
        (f"{len(outcome.exchanges):,} messages exchanged, {outcome.not_sent:,} not sent", not outcome.not_sent),
        (f"{len(outcome.mismatches):,} replies not as predicted", bool(outcome.exchanges) and not outcome.mismatches),
        (f"{outcome.unmatched_replies:,} replies that nobody asked for", not outcome.unmatched_replies),
        (f"{len(episodes)} episodes of trouble, {went_wrong} did not go as they must", bool(episodes) and not went_wrong),
        (
            f"{books.accounts:,} accounts compared, {len(books.balance_differences):,} figures not as predicted",
            bool(books.accounts) and not books.balance_differences,
        ),
        ("the trial balance is equal on every row", books.is_balanced),
        (f"ledger verify: {len(books.findings):,} findings", not books.findings),
    ]
