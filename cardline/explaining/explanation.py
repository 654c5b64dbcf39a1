"""A payment's rows to sentences, in the order in which things happened. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from cardline.explaining.refusal_story import why
from cardline.explaining.rule_order import LEDGER_RULES
from cardline.explaining.wording import moment as _moment
from cardline.explaining.wording import money as _money
from ledger.payments import Payment, Row, Told

_KINDS = {
    "00": "purchase", "01": "cash withdrawal", "09": "purchase with cashback", "17": "cash advance", "20": "refund",
    "28": "payment to the card", "30": "balance inquiry",
}  # fmt: skip
_EVENTS = {
    "authorized": "{amount} were held",
    "incremented": "{amount} more were held (authorization {authorization_id})",
    "advised": "the network's own decision was taken in: {amount} were held",
    "partially_reversed": "a part was given back: {amount} remained of the element",
    "reversed": "it was reversed: nothing remained of the element",
    "replaced": "the network's own decision took its place: the hold was given back",
    "captured": "a presentment of {amount} was posted",
    "undelivered": "the network could not pass our answer on, so what it approved is undone",
    "unaccepted": "the network did not take our answer, so what it approved is undone",
    "unanswered": "it got no answer in time, but another one may have been given",
    "debited": "{amount} was booked at once, as a single message asks",
    "credited": "{amount} was credited at once, as a single message asks",
    "captured_last": "the last presentment, of {amount}, was posted",
    "capture_reversed": "a presentment of {amount} was taken back",
    "refunded": "{amount} were refunded",
    "refund_reversed": "a refund of {amount} was taken back",
    "expired": "its time was over: {amount} were given back",
    "disputed": "{amount} of it are in dispute with the network",
    "dispute_withdrawn": "a dispute over {amount} was withdrawn",
    "voided": "the answer could not be given in time: the hold was given back",
    "repeated": "the request came again and was given the same answer",
}
_PUT_BACK = {
    "capture_reversed": "a presentment of {amount} stands again: what took it back was taken back",
    "refund_reversed": "a refund of {amount} stands again: what took it back was taken back",
}
"""Of events with an amount below nought: a correction of a correction."""
_CHECKS = {
    "cvc2": "CVC2", "cvc1": "code of the stripe", "chip_cvc": "code of the chip", "cvc3": "dynamic code", "pin": "PIN",
    "cryptogram": "cryptogram", "cryptogram_fault": "what was wrong with the cryptogram", "atc": "transaction counter",
    "avs": "address (SE 83)", "three_d_secure": "3-D Secure", "wallet": "wallet token",
}  # fmt: skip
_TOLD_ELSEWHERE = {"card", "account", "expiry", "facts_version", "checks", "used", "detail", "validity"}
_USED = re.compile(r"\b([0-9]+) of ([0-9]+) used")
_APPROVED = {"approved", "partially_approved"}


def sentences(payment: Payment, also: Iterable[Told] = ()) -> list[str]:
    """The whole story; `also`: what others know of it, told at its time."""
    row = payment.authorization
    told = [_asked(row), *_seen(row), _decided(row)]
    told += why(row, payment.acts)
    if row["chain_id"] != row["authorization_id"]:
        told.append(f"It belongs to authorization {row['chain_id']}, whose life follows.")
    told += [sentence for _, sentence in sorted([*_life(payment), *also], key=lambda one: one[0])]
    return [*told, *_effect(payment), _now(row)]


def _life(payment: Payment) -> Iterator[Told]:
    """In the order of the books, also where the clocks of two processes disagree."""
    so_far = datetime.min.replace(tzinfo=UTC)
    for event in payment.events:
        so_far = max(so_far, event["recorded_at"])
        yield so_far, _happened(event)


def _asked(row: Row) -> str:
    asked: Mapping[str, Any] = orjson.loads(row["request"] or "{}")
    kind = _KINDS.get(str(asked.get("processing_code", ""))[:2], f"request {asked.get('processing_code', '')}".strip())
    card = f"card {row['pan_masked']}" if row["pan_masked"] else "a card that is none of ours"
    merchant = " ".join(str(asked.get("merchant", "")).split())
    where = f" at {merchant}" if merchant else ""
    mcc = f" (MCC {asked['mcc']})" if asked.get("mcc") else ""
    names = f"STAN {row['stan']}, RRN {row['rrn'] or 'none'}, acquirer {row['acquirer']}"
    return (
        f"Authorization {row['authorization_id']}: a {kind} of {_money(row['amount'], row['asset'])}{where}{mcc} with {card}, "
        f"received {_moment(row['received_at'])} as {row['mti']} ({names})."
    )


def _seen(row: Row) -> Iterator[str]:
    seen: Mapping[str, Any] = orjson.loads(row["seen"] or "{}")
    if seen.get("card"):
        yield (
            f"Known of the card then: it was {seen['card']}, good through {seen.get('expiry', 'an unknown month')}; "
            f"its account was {seen.get('account', 'unknown')} (facts version {seen.get('facts_version', 'unknown')})."
        )
    if checks := seen.get("checks"):
        said = "; ".join(f"{_CHECKS.get(name, name)}: {str(result).replace('_', ' ')}" for name, result in checks.items())
        yield f"Checked of what came with it: {said}."
    if used := seen.get("used"):
        said = "; ".join(f"{name} {_money(amount, row['asset'])} in {times}" for name, (amount, times) in used.items())
        yield f"Used of its limits before, amount and times: {said}."
    if others := {name: value for name, value in seen.items() if name not in _TOLD_ELSEWHERE}:
        yield "Also seen: " + "; ".join(f"{name} {value}" for name, value in others.items()) + "."


def _decided(row: Row) -> str:
    took = (row["answered_at"] - row["received_at"]).total_seconds() * 1000
    code = f"DE 39 = {row['response_code']}"
    if row["rule"] == "network":
        return f"The network had decided by itself ({code}); it was recorded {_moment(row['answered_at'])}."
    if row["verdict"] in _APPROVED:
        partly = " in part" if row["verdict"] == "partially_approved" else ""
        approval = f", approval code {row['approval_code']}" if row["approval_code"] else ""
        return f"Approved{partly} after {took:.1f} ms ({code}{approval}): nothing in policy {row['policy']} stood against it."
    detail = LEDGER_RULES.get(row["rule"]) or orjson.loads(row["seen"] or "{}").get("detail")
    detail = _in_major_units(str(detail), row["asset"]) if detail and row["reason"] == "over_limit" else detail
    ruled = f"rule {row['rule']} of policy {row['policy']}" if row["rule"] else "the ledger, which has the last word on money"
    return f"Declined after {took:.1f} ms as {row['reason']} ({code}) by {ruled}{f': {detail}' if detail else ''}."


def _in_major_units(detail: str, asset: str) -> str:
    """What stands there of a limit by amount is in minor units."""
    return _USED.sub(lambda said: f"{_money(int(said[1]), asset)} of {_money(int(said[2]), asset)} used", detail)


def _happened(event: Row) -> str:
    amount = _money(abs(event["amount"]), event["asset"])
    if event["kind"] == "captured_last" and not event["amount"]:
        return f"{_moment(event['recorded_at'])}: its last presentment was booked to suspense: what was held is given back."
    words = _PUT_BACK if event["amount"] < 0 else _EVENTS
    text = words.get(event["kind"], event["kind"].replace("_", " ") + ", {amount}")
    by = f" by a {event['mti']}" if event["mti"] else ""
    journal = f", journal {event['journal_id']}" if event["journal_id"] else ""
    told = text.format(amount=amount, authorization_id=event["authorization_id"])
    return f"{_moment(event['recorded_at'])}{by}: {told}{journal}."


def _effect(payment: Payment) -> Iterator[str]:
    asset = payment.authorization["asset"]
    sums: dict[str, int] = {}
    for posting in payment.postings:
        sums[posting["layer"]] = sums.get(posting["layer"], 0) + posting["amount"]
    if sums:
        account = payment.authorization["account_id"]
        journals = len({posting["journal_id"] for posting in payment.postings})
        words = {"pending": "holds", "posted": "posted balance"}
        changed = [f"{words[layer]} changed by {_money(sums[layer], asset, signed=True)}" for layer in words if layer in sums]
        yield f"In {journals} journal{'s' if journals > 1 else ''} account {account} has had its {' and its '.join(changed)}."
    else:
        yield "No journal was written: it moved nothing."


def _now(row: Row) -> str:
    asset, names = row["asset"], ("authorized", "incremented", "reversed", "captured", "refunded", "expired")
    sums = [f"{name} {_money(row[name], asset)}" for name in names if row[name]]
    until = f" until {_moment(row['expires_at'])}{_by_table(row)}" if row["held"] and row["expires_at"] else ""
    held = f"{_money(row['held'], asset)} are held{until}" if row["held"] else "nothing is held"
    return f"Now it is {row['status'].replace('_', ' ')}: {held}{'; ' if sums else ''}{', '.join(sums)}."


def _by_table(row: Row) -> str:
    version = orjson.loads(row["seen"] or "{}").get("validity")
    return f", as version {version} of the hold validity table has it" if version else ""
