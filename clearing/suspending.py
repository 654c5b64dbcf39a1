"""What an account does not take: its money waits in suspense, under a match that says so. Pure."""

from dataclasses import replace

from clearing.matches import Concern, Match
from ledger.commands import Outcome
from ledger.verdicts import Verdict

_CONCERNS = {
    "closed_account": Concern.CLOSED_ACCOUNT, "unknown_account": Concern.UNKNOWN_CARD, "wrong_asset": Concern.WRONG_CURRENCY,
    "not_a_customer": Concern.UNKNOWN_CARD, "unknown_chain": Concern.UNAUTHORIZED, "already_reversed": Concern.ORPHAN_REVERSAL,
    "unknown_journal": Concern.ORPHAN_REVERSAL,
}  # fmt: skip
"""By what the books may say of an account that matching thought open."""


def is_refused(outcome: Outcome | None, match: Match) -> bool:
    """By the account, which may have been closed since it was looked up."""
    is_by_account = outcome is not None and outcome.verdict is Verdict.REFUSED and outcome.reason in _CONCERNS
    return is_by_account and match.account_id is not None


def suspended(match: Match, said: str) -> Match:
    """`said`: by the books."""
    chain_id = None if said == "unknown_chain" else match.chain_id
    return replace(
        match, account_id=None, chain_id=chain_id, concern=_CONCERNS[said], reason=f"{match.reason}; the books say {said}"
    )
