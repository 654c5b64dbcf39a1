"""The worked examples of docs/extending.md, run from the page's own text."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from authorizer import decide
from authorizer.card_checks import CardChecks
from authorizer.decide import Declined, Policy
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.reasons import DeclineReason
from authorizer.request import AuthorizationRequest
from authorizer.three_d_secure import classify
from cardline import cli, settings
from cardline.policies import load_policy, mcc_groups
from ledger.recipes import RECIPES
from switch.framing import FrameReader
from switch.iso8583 import Codec
from switch.profile import load_profile
from switch.refusals_guide import REMEDIES
from switch.responses import RESPONSE_CODES

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
FACTS = CardFacts(
    card_id=7, account_id=7, asset="EUR", card_status=CardStatus.ACTIVE, account_status=AccountStatus.OPEN, expiry="2912",
    psn="00", pvv="1234", facts_version=3,
)  # fmt: skip
PURCHASE = AuthorizationRequest(token=bytes(16), amount_minor=10_00, asset="EUR", transmitted_at=NOW, expiry="2912")
ONLINE = replace(PURCHASE, entry_mode="810", pos_data="1025100006000276")


def blocks(heading: str, language: str) -> list[str]:
    """Fenced blocks of a language below a heading, up to the next heading of its level."""
    level = heading.partition(" ")[0]
    below = TEXT.split(f"\n{heading}\n")[1]
    below = re.split(rf"\n{level} ", below)[0]
    return re.findall(rf"^```{language}\n(.*?)^```", below, re.MULTILINE | re.DOTALL)


def executed(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(code, names)
    return names


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tpdu.toml").write_text(blocks("## A network profile", "toml")[0])
    (tmp_path / "careful.toml").write_text(blocks("### By data", "toml")[0])
    return tmp_path


def test_the_profile_reads_the_frame_and_decode_shows_what_the_page_shows(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (console,) = blocks("## A network profile", "console")
    command, _, shown = console.partition("\n")
    words = command.removeprefix("$ cardline ").split()
    profile = load_profile("tpdu.toml")
    (payload,) = FrameReader(profile.framing).feed(bytes.fromhex(words[-1]))
    assert Codec(profile.character_set).decode(payload).text(70) == "270"
    assert cli.main(words) == 0
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == shown.splitlines()


def test_a_link_may_use_the_profile(written: Path) -> None:
    (written / "cardline.toml").write_text(blocks("## A network profile", "toml")[1])
    link = settings.load(written / "cardline.toml", allow_test_keys=True).links["processor"]
    assert load_profile(link.profile).response_deadline_seconds == 5.0


def test_the_policy_declines_by_its_data(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = load_policy("careful.toml")
    assert cli.main(["policy", "check", "careful.toml"]) == 0
    assert capsys.readouterr().out.startswith("careful/1: ")
    crypto = replace(PURCHASE, mcc=min(mcc_groups()["crypto_and_quasi_cash"]))
    cash, night = replace(PURCHASE, processing_code="010000", mcc="6011"), NOW.replace(hour=23)
    reasons = [decide.decide(asked, FACTS, policy, at) for asked, at in ((crypto, NOW), (cash, night))]
    assert [found.reason for found in reasons if isinstance(found, Declined)] == [
        DeclineReason.MCC_NOT_ALLOWED,
        DeclineReason.CHANNEL_NOT_ALLOWED,
    ]
    for asked, at in ((PURCHASE, NOW), (PURCHASE, night), (cash, NOW)):
        assert isinstance(decide.decide(asked, FACTS, policy, at), decide.Approved)
    online = decide.decide(ONLINE, FACTS, policy, NOW)
    assert isinstance(online, Declined)
    assert online.rule == "authentication_given"


def test_the_rule_declines_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    code = blocks("### By code", "python")[0]
    rule = executed(code)["proven_above_thirty"]
    assert list(get_type_hints(rule).values()) == list(get_type_hints(decide.amount_valid).values())
    monkeypatch.setattr(decide, "RULES", (*decide.RULES, rule))
    more = replace(ONLINE, amount_minor=30_01)
    declined = decide.decide(more, FACTS, Policy(), NOW)
    assert isinstance(declined, Declined)
    assert (declined.rule, declined.reason) == ("proven_above_thirty", DeclineReason.AUTHENTICATION_REQUIRED)
    proven = replace(more, checks=CardChecks(three_d_secure=classify("0103212", "kBM" + "A" * 24 + "=", "")))
    for asked in (ONLINE, replace(PURCHASE, amount_minor=30_01), proven):
        assert isinstance(decide.decide(asked, FACTS, Policy(), NOW), decide.Approved)
    off = Policy(off=frozenset({"proven_above_thirty"}))
    assert isinstance(decide.decide(more, FACTS, off, NOW), decide.Approved)


def test_every_reason_stands_in_the_tables_that_the_page_names() -> None:
    assert set(RESPONSE_CODES) == set(REMEDIES) == set(DeclineReason)


def test_the_recipe_posts_its_golden_lines() -> None:
    recipe, golden = blocks("## A recipe", "python")
    function = executed(recipe)["give_cashback"]
    entry, kind, lines = eval("{" + golden + "}", {"R": RECIPES | {"give_cashback": function}, "C": 7_000_000})["give_cashback"]
    assert f"{entry.kind} {entry.reason}" == kind  # as tests/unit/ledger/test_recipes.py compares them
    assert ", ".join(f"{line.layer} {line.account} {line.asset} {line.amount}" for line in entry.lines) == lines
    assert sum(line.amount for line in entry.lines) == 0


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:authorizer|switch|ledger|configs|tests|docs)/[\w/.]+)`", TEXT)
    assert len(named) > 10
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []
