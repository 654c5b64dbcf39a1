"""Every business event and the lines that it posts, written out."""

import inspect
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import NOW, key

from ledger.commands import Line
from ledger.recipes import RECIPES, Entry
from ledger.recipes.conversions import Leg
from ledger.recipes.entry import FORCED_KINDS, book_of, kind_of
from ledger.recipes.guide import guide
from ledger.recipes.holds import reserve

ROOT = Path(__file__).parents[3]
C, D = 7_000_000, 8_000_000
R = RECIPES

GOLDEN: dict[str, tuple[Entry, str, str]] = {
    "pay_in_capital": (R["pay_in_capital"]("EUR", 500), "capital paid_in", "posted bank EUR 500, posted opening_equity EUR -500"),
    "fund": (R["fund"](C, "EUR", 500), "fund funding", "posted bank EUR 500, posted 7000000 EUR -500"),
    "withdraw": (R["withdraw"](C, "EUR", 500), "withdraw withdrawal", "posted 7000000 EUR 500, posted bank EUR -500"),
    "transfer": (R["transfer"](C, D, "EUR", 500), "transfer transfer", "posted 7000000 EUR 500, posted 8000000 EUR -500"),
    "fee": (R["fee"](C, "EUR", 5, "monthly"), "fee monthly", "posted 7000000 EUR 5, posted fee_income EUR -5"),
    "hold": (R["hold"](C, "EUR", 100), "hold authorized", "pending 7000000 EUR 100, pending holds_contra EUR -100"),
    "increment": (R["increment"](C, "EUR", 50), "hold incremented", "pending 7000000 EUR 50, pending holds_contra EUR -50"),
    "advised_hold": (R["advised_hold"](C, "EUR", 9), "hold advised forced", "pending 7000000 EUR 9, pending holds_contra EUR -9"),
    "release_partially": (R["release_partially"](C, "EUR", 40), "release partially_reversed",
                          "pending 7000000 EUR -40, pending holds_contra EUR 40"),
    "release": (R["release"](C, "EUR", 100), "release reversed", "pending 7000000 EUR -100, pending holds_contra EUR 100"),
    "expire": (R["expire"](C, "EUR", 60), "release expired", "pending 7000000 EUR -60, pending holds_contra EUR 60"),
    "release_presented": (R["release_presented"](C, "EUR", 60), "release presented_elsewhere",
                          "pending 7000000 EUR -60, pending holds_contra EUR 60"),
    "capture": (R["capture"](C, "EUR", 100, 100), "capture exact forced",
                "pending holds_contra EUR 100, pending 7000000 EUR -100, posted 7000000 EUR 100, posted network_settlement EUR -100"),
    "capture under": (R["capture"](C, "EUR", 80, 80, "under"), "capture under forced",
                      "pending holds_contra EUR 80, pending 7000000 EUR -80, posted 7000000 EUR 80, posted network_settlement EUR -80"),
    "capture over": (R["capture"](C, "EUR", 120, 100, "over"), "capture over forced",
                     "pending holds_contra EUR 100, pending 7000000 EUR -100, posted 7000000 EUR 120, posted network_settlement EUR -120"),
    "capture last": (R["capture"](C, "EUR", 30, 70, "last"), "capture last forced",
                     "pending holds_contra EUR 70, pending 7000000 EUR -70, posted 7000000 EUR 30, posted network_settlement EUR -30"),
    "capture_after_expiry": (R["capture_after_expiry"](C, "EUR", 100), "capture after_expiry forced",
                             "posted 7000000 EUR 100, posted network_settlement EUR -100"),
    "force_post": (R["force_post"](C, "EUR", 100), "capture force_post forced",
                   "posted 7000000 EUR 100, posted network_settlement EUR -100"),
    "cash_with_fee": (R["cash_with_fee"](C, "EUR", 200, 4, 204), "capture cash forced",
                      "pending holds_contra EUR 204, pending 7000000 EUR -204, posted 7000000 EUR 200, "
                      "posted network_settlement EUR -200, posted 7000000 EUR 4, posted fee_income EUR -4"),
    "cashback": (R["cashback"](C, "EUR", 80, 20, 100), "capture cashback forced",
                 "pending holds_contra EUR 100, pending 7000000 EUR -100, posted 7000000 EUR 80, "
                 "posted network_settlement EUR -80, posted 7000000 EUR 20, posted network_settlement EUR -20"),
    "capture_reversal": (R["capture_reversal"](C, "EUR", 100), "capture_reversal clearing_reversal",
                         "posted network_settlement EUR 100, posted 7000000 EUR -100"),
    "unmatched": (R["unmatched"]("EUR", 100), "unmatched no_account", "posted suspense EUR 100, posted network_settlement EUR -100"),
    "unmatched_credit": (R["unmatched_credit"]("EUR", 100), "unmatched no_account",
                         "posted network_settlement EUR 100, posted suspense EUR -100"),
    "clear_chargeback": (R["clear_chargeback"]("EUR", 50), "chargeback cleared",
                         "posted network_settlement EUR 50, posted disputes_payable EUR -50"),
    "present_again": (R["present_again"]("EUR", 50), "second_presentment cleared",
                      "posted disputes_receivable EUR 50, posted network_settlement EUR -50"),
    "pay_network_fee": (R["pay_network_fee"]("EUR", 25), "network_fee collected",
                        "posted network_fees EUR 25, posted network_settlement EUR -25"),
    "earn_network_fee": (R["earn_network_fee"]("EUR", 25), "network_fee given",
                         "posted network_settlement EUR 25, posted network_fees EUR -25"),
    "earn_margin": (R["earn_margin"]("EUR", 25), "conversion settled_less",
                    "posted network_settlement EUR 25, posted fx_margin EUR -25"),
    "bear_margin": (R["bear_margin"]("EUR", 25), "conversion settled_more",
                    "posted fx_margin EUR 25, posted network_settlement EUR -25"),
    "question_more": (R["question_more"]("EUR", 25), "difference settled_more",
                      "posted suspense EUR 25, posted network_settlement EUR -25"),
    "question_less": (R["question_less"]("EUR", 25), "difference settled_less",
                      "posted network_settlement EUR 25, posted suspense EUR -25"),
    "debit": (R["debit"](C, "EUR", 100), "debit authorized", "posted 7000000 EUR 100, posted network_settlement EUR -100"),
    "advised_debit": (R["advised_debit"](C, "EUR", 100), "debit advised forced",
                      "posted 7000000 EUR 100, posted network_settlement EUR -100"),
    "debit_reversal": (R["debit_reversal"](C, "EUR", 40), "debit_reversal reversed",
                       "posted network_settlement EUR 40, posted 7000000 EUR -40"),
    "credit": (R["credit"](C, "EUR", 25), "credit authorized", "posted network_settlement EUR 25, posted 7000000 EUR -25"),
    "credit_reversal": (R["credit_reversal"](C, "EUR", 25), "credit_reversal reversed forced",
                        "posted 7000000 EUR 25, posted network_settlement EUR -25"),
    "refund_authorization": (R["refund_authorization"](C, "EUR", 100), "refund_authorization announced", ""),
    "refund": (R["refund"](C, "EUR", 25), "refund presented", "posted network_settlement EUR 25, posted 7000000 EUR -25"),
    "refund_reversal": (R["refund_reversal"](C, "EUR", 25), "refund_reversal clearing_reversal forced",
                        "posted 7000000 EUR 25, posted network_settlement EUR -25"),
    "convert": (R["convert"](Leg(C, "EUR", 1000), Leg(D, "JPY", 1630), markup=10, rounding=1), "conversion converted",
                "posted 7000000 EUR 990, posted fx_position EUR -990, posted 7000000 EUR 10, posted fx_margin EUR -10, "
                "posted fx_position JPY 1630, posted 8000000 JPY -1630, posted fx_position JPY 1, posted rounding JPY -1"),
    "open_dispute": (R["open_dispute"]("EUR", 50), "dispute_opened chargeback",
                     "posted disputes_receivable EUR 50, posted disputes_payable EUR -50"),
    "claim_suspense": (R["claim_suspense"]("EUR", 50), "dispute_opened from_suspense",
                       "posted disputes_receivable EUR 50, posted suspense EUR -50"),
    "credit_provisionally": (R["credit_provisionally"](C, "EUR", 50), "provisional_credit dispute",
                             "posted disputes_payable EUR 50, posted 7000000 EUR -50"),
    "win_dispute": (R["win_dispute"]("EUR", 50), "dispute_won chargeback_accepted",
                    "posted network_settlement EUR 50, posted disputes_receivable EUR -50"),
    "lose_dispute": (R["lose_dispute"](C, "EUR", 50), "dispute_lost credit_taken_back forced",
                     "posted 7000000 EUR 50, posted disputes_receivable EUR -50"),
    "drop_dispute": (R["drop_dispute"]("EUR", 50), "dispute_dropped not_credited",
                     "posted disputes_payable EUR 50, posted disputes_receivable EUR -50"),
    "keep_chargeback": (R["keep_chargeback"]("EUR", 50), "dispute_kept for_nobody",
                        "posted disputes_payable EUR 50, posted write_offs EUR -50"),
    "bear_dispute": (R["bear_dispute"]("EUR", 50), "dispute_borne issuer_loss",
                     "posted chargeback_losses EUR 50, posted disputes_receivable EUR -50"),
    "settle": (R["settle"]("EUR", 900), "settlement paid", "posted network_settlement EUR 900, posted bank EUR -900"),
    "settle_incoming": (R["settle_incoming"]("EUR", 90), "settlement received", "posted bank EUR 90, posted network_settlement EUR -90"),
    "earn_interchange": (R["earn_interchange"]("EUR", 2), "interchange earned",
                         "posted network_settlement EUR 2, posted interchange_income EUR -2"),
    "pay_interchange": (R["pay_interchange"]("EUR", 2), "interchange paid",
                        "posted interchange_expense EUR 2, posted network_settlement EUR -2"),
    "resolve_suspense": (R["resolve_suspense"](C, "EUR", 100), "suspense resolved forced",
                         "posted 7000000 EUR 100, posted suspense EUR -100"),
    "write_off": (R["write_off"](C, "EUR", 30), "write_off uncollectable", "posted write_offs EUR 30, posted 7000000 EUR -30"),
    "park_payment": (R["park_payment"]("EUR", 5), "bank_entry unexplained", "posted suspense EUR 5, posted bank EUR -5"),
    "park_receipt": (R["park_receipt"]("EUR", 5), "bank_entry unexplained", "posted bank EUR 5, posted suspense EUR -5"),
    "bear_suspense": (R["bear_suspense"]("EUR", 5), "suspense borne", "posted write_offs EUR 5, posted suspense EUR -5"),
    "keep_suspense": (R["keep_suspense"]("EUR", 5), "suspense kept", "posted suspense EUR 5, posted write_offs EUR -5"),
    "bear_difference": (R["bear_difference"]("EUR", 5), "difference borne",
                        "posted write_offs EUR 5, posted network_settlement EUR -5"),
    "keep_difference": (R["keep_difference"]("EUR", 5), "difference kept",
                        "posted network_settlement EUR 5, posted write_offs EUR -5"),
    "round_up": (R["round_up"]("EUR", 1), "rounding settled_more", "posted rounding EUR 1, posted network_settlement EUR -1"),
    "round_down": (R["round_down"]("EUR", 1), "rounding settled_less",
                   "posted network_settlement EUR 1, posted rounding EUR -1"),
    "correct": (R["correct"](R["capture"](C, "EUR", 100, 100).lines), "correction correction forced",
                "posted 7000000 EUR -100, posted network_settlement EUR 100"),
    "rebook": (R["rebook"](R["fee"](C, "EUR", 5)), "fee fee forced", "posted 7000000 EUR 5, posted fee_income EUR -5"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_a_recipe_posts_these_lines(name: str) -> None:
    entry, kind, lines = GOLDEN[name]
    assert f"{entry.kind} {entry.reason}{' forced' * entry.is_forced}" == kind
    assert ", ".join(f"{line.layer} {line.account} {line.asset} {line.amount}" for line in entry.lines) == lines


def test_every_recipe_has_a_golden_journal() -> None:
    assert set(RECIPES) - set(GOLDEN) == set()


amounts = st.integers(0, 10**15)


def _arguments(recipe: Callable[..., Entry], draw: st.DataObject) -> dict[str, object]:
    lines = st.sampled_from([entry.lines for entry, _, _ in GOLDEN.values()])
    known: dict[str, st.SearchStrategy[object]] = {
        "asset": st.sampled_from(["EUR", "JPY", "USDC"]), "account": st.just(C), "giver": st.just(C), "taker": st.just(D),
        "reason": st.just("because"), "is_forced": st.booleans(), "rounding": st.integers(-(10**6), 10**6), "lines": lines,
        "entry": st.sampled_from([entry for entry, _, _ in GOLDEN.values()]), "markup": st.integers(0, 1000),
        "sold": st.builds(Leg, st.just(C), st.just("EUR"), st.integers(1000, 10**15)),
        "bought": st.builds(Leg, st.just(D), st.just("KWD"), amounts),
    }  # fmt: skip
    return {name: draw.draw(known.get(name, amounts), label=name) for name in inspect.signature(recipe).parameters}


@pytest.mark.parametrize("name", RECIPES)
@given(drawn=st.data())
def test_each_asset_sums_to_zero_in_each_layer_whatever_the_amounts(name: str, drawn: st.DataObject) -> None:
    entry = RECIPES[name](**_arguments(RECIPES[name], drawn))
    sums: Counter[tuple[str, str]] = Counter()
    for line in entry.lines:
        assert line.amount != 0
        sums[line.asset, line.layer] += line.amount
    assert not any(sums.values())


@pytest.mark.parametrize("name", sorted(set(RECIPES) - {"convert", "correct", "rebook", "refund_authorization"}))
def test_a_negative_amount_is_refused(name: str) -> None:
    parameters = inspect.signature(RECIPES[name]).parameters
    given_ = {"asset": "EUR", "account": C, "giver": C, "taker": D, "reason": "because", "is_forced": False}
    with pytest.raises(ValueError, match="negative"):
        RECIPES[name](**{parameter: given_.get(parameter, -1) for parameter in parameters})


def test_a_conversion_needs_two_assets() -> None:
    with pytest.raises(ValueError, match="two assets"):
        RECIPES["convert"](Leg(C, "EUR", 1), Leg(D, "EUR", 1))


@pytest.mark.parametrize("name", sorted(set(RECIPES) - {"correct", "rebook"}))
def test_the_table_in_the_docstring_names_the_accounts_that_are_posted(name: str) -> None:
    rows = [
        row.strip("| ").split(" | ")
        for row in (RECIPES[name].__doc__ or "").splitlines()
        if re.match(r"\s*\| (pending|posted)", row)
    ]
    told = {(layer, re.sub(r" \(.*", "", party)) for layer, *parties, _ in rows for party in parties}
    lines: tuple[Line, ...] = GOLDEN[name][0].lines
    assert told == {(str(line.layer), "customer" if isinstance(line.account, int) else line.account) for line in lines}


def test_the_payment_path_holds_by_the_same_recipe() -> None:
    (customer, contra), lines = reserve(C, 1_001_000, 100), GOLDEN["hold"][0].lines
    assert [(customer[1], customer[2]), (contra[1], contra[2])] == [(line.layer, line.amount) for line in lines]


def test_a_journal_by_force_can_be_told_by_its_kind() -> None:
    assert kind_of("fee", is_forced=False) == "fee"
    assert kind_of("fee", is_forced=True) == "forced_fee"
    assert all(kind_of(kind, is_forced=True) == kind for kind in FORCED_KINDS)
    never_without_force = {entry.kind for entry, _, _ in GOLDEN.values() if not entry.is_forced}
    assert never_without_force & FORCED_KINDS == set()


def test_an_entry_becomes_a_booking_whose_content_is_the_journal() -> None:
    one, same, other = (book_of(R["fee"](C, "EUR", n), key=key("f"), actor="tester", at=NOW) for n in (5, 5, 6))
    assert (one.kind, one.lines, one.value_date) == ("fee", R["fee"](C, "EUR", 5).lines, NOW.date())
    assert one.content == same.content != other.content


def test_the_accounting_guide_is_up_to_date() -> None:
    assert (ROOT / "docs" / "accounting.md").read_text(encoding="utf-8") == guide(), (
        "python -m ledger.recipes.guide > docs/accounting.md"
    )
