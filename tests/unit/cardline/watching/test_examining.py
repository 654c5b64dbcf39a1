"""Where `doctor` looks without a store: settings, their files, the machine."""

import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from certificates import Authority

from authorizer.key_file import create_key_file
from authorizer.keyring import KeyName, KeyRing, KeyUse
from cardline import settings
from cardline.errors import ConfigurationError
from cardline.reach import reach
from cardline.running.listening import bind_all
from cardline.settings import Address, Settings
from cardline.watching.diagnosis import diagnose
from cardline.watching.examining.configuration import examine_settings
from cardline.watching.examining.machine import examine_machine
from cardline.watching.examining.redis import examine_redis
from cardline.watching.facts import Away, Cause, Facts

NOBODY_LISTENS = "127.0.0.1:1"


def configured(**given: object) -> Settings:
    fallback = {"token_key": bytes(range(32)).hex(), "metrics_listen": NOBODY_LISTENS} | given
    return settings.load(allow_test_keys=True, fallback=fallback)


def link(**given: object) -> dict[str, object]:
    return {"profile": "mastercard", "listen": "127.0.0.1:0"} | given


def test_what_is_in_order_is_no_fault() -> None:
    found = examine_settings(configured())
    assert [found.profile_faults, found.tls_faults, found.key_faults, found.policy_faults, found.shared_addresses] == [[]] * 5
    assert found.has_token_key
    assert not found.has_weak_key
    assert found.uses_test_keys
    assert found.is_development


def test_a_production_set_up_by_environment_uses_no_test_key_and_is_asked_for_anchors_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Loaded as `doctor` loads them: what it fills in for itself is in nobody's use."""
    own = {f"KEYS__{name}": f"{number:02x}" * 16 for number, name in enumerate(("CVK", "PVK", "PIN_KEY"), start=1)}
    given = {
        "POSTGRES_DSN": "postgresql://nobody@127.0.0.1:1/x",
        "TOKEN_KEY": bytes(range(32)).hex(),
        "METRICS_LISTEN": NOBODY_LISTENS,
    }
    for name, value in (own | given).items():
        monkeypatch.setenv(f"CARDLINE_{name}", value)
    loaded = reach(None, tmp_path, opens_keys=False)
    machine = replace(examine_machine(loaded, tmp_path), open_files=1)
    facts = Facts(examine_settings(loaded), Away(Cause.OTHER, "x"), 1, Away(Cause.OTHER, "x"), machine)
    names = {finding.name for finding in diagnose(facts)}
    assert "the public test keys" not in names
    assert {"no file of anchors", "too few open files for the links"} <= names
    monkeypatch.delenv("CARDLINE_KEYS__PVK")
    assert examine_settings(reach(None, tmp_path, opens_keys=False)).uses_test_keys


@pytest.mark.parametrize("key", ["11" * 32, "00112233" * 8])
def test_a_token_key_of_few_bytes_is_weak(key: str) -> None:
    assert examine_settings(configured(token_key=key)).has_weak_key


def test_a_link_is_named_whose_profile_is_not_there() -> None:
    assert "link visa" in examine_settings(configured(links={"visa": link(profile="nonsense")})).profile_faults[0]


def test_two_links_at_one_address_are_named() -> None:
    links = {"one": link(listen="127.0.0.1:9000"), "two": link(listen="127.0.0.1:9000")}
    assert examine_settings(configured(links=links)).shared_addresses == ["one and two both listen on 127.0.0.1:9000"]


def test_a_key_file_without_its_master_key_and_open_to_others_is_both(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    keys.chmod(0o644)
    found = examine_settings(configured(key_file=str(keys)))
    assert "master_key: missing" in found.key_faults[0]
    assert found.open_key_file == str(keys)
    assert not found.uses_test_keys
    keys.chmod(0o600)
    assert examine_settings(configured(key_file=str(keys))).open_key_file == ""


def test_a_key_file_under_another_master_key_or_without_a_needed_key_is_told(tmp_path: Path) -> None:
    ours, other = bytes(range(32)), bytes(range(1, 33))
    create_key_file(tmp_path / "keys.json", KeyRing({KeyName("default", KeyUse.CVK, 0): bytes(range(16))}), ours)
    given = configured(key_file=str(tmp_path / "keys.json"))
    (said,) = examine_settings(given.model_copy(update={"master_key": other})).key_faults
    assert "sealed under another master key" in said
    said_of = examine_settings(given.model_copy(update={"master_key": ours})).key_faults
    assert [line.rpartition(": ")[2] for line in said_of] == ["default/pvk is missing", "default/pin_key is missing"]


def test_a_key_that_is_not_the_certificates_is_found_and_the_days_are_counted(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    ours, other = authority.sign("us"), authority.sign("other")
    right = {"certificate": str(ours.certificate), "key": str(ours.key)}
    found = examine_settings(configured(links={"network": link(tls=right)}))
    assert found.tls_faults == []
    assert list(found.certificate_days) == [str(ours.certificate)]
    assert 0 < found.certificate_days[str(ours.certificate)] <= 1
    wrong = examine_settings(configured(links={"network": link(tls=right | {"key": str(other.key)})}))
    assert "link network" in wrong.tls_faults[0]


def test_a_port_that_is_taken_is_told_with_its_owner(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        found = examine_machine(configured(links={"network": link(listen=address)}, metrics_listen="127.0.0.1:0"), tmp_path)
    assert found.switch is None
    assert len(found.ports_taken) == 1
    assert f"network: {address} is in use by" in found.ports_taken[0]
    assert str(os.getpid()) in found.ports_taken[0]


def test_an_address_of_another_machine_is_not_called_taken(tmp_path: Path) -> None:
    links = {"network": link(listen="203.0.113.5:9000")}
    found = examine_machine(configured(links=links, metrics_listen="127.0.0.1:0"), tmp_path)
    assert (list(found.foreign_addresses), list(found.ports_taken)) == (["network: 203.0.113.5:9000"], [])
    with pytest.raises(ConfigurationError, match=r"203\.0\.113\.5 is no address of this machine"):
        bind_all({"network": Address("203.0.113.5", 9000)})


def test_a_network_that_nobody_answers_for_is_named_and_one_that_answers_is_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as network:
        address = f"127.0.0.1:{network.getsockname()[1]}"
        links = {"here": link(listen=None, connect=address), "gone": link(listen=None, connect=NOBODY_LISTENS)}
        found = examine_machine(configured(links=links, metrics_listen="127.0.0.1:0"), tmp_path)
    assert list(found.silent_networks) == [f"gone: {NOBODY_LISTENS}: Connection refused"]


def test_a_data_directory_that_others_may_look_into_is_named_and_another_directory_is_not(tmp_path: Path) -> None:
    def found() -> str:
        return examine_machine(configured(metrics_listen="127.0.0.1:0", links={"a": link()}), tmp_path).open_directory

    tmp_path.chmod(0o755)
    assert found() == ""
    (tmp_path / "token.key").write_text("x")
    assert found() == f"{tmp_path} has mode 0755"
    tmp_path.chmod(0o700)
    assert found() == ""


def test_a_variable_that_is_no_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_POLCY", "strict")
    assert examine_settings(configured()).stray_variables == ["CARDLINE_POLCY; did you mean CARDLINE_POLICY?"]


def test_anchors_that_cannot_be_written_are_told_from_those_that_are_not_wanted(tmp_path: Path) -> None:
    def anchors(path: Path | None) -> str:
        return examine_machine(configured(metrics_listen="127.0.0.1:0", links={"a": link()}, anchor_file=path), tmp_path).anchors

    assert anchors(None) == ""
    assert anchors(tmp_path / "anchors.jsonl") == "kept"
    assert "is not there" in anchors(tmp_path / "gone" / "anchors.jsonl")
    assert "cannot be written" in anchors(tmp_path)


@pytest.mark.parametrize(("url", "cause"), [("", Cause.NOT_GIVEN), ("redis://127.0.0.1:1/0", Cause.NOBODY_THERE)])
def test_a_redis_that_is_not_there(url: str, cause: Cause) -> None:
    found = examine_redis(url)
    assert isinstance(found, Away)
    assert found.cause is cause
    assert found.said
