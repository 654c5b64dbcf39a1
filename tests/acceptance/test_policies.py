"""A draft policy: beside the live one without effect, and on the requests of the past."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from acceptance.desk import Run, said
from acceptance.issuer import HeldCard, Issuer

DRAFT = Path(__file__).parent / "draft_policy.toml"
ISSUER = {"shadow_policy": DRAFT}
WHY = ("--reason", "asked for")


async def test_a_draft_has_no_effect_and_its_differences_are_counted(issuer: Issuer, card: HeldCard) -> None:
    before = issuer.switch.metric("cardline_shadow_differences_total", reason="lost_mcc_not_allowed")
    assert await said(issuer, card) == "00"
    after = issuer.switch.metric("cardline_shadow_differences_total", reason="lost_mcc_not_allowed")
    assert after - before == 1
    assert (await issuer.authorizations(card))[-1]["policy"] == "default/3"


async def test_a_back_test_shows_what_would_have_been_lost_and_gained(issuer: Issuer, run: Run, card: HeldCard) -> None:
    since = datetime.now(UTC)
    assert [await said(issuer, card, minor) for minor in (30_00, 20_00, 900_00)] == ["00", "00", "51"]
    run("card", "block", card.card_id, "blocked", *WHY)
    assert await said(issuer, card, 7_00) == "62"
    until = datetime.now(UTC) + timedelta(seconds=1)
    times = ("--from", since.isoformat(), "--to", until.isoformat())
    result = run("policy", "backtest", DRAFT, *times, "--json")
    assert (result["requests"], result["approved"]) == (4, 2)
    assert result["differences"] == [
        {"change": "lost", "reason": "mcc_not_allowed", "asset": "EUR", "requests": 2, "amount": 50_00}
    ]
    assert run("policy", "backtest", "default", *times, "--json")["differences"] == []


async def test_a_back_test_asks_for_the_limits_of_then(issuer: Issuer, run: Run, card: HeldCard, tmp_path: Path) -> None:
    assert await said(issuer, card, 30_00) == "00"
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", *WHY)
    since = datetime.now(UTC)
    assert [await said(issuer, card, minor) for minor in (20_00, 5_00)] == ["00", "61"]
    run("card", "set-limit", card.card_id, "daily", "--remove", *WHY)
    lax = tmp_path / "lax.toml"
    lax.write_text('name = "lax"\nversion = 1\n[rules]\nwithin_amount_limit = false\n')
    times = ("--from", since.isoformat(), "--to", (datetime.now(UTC) + timedelta(seconds=1)).isoformat())
    assert run("policy", "backtest", "default", *times, "--json")["differences"] == []
    assert run("policy", "backtest", lax, *times, "--json")["differences"] == [
        {"change": "gained", "reason": "over_limit", "asset": "EUR", "requests": 1, "amount": 5_00}
    ]


def test_a_wrong_policy_is_refused_with_every_mistake(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "x"\nversion = 0\n')
    run("policy", "backtest", wrong, "--from", "2026-11-01", "--to", "2026-11-02", expect=2)
    run("policy", "backtest", DRAFT, "--from", "2026-11-02", "--to", "2026-11-01", expect=2)
