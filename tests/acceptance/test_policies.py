"""A draft policy: beside the live one without effect, and on the requests of the past."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from acceptance.desk import Run, said
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import code, connection, purchase, reversal

from simulator.messages import trace_id

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


async def test_the_live_policy_on_its_own_requests_changes_nothing(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", "--count", "3", *WHY)
    since = datetime.now(UTC)
    preauthorized = {61: "0000004000800276"}
    async with connection(issuer.switch) as link:
        first = purchase(card, 40_00, elements=preauthorized)
        longer = purchase(card, 0, elements=preauthorized, subelements={"63": trace_id(first)})
        over = purchase(card, 20_00)
        assert [await code(link, one) for one in (first, longer, over)] == ["00", "00", "61"]
        assert await code(link, reversal(first)) == "00"  # after which there would have been room
        assert [await code(link, purchase(card, minor)) for minor in (20_00, 10_00, 5_00, 1_00)] == ["00", "00", "00", "65"]
    seen = orjson.loads((await issuer.authorizations(card))[-1]["seen"])
    assert seen["used"] == {"card/daily": [35_00, 3]}
    times = ("--from", since.isoformat(), "--to", (datetime.now(UTC) + timedelta(seconds=1)).isoformat())
    result = run("policy", "backtest", "default", *times, "--json")
    assert (result["requests"], result["differences"], result["not_replayed"]) == (7, [], [])


def test_a_wrong_policy_is_refused_with_every_mistake(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "x"\nversion = 0\n')
    run("policy", "backtest", wrong, "--from", "2026-11-01", "--to", "2026-11-02", expect=2)
    run("policy", "backtest", DRAFT, "--from", "2026-11-02", "--to", "2026-11-01", expect=2)
