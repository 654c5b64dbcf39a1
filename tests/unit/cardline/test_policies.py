from datetime import timedelta
from pathlib import Path

import pytest

from authorizer.decide import Policy
from authorizer.three_d_secure import UcafLevel
from cardline.errors import ConfigurationError
from cardline.explaining.rule_order import LEDGER_RULES
from cardline.people.policy_view import summary
from cardline.policies import RULES_KNOWN, load_policy, mcc_groups, parse_groups, parse_policy


def test_the_shipped_policy_is_what_the_program_does_without_one() -> None:
    assert load_policy("default") == Policy(mcc_groups=mcc_groups())


def test_rules_are_turned_off_and_figures_set() -> None:
    policy = parse_policy(
        'name = "strict"\nversion = 3\n[expiry]\ngrace_hours = 2\n[rules]\ncvc2_right = false\nmcc_allowed = false\n', "f", {}
    )
    assert (policy.name, policy.version, policy.expiry_grace) == ("strict", 3, timedelta(hours=2))
    assert policy.off == {"cvc2_right", "mcc_allowed"}
    assert "cvc2_right" not in {rule.__name__ for rule in policy.rules}
    assert "pin_right" in {rule.__name__ for rule in policy.rules}


def test_every_mistake_is_named_by_file_and_key() -> None:
    text = 'version = "1"\ncolour = 3\n[expiry]\ngrace_hours = -1\nfuel = 1\n[rules]\nno_such = false\npin_right = 0\n'
    with pytest.raises(ConfigurationError) as refused:
        parse_policy(text, "draft.toml", {})
    starts = [mistake.split(": ")[:2] for mistake in refused.value.mistakes]
    keys = ["colour", "name", "version", "expiry.grace_hours", "expiry.fuel", "rules.no_such", "rules.pin_right"]
    assert starts == [["draft.toml", key] for key in keys]


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_policy(str(tmp_path / "draft.toml"))
    with pytest.raises(ConfigurationError, match=r"policy no_such: .*; shipped: default; a file's name ends in \.toml"):
        load_policy("no_such")


def test_a_file_may_not_bear_the_name_of_a_shipped_policy(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "default"\nversion = 1\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"mine\.toml: name: default"):
        load_policy(str(file))


def test_groups_are_codes_and_ranges() -> None:
    assert parse_groups('[groups]\na = ["5411", "3000-3002"]', "f") == {"a": frozenset({"5411", "3000", "3001", "3002"})}
    assert "7995" in mcc_groups()["gambling"]


@pytest.mark.parametrize("entry", ["54", "3002-3000", "5411-5411", ""])
def test_what_is_no_code_is_refused(entry: str) -> None:
    with pytest.raises(ConfigurationError, match=r"f: groups\.a"):
        parse_groups(f'[groups]\na = ["{entry}"]', "f")


def test_pin_tries_and_the_chips_window_can_be_set() -> None:
    policy = parse_policy('name = "d"\nversion = 1\n[pin]\ntries = 5\n[chip]\ncounter_window = 99\n', "f", {})
    assert (policy.pin_tries, policy.atc_window, policy.expiry_grace) == (5, 99, Policy().expiry_grace)


def test_what_payments_over_the_net_must_carry_can_be_demanded() -> None:
    text = 'name = "d"\nversion = 1\n[ecommerce]\ncvc2 = true\nthree_d_secure = ["authenticated", "exempted"]\n'
    policy = parse_policy(text, "f", {})
    assert (policy.ecommerce_cvc2, policy.ecommerce_levels) == (True, {UcafLevel.AUTHENTICATED, UcafLevel.EXEMPTED})
    assert {"cvc2_given", "authentication_given"} <= {rule.__name__ for rule in policy.rules}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[ecommerce]\ncvc2 = 1", r"f: ecommerce\.cvc2: must be true or false"),
        ('[ecommerce]\nthree_d_secure = ["2"]', r"f: ecommerce\.three_d_secure: must be a list of not_supported, attempted"),
        ("[ecommerce]\nsli = 2", r"f: ecommerce\.sli: is not a key of it"),
        ("[pin]\ntries = 0", r"f: pin\.tries: must be a whole number from 1 to 15"),
        ("[pin]\ntries = true", r"f: pin\.tries: must be a whole number"),
        ("[pin]\nlength = 4", r"f: pin\.length: is not a key of it"),
        ("[chip]\ncounter_window = 65536", r"f: chip\.counter_window: must be a whole number from 1 to 65535"),
        ("chip = 3", "f: chip: must be a table"),
    ],
)
def test_figures_that_cannot_be_are_refused_by_their_key(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=fault):
        parse_policy(f'name = "d"\nversion = 1\n{text}\n' if text[0] == "[" else f'{text}\nname = "d"\nversion = 1\n', "f", {})


def test_all_rules_can_be_named() -> None:
    assert {"card_usable", "card_not_closed", "country_allowed", "within_count_limit"} <= RULES_KNOWN


def test_a_policy_may_have_controls_of_its_own() -> None:
    text = 'name = "d"\nversion = 2\n[[control]]\nname = "c"\nstance = "deny"\nby = "mcc_group"\nvalues = ["a"]\n'
    (control,) = parse_policy(text, "f", {"a": frozenset({"5411"})}).controls
    assert (control.scope.value, control.version) == ("policy", 2)
    with pytest.raises(ConfigurationError, match=r"f: control\[0\].values: there is no MCC group 'a'"):
        parse_policy(text, "f", {})


def test_the_ledgers_own_rules_cannot_be_turned_off() -> None:
    with pytest.raises(ConfigurationError, match=r"f: rules\.pin_tries_left: is the ledger's and always asked"):
        parse_policy('name = "d"\nversion = 1\n[rules]\npin_tries_left = false\n', "f", {})


def test_the_summary_counts_all_rules_and_those_that_are_asked() -> None:
    off = parse_policy('name = "d"\nversion = 1\n[rules]\ncvc2_right = false\n', "f", {})
    count = len(RULES_KNOWN) + len(LEDGER_RULES)
    assert summary(off) == f"d/1: {count - 1} of {count} rules, 0 controls, off: cvc2_right"
