"""One payment's whole life, played on a running issuer: over the wire, by clearing files, by people's commands and by the bank.

Each step says what the books did in it and how they stood after it, as docs/life_of_a_payment.md shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acceptance.desk import Run, new_card
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import ask, connection, purchase, reversal

from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.recognition import FileForm
from simulator.client import NetworkConnection
from simulator.messages import trace_id
from simulator.settlement.clearing_file import CLEARING, assembled, file_id, written
from simulator.settlement.disputing import chargeback
from simulator.settlement.netting import Day, net
from simulator.settlement.played import Money, Origin, Place, PlayedTransaction
from simulator.settlement.presenting import LAST, MORE_TO_COME, Presented, Sitting, presentment
from switch.iso8583 import Message

EUR = "978"
PREAUTHORIZED = "0000004000800276"
FORM = FileForm(Framing.BLOCKED, CharacterSet.CP500)
WHO = ("--reason", "the hotel", "--actor", "ada")
LINES = """
    select p.journal_id, j.kind || coalesce(' (' || nullif(j.reason, '') || ')', '') as what, a.kind as account, p.layer, p.amount
      from report.posting p join report.journal j using (journal_id) join report.account_balance a using (account_id)
     order by j.booked_at, p.journal_id, p.line"""
STANDS = """
    select a.kind, sum(b.posted * case a.normal_side when 'debit' then 1 else -1 end)::bigint as net
      from ledger.account a join ledger.balance b using (account_id)
     where a.kind <> 'customer' and exists (select from report.posting p where p.account_id = a.account_id and p.layer = 'posted') group by 1"""
"""Debit positive. Of every role that has ever moved, at nought or not."""


@dataclass
class Stay:
    """The story as far as it has been told: `steps` holds each step's Markdown by its name."""

    issuer: Issuer
    run: Run
    directory: Path
    steps: dict[str, str] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _files: int = 0
    _messages: list[IpmMessage] = field(default_factory=list)
    _day: Sitting = field(default_factory=lambda: Sitting(datetime.now(UTC).date()))

    async def told(self) -> dict[str, str]:
        held = new_card(self.run, funds="500.00")
        await self._step("funds", held)
        async with connection(self.issuer.switch) as link:
            first, code = await self._approved(link, purchase(held, 200_00, elements={61: PREAUTHORIZED}))
            await self._step("authorization", held)
            more, _ = await self._approved(
                link, purchase(held, 60_00, elements={61: PREAUTHORIZED}, subelements={"63": trace_id(first)})
            )
            await self._step("increment", held)
            await self._approved(link, reversal(more, left=20_00))
            await self._step("partial reversal", held)
        stay = _payment(held, first, code, Money(220_00, EUR))
        room, bar = _claim(180_00, 1, MORE_TO_COME), _claim(35_00, 2, LAST)
        await self._cleared("presentment", held, presentment(stay, room, self._day))
        await self._cleared("last presentment", held, presentment(stay, bar, self._day))
        credit = purchase(held, 15_00)
        refund = _payment(held, credit, "", Money(15_00, EUR), "200000")
        await self._cleared("refund", held, presentment(refund, _claim(15_00, 3), self._day))
        await self._cleared("chargeback", held, chargeback(stay, bar, self._day))
        await self._settled()
        await self._step("settlement", held)
        self.run("reconcile", "run", self._day.business_date, "--actor", "ada", expect=1)  # a dispute is left for people
        (item,) = self.run("exceptions", "list", "--json")
        self.run("exceptions", "resolve", item["exception_id"], "--proposed", *WHO)
        await self._step("credit", held)
        return self.steps

    async def _approved(self, link: NetworkConnection, message: Message) -> tuple[Message, str]:
        answer = await ask(link, message)
        assert answer.text(39) == "00"
        return message, answer.text(38)

    async def _cleared(self, name: str, held: HeldCard, message: IpmMessage) -> None:
        self._files += 1
        self._messages.append(message)
        path = self.directory / f"clearing-{self._files}.ipm"
        path.write_bytes(written(assembled(file_id(CLEARING, self._day, self._files), [message], is_test=True), FORM))
        self.run("clearing", "ingest", path, "--actor", "ada")
        await self._step(name, held)

    async def _settled(self) -> None:
        """What the network and the bank make of all of it."""
        for name, content in net(Day(self._day, self._messages, [], []), {}, 1, form=FORM, is_test=True).files.items():
            path = self.directory / name
            path.write_bytes(content)
            self.run(*(("clearing", "ingest") if name.endswith(".ipm") else ("reconcile", "statement")), path, "--actor", "ada")

    async def _step(self, name: str, held: HeldCard) -> None:
        rows = [row for row in await self.issuer.fetch(LINES) if row["journal_id"] not in self._seen]
        self._seen |= {row["journal_id"] for row in rows}
        account = await self.issuer.account(held)
        roles = {row["kind"]: row["net"] for row in await self.issuer.fetch(STANDS)}
        self.steps[name] = f"{_journals(rows)}\n{_standing(account, roles)}"


def _payment(held: HeldCard, message: Message, code: str, amount: Money, processing_code: str = "000000") -> PlayedTransaction:
    return PlayedTransaction(
        origin=Origin.APPROVED, pan=held.card.pan, expiry=held.card.expiry, processing_code=processing_code, amount=amount,
        at=datetime.now(UTC), acquirer=message.text(32), place=Place("7011", "HOTEL0000000001", "HOTEL", "BERLIN", "DEU", "TERM0001"),
        network_reference=message.text(63)[:9], settlement_date=message.text(15), forwarder=message.text(33),
        rrn=message.text(37), approval_code=code or None,
    )  # fmt: skip


def _claim(minor: int, sequence: int, reason: str = "1401") -> Presented:
    return Presented(Money(minor, EUR), Money(minor, EUR), sequence, reason)


def _journals(rows: Sequence[Any]) -> str:
    lines, last = ["| journal | layer | account | debit | credit |", "|---|---|---|---:|---:|"], None
    for row in rows:
        what = row["what"] if row["journal_id"] != last else ""
        last = row["journal_id"]
        sides = (_money(row["amount"]), "") if row["amount"] > 0 else ("", _money(-row["amount"]))
        lines.append(f"| {what} | {row['layer']} | {row['account']} | {sides[0]} | {sides[1]} |")
    return "\n".join(lines) + "\n"


def _standing(account: dict[str, int], roles: dict[str, int]) -> str:
    columns = {
        "cardholder": _money(account["posted"]),
        "held": _money(account["holds"]),
        "available": _money(account["available"]),
    }
    columns |= {role: _sided(net) for role, net in sorted(roles.items())}
    rule = "|".join(["---:"] * len(columns))
    return f"| {' | '.join(columns)} |\n|{rule}|\n| {' | '.join(columns.values())} |\n"


def _sided(net: int) -> str:
    return f"{_money(abs(net))} {'debit' if net > 0 else 'credit'}" if net else _money(0)


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
