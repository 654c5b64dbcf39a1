"""Controls and limits set by commands, against payments on the wire: refused by their own code, given back, carried over."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from acceptance.desk import Run, new_card, said
from acceptance.issuer import HeldCard, Issuer
from acceptance.network import advice, ask, code, connection, connections, purchase, reversal
from redis import Redis

from simulator.messages import trace_id

WHY = ("--reason", "asked for")


def _controls(run: Run, card: HeldCard, directory: Path, text: str, *, expect: int = 0, scope: str = "card") -> None:
    file = directory / "controls.toml"
    file.write_text(text)
    run("card", "set-controls", card.card_id, file, "--scope", scope, *WHY, expect=expect)


@pytest.mark.parametrize(
    ("by", "denied", "rule", "answered"),
    [
        ("mcc", "5411", "mcc_allowed", "57"),
        ("mcc_group", "groceries", "mcc_group_allowed", "57"),
        ("merchant", "SHOP00000000001", "merchant_allowed", "57"),
        ("country", "DEU", "country_allowed", "62"),
        ("currency", "EUR", "currency_allowed", "57"),
        ("presence", "present", "presence_allowed", "58"),
        ("channel", "pos", "channel_allowed", "58"),
        ("entry_mode", "05", "entry_mode_allowed", "58"),
    ],
)
async def test_a_denied_payment_is_refused_by_its_own_rule(
    issuer: Issuer, run: Run, card: HeldCard, tmp_path: Path, by: str, denied: str, rule: str, answered: str
) -> None:
    assert await said(issuer, card) == "00"
    _controls(run, card, tmp_path, f'[[control]]\nname = "no"\nstance = "deny"\nby = "{by}"\nvalues = ["{denied}"]\n')
    assert await said(issuer, card) == answered
    stored = (await issuer.authorizations(card))[-1]
    assert (stored["rule"], stored["policy"]) == (rule, "default/3")
    assert "no (deny), card controls 1" in stored["seen"]
    _controls(run, card, tmp_path, "")
    assert await said(issuer, card) == "00"


async def test_a_time_of_day_is_refused_and_allowed(issuer: Issuer, run: Run, card: HeldCard, tmp_path: Path) -> None:
    at_no_time = '[[control]]\nname = "night"\nstance = "{}"\nby = "time"\nfrom = "00:00"\nto = "00:00"\nzone = "Asia/Tokyo"\n'
    _controls(run, card, tmp_path, at_no_time.format("deny"))
    assert await said(issuer, card) == "57"
    _controls(run, card, tmp_path, at_no_time.format("allow"))
    assert await said(issuer, card) == "00"


async def test_contradictions_and_unknown_groups_are_refused_with_file_and_key(
    run: Run, card: HeldCard, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "controls.toml"
    file.write_text('[[control]]\nname = "no"\nstance = "deny"\nby = "mcc_group"\nvalues = ["gaming"]\n')
    capfd.readouterr()
    with pytest.raises(AssertionError, match=r"controls.toml: control\[0\].values: there is no MCC group 'gaming'"):
        run("card", "set-controls", card.card_id, file, *WHY)
    run("card", "set-limit", card.card_id, "daily", "--amount", "10", "--currency", "XXX", *WHY, expect=2)
    run("card", "set-limit", card.card_id, "daily", "--amount", "10", "--currency", "USD", *WHY, expect=2)
    run("card", "set-limit", card.card_id, "daily", "--window", "9s", "--count", "1", *WHY, expect=2)
    run("card", "set-limit", card.card_id, "daily", *WHY, expect=2)


async def test_a_program_speaks_for_all_its_accounts_at_once(issuer: Issuer, run: Run, tmp_path: Path) -> None:
    held = [new_card(run, funds="100.00", options=("--program", "students")) for _ in range(2)]
    for one in held:
        assert await said(issuer, one) == "00"
    text = '[[control]]\nname = "no shops"\nstance = "deny"\nby = "mcc"\nvalues = ["5411"]\n'
    _controls(run, held[0], tmp_path, text, scope="program")
    for one in held:
        assert await said(issuer, one) == "57"
    later = new_card(run, funds="1.00", options=("--program", "students"))
    assert await said(issuer, later) == "57"


async def test_a_limit_by_amount_is_61_and_leaves_what_it_leaves(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", *WHY)
    assert await said(issuer, card, 30_00) == "00"
    assert await said(issuer, card, 20_01) == "61"
    assert run("card", "show", card.card_id, "--json")["limits"][0]["amount_left"] == 20_00
    assert await said(issuer, card, 20_00) == "00"
    assert run("card", "show", card.card_id, "--json")["limits"][0]["amount_left"] == 0


async def test_a_limit_by_count_is_65(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "burst", "--window", "10m", "--count", "2", *WHY)
    assert [await said(issuer, card) for _ in range(3)] == ["00", "00", "65"]
    assert run("card", "show", card.card_id, "--json")["limits"][0]["count_left"] == 0
    run("card", "set-limit", card.card_id, "burst", "--remove", *WHY)
    assert await said(issuer, card) == "00"


async def test_a_limit_set_now_counts_what_was_spent_before(issuer: Issuer, run: Run, card: HeldCard) -> None:
    assert await said(issuer, card, 45_00) == "00"
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", *WHY)
    assert await said(issuer, card, 5_01) == "61"
    assert await said(issuer, card, 5_00) == "00"


async def test_a_card_for_a_single_use_pays_once(issuer: Issuer, run: Run, card: HeldCard, tmp_path: Path) -> None:
    _controls(run, card, tmp_path, "single_use = true\n")
    assert await said(issuer, card, 500_00) == "51"
    assert await said(issuer, card) == "00"
    assert await said(issuer, card) == "62"
    assert (await issuer.authorizations(card))[-1]["reason"] == "card_used_up"
    run("card", "set-limit", card.card_id, "single-use", "--count", "5", *WHY, expect=2)
    assert await said(issuer, card) == "62"
    _controls(run, card, tmp_path, "")
    assert await said(issuer, card) == "00"


async def test_only_a_real_increment_is_not_counted(issuer: Issuer, run: Run, card: HeldCard, tmp_path: Path) -> None:
    _controls(run, card, tmp_path, "single_use = true\n")
    preauthorized = {61: "0000004000800276"}
    async with connection(issuer.switch) as link:
        first = purchase(card, 10_00, elements=preauthorized, subelements={"63": "MCCNOBODY1126"})
        more = purchase(card, 5_00, elements=preauthorized, subelements={"63": trace_id(first)})
        claimed = purchase(card, 5_00, elements=preauthorized, subelements={"63": "MCCNOBODY1125"})
        assert [await code(link, one) for one in (first, more, claimed)] == ["00", "00", "62"]
    assert (await issuer.authorizations(card))[-1]["rule"] == "within_count_limit"
    assert (await issuer.account(card))["holds"] == 15_00


async def test_a_partial_approval_respects_the_limit(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", *WHY)
    async with connection(issuer.switch) as link:
        answer = await ask(link, purchase(card, 70_00, subelements={"61": "10000"}))
    assert (answer.text(39), int(answer.text(4))) == ("10", 50_00)
    assert (await issuer.account(card))["holds"] == 50_00


async def test_the_goods_alone_are_approved_where_the_limit_leaves_no_room_for_the_cash(
    issuer: Issuer, run: Run, card: HeldCard
) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", *WHY)
    with_cash = {3: "090000", 54: "0040978D000000002000"}
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(card, 60_00, elements=with_cash)) == "61"
        answer = await ask(link, purchase(card, 60_00, elements=with_cash, subelements={"61": "01000"}))
        assert (answer.text(39), int(answer.text(4))) == ("87", 40_00)
        assert [await code(link, purchase(card, minor)) for minor in (10_01, 10_00)] == ["61", "00"]


async def test_a_reversal_gives_the_budget_back(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", "--count", "2", *WHY)
    async with connection(issuer.switch) as link:
        whole, part = purchase(card, 20_00), purchase(card, 30_00)
        assert [await code(link, whole), await code(link, part), await code(link, purchase(card, 1))] == ["00", "00", "65"]
        assert await code(link, reversal(whole)) == "00"
        assert await code(link, purchase(card, 20_01)) == "61"
        assert await code(link, reversal(part, left=10_00)) == "00"
        assert await code(link, purchase(card, 40_00)) == "00"


async def test_what_the_network_approved_in_our_stead_counts(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", *WHY)
    async with connection(issuer.switch) as link:
        assert await code(link, advice(card, 40_00)) == "00"
        assert await code(link, purchase(card, 10_01)) == "61"


async def test_a_limit_may_be_for_some_payments_only(issuer: Issuer, run: Run, card: HeldCard) -> None:
    set_limit = ("card", "set-limit", card.card_id)
    run(*set_limit, "cash", "--count", "1", "--where", "mcc_group=cash", "--where", "channel=atm", *WHY)
    run(*set_limit, "shops", "--amount", "50.00", "--where", "mcc=5411,5412", "--where", "country=DEU", *WHY)
    cash = {3: "010000", 18: "6011"}
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(card, 5_00, elements=cash)) == "00"
        with Redis.from_url(issuer.redis_url) as cache:
            assert await code(link, purchase(card, 5_00, elements=cash)) == "65"
            cache.flushall()
        assert await code(link, purchase(card, 5_00, elements=cash)) == "65"
        assert [await code(link, purchase(card, minor)) for minor in (40_00, 10_01, 10_00)] == ["00", "61", "00"]
        assert await code(link, purchase(card, 10_00, elements={18: "5541"})) == "00"
    shown = {limit["name"]: limit for limit in run("card", "show", card.card_id, "--json")["limits"]}
    assert (shown["cash"]["count_left"], shown["shops"]["amount_left"]) == (0, 0)
    assert shown["shops"]["where"] == {"mcc": ["5411", "5412"], "country": ["DEU"]}
    assert "shops, day, mcc 5411 or 5412, country DEU: left" in run("card", "show", card.card_id)


LIMITS = """
[[limit]]
name = "cash"
window = "24h"
count = 2
amount = "30.00"
where = { channel = ["atm"] }
[[limit]]
name = "shops"
amount = "50.00"
window = "day"
"""


async def test_limits_may_come_from_a_file_in_the_place_of_those_before(
    issuer: Issuer, run: Run, card: HeldCard, tmp_path: Path
) -> None:
    run("card", "set-limit", card.card_id, "old", "--count", "0", *WHY)
    file = tmp_path / "limits.toml"
    file.write_text(LIMITS)
    run("card", "set-limits", card.card_id, file, *WHY)
    async with connection(issuer.switch) as link:
        assert await code(link, purchase(card, 30_01, elements={3: "010000"})) == "61"
        assert await code(link, purchase(card, 50_00)) == "00"
    assert [limit["name"] for limit in run("card", "show", card.card_id, "--json")["limits"]] == ["cash", "shops"]
    file.write_text(LIMITS.replace("atm", "moon"))
    with pytest.raises(AssertionError, match=r"limits.toml: limit\[0\].where.channel: 'moon' is not one of"):
        run("card", "set-limits", card.card_id, file, *WHY)
    for where in ("channel=phone", "colour=red", "atm"):
        run("card", "set-limit", card.card_id, "odd", "--count", "1", "--where", where, *WHY, expect=2)


async def test_a_single_message_counts_as_a_payment_that_holds(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", "--count", "2", *WHY)
    async with connection(issuer.switch) as link:
        assert await code(link, replace(purchase(card, 30_00), mti="0200")) == "00"
        with Redis.from_url(issuer.redis_url) as cache:
            cache.flushall()
        assert await code(link, replace(purchase(card, 20_01), mti="0200")) == "61"
        assert await code(link, replace(purchase(card, 10_00), mti="0200")) == "00"
        assert await code(link, purchase(card, 1_00)) == "65"
    assert run("card", "show", card.card_id, "--json")["limits"][0]["amount_left"] == 10_00


async def test_controls_limits_and_what_was_spent_go_with_the_replacement(
    issuer: Issuer, run: Run, card: HeldCard, tmp_path: Path
) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", *WHY)
    _controls(run, card, tmp_path, '[[control]]\nname = "no"\nstance = "deny"\nby = "mcc_group"\nvalues = ["gambling"]\n')
    assert await said(issuer, card, 30_00) == "00"
    replaced = run("card", "replace", card.card_id, "--active", *WHY, "--json")
    number = replace(card.card, pan=replaced["pan"], expiry=replaced["expiry"])
    second = HeldCard(number, replaced["card_id"], card.account_id)
    assert await said(issuer, second, 20_01) == "61"
    shown = run("card", "show", second.card_id, "--json")
    assert (shown["limits"][0]["amount_left"], shown["controls"][0]["values"]) == (20_00, ["gambling"])
    assert await said(issuer, second, 20_00) == "00"


async def test_of_many_payments_at_once_no_more_are_approved_than_the_limit_leaves(
    issuer: Issuer, run: Run, card: HeldCard
) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "30.00", "--count", "20", *WHY)
    async with connections(issuer.switch, 4) as links:
        answers = await asyncio.gather(*(code(links[n % 4], purchase(card, 2_00)) for n in range(60)))
    assert sorted(set(answers)) == ["00", "61"]
    assert answers.count("00") == 15
    assert (await issuer.account(card))["holds"] == 30_00


async def test_counters_are_derived_from_the_ledger_after_redis_lost_them(issuer: Issuer, run: Run, card: HeldCard) -> None:
    run("card", "set-limit", card.card_id, "daily", "--amount", "50.00", "--window", "month", "--zone", "Europe/Rome", *WHY)
    assert await said(issuer, card, 30_00) == "00"
    with Redis.from_url(issuer.redis_url) as cache:
        cache.flushall()
    assert await said(issuer, card, 20_01) == "61"
    assert await said(issuer, card, 20_00) == "00"


async def test_the_books_hold_after_all_this(issuer: Issuer) -> None:
    assert await issuer.findings() == []
