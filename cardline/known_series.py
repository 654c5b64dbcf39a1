"""The series whose labels are known beforehand: there from the start, because Prometheus sees no increase from nothing to one."""

from collections.abc import Mapping

from authorizer.reasons import DeclineReason
from cardline.metrics import Metrics
from ledger.verdicts import Verdict
from switch.link import DownReason, LinkState

MISS_REASONS = (
    "unlisted", "absent", "epoch", "expired", "card", "stale", "counters", "window", "corrupt", "ahead", "older", "down",
)  # fmt: skip
REPLY_OUTCOMES = ("matched", "late", "unmatched", "unanswered")
RECORD_OUTCOMES = ("posted", "suspense", "unbookable", "nothing")


def begin(metrics: Metrics, links: Mapping[str, bool]) -> None:
    """`links`: by name whether authorizations are only taken signed on. One to which nobody ever came is to be seen, too."""
    for link, needs_sign_on in links.items():
        metrics.needs_sign_on.labels(link).set(needs_sign_on)
        for state in (LinkState.CONNECTED, LinkState.SIGNED_ON):
            metrics.links.labels(link, state.value).set(0)
        for reason in DownReason:
            metrics.links_down.labels(link, reason.value)
        for outcome in REPLY_OUTCOMES:
            metrics.outgoing_replies.labels(link, outcome)
        for counter in (metrics.refused_connections, metrics.lost_replies):
            counter.labels(link)
        metrics.overloads.begin((link,))
    metrics.authorizations.begin((Verdict.APPROVED.value, "approved"))
    for refusal in DeclineReason:
        metrics.authorizations.begin((Verdict.DECLINED.value, refusal.value))
    for miss in MISS_REASONS:
        metrics.cache_misses.labels(miss)
    for outcome in RECORD_OUTCOMES:
        metrics.clearing_records.labels(outcome)
