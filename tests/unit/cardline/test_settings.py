"""What an operator writes, and what he is told about it."""

from pathlib import Path

import pytest

from cardline.errors import ConfigurationError
from cardline.settings import TEST_KEYS, Address, load

REQUIRED = ("postgres_dsn", "redis_url", "token_key", "keys")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("CARDLINE_")]:
        monkeypatch.delenv(name)


def config(directory: Path, text: str) -> Path:
    path = directory / "cardline.toml"
    path.write_text(text)
    return path


def test_without_anything_the_links_of_the_contract_are_configured() -> None:
    links = load().links
    assert {name: (link.profile, link.listen) for name, link in links.items()} == {
        "mastercard": ("mastercard", "127.0.0.1:8583"),
        "mastercard-ascii": ("mastercard-ascii", "127.0.0.1:8584"),
        "clearing": ("clearing", "127.0.0.1:8585"),
    }


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_LIMITS__MAX_BATCH", "50")
    limits = load(config(tmp_path, "[limits]\nmax_batch = 10\nmax_inflight = 20\n")).limits
    assert (limits.max_batch, limits.max_inflight) == (50, 20)


def test_the_file_wins_over_what_a_running_system_offers(tmp_path: Path) -> None:
    offered = {"postgres_dsn": "postgresql://offered", "redis_url": "redis://offered"}
    settings = load(config(tmp_path, 'postgres_dsn = "postgresql://file"\n'), fallback=offered)
    assert (settings.postgres_dsn, settings.redis_url) == ("postgresql://file", "redis://offered")


def test_one_key_of_a_link_can_be_set_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_LINKS__MASTERCARD__LISTEN", "0.0.0.0:1")
    assert load().links["mastercard"].listen == "0.0.0.0:1"


def test_every_mistake_is_reported_at_once_with_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_TOKEN_KEY", "ab")
    text = 'speed = 9\nmetrics_listen = "nowhere"\n[limits]\nmax_batch = 0\n[keys]\ncvk = "zz"\n'
    with pytest.raises(ConfigurationError) as raised:
        load(config(tmp_path, text))
    assert sorted(mistake.partition(":")[0] for mistake in raised.value.mistakes) == [
        "keys.cvk", "limits.max_batch", "metrics_listen", "speed", "token_key",
    ]  # fmt: skip


def test_a_mistake_never_repeats_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_TOKEN_KEY", "5ec7e7")
    monkeypatch.setenv("CARDLINE_POSTGRES_DSN", "mysql://user:5ec7e7@host")
    with pytest.raises(ConfigurationError) as raised:
        load()
    assert "5ec7e7" not in str(raised.value)


def test_secrets_do_not_show_in_the_representation() -> None:
    settings = load(fallback={"token_key": "5ec7e7" + "0" * 58, "postgres_dsn": "postgresql://u:hidden@h"}, allow_test_keys=True)
    shown = repr(settings)
    assert "hidden" not in shown
    assert repr(settings.token_key) not in shown
    assert repr(settings.keys.cvk) not in shown


def test_what_a_command_needs_and_nobody_gave_is_named_with_its_variable() -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(require=REQUIRED)
    assert "redis_url: missing (set CARDLINE_REDIS_URL)" in raised.value.mistakes
    assert "keys.cvk: missing (set CARDLINE_KEYS__CVK)" in raised.value.mistakes


def test_the_public_test_keys_are_refused_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_KEYS__CVK", TEST_KEYS.cvk.hex())
    with pytest.raises(ConfigurationError, match=r"keys\.cvk: is the public test key"):
        load()
    assert load(allow_test_keys=True).uses_test_keys


def test_where_test_keys_are_allowed_a_given_key_still_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_KEYS__CVK", "11" * 16)
    keys = load(allow_test_keys=True).keys
    assert (keys.cvk, keys.pvk) == (b"\x11" * 16, TEST_KEYS.pvk)


@pytest.mark.parametrize("text", ["links = 3", "[links]", "not toml"])
def test_a_file_that_makes_no_sense_is_a_configuration_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        load(config(tmp_path, text))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml: No such file"):
        load(Path("nowhere.toml"))


@pytest.mark.parametrize(("text", "address"), [("127.0.0.1:80", Address("127.0.0.1", 80)), ("[::1]:0", Address("::1", 0))])
def test_an_address_reads_and_writes_the_same(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize("text", ["", "8583", "host:", "host:70000", "a:b:1", "host:-1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not HOST:PORT"):
        Address.parse(text)


def test_a_link_may_be_told_to_connect_instead(tmp_path: Path) -> None:
    links = load(config(tmp_path, '[links.member]\nprofile = "mastercard"\nconnect = "10.0.0.1:9000"\nconnections = 4\n')).links
    assert (links["member"].connect, links["member"].connections, links["member"].listen) == ("10.0.0.1:9000", 4, None)


@pytest.mark.parametrize("direction", ["", 'listen = "h:1"\nconnect = "h:2"\n'])
def test_a_link_either_listens_or_connects(tmp_path: Path, direction: str) -> None:
    with pytest.raises(ConfigurationError, match=r"links\.member: must have either listen or connect"):
        load(config(tmp_path, f'[links.member]\nprofile = "mastercard"\n{direction}'))


def test_a_link_may_speak_tls(tmp_path: Path) -> None:
    text = (
        '[links.m]\nprofile = "mastercard"\nlisten = "h:1"\n[links.m.tls]\ncertificate = "c.pem"\nkey = "k.pem"\nca = "ca.pem"\n'
    )
    tls = load(config(tmp_path, text + "require_client_certificate = true\n")).links["m"].tls
    assert tls is not None
    assert (tls.certificate, tls.ca, tls.require_client_certificate) == (Path("c.pem"), Path("ca.pem"), True)


def test_rates_are_read_as_text(tmp_path: Path) -> None:
    text = '[rates]\nmarkup_percent = "1.50"\n[rates.pairs]\n"USD/EUR" = "0.9217"\n'
    rates = load(config(tmp_path, text)).rates.rates
    assert rates.convert(100_00, "USD", "EUR", is_spend=True) == 93_55


@pytest.mark.parametrize(
    ("text", "mistake"),
    [('[rates.pairs]\n"USD/EUR" = "0.9"\n"EUR/USD" = "0.9"\n', "rates: pairs.EUR/USD: contradicts USD/EUR"),
     ('[rates.pairs]\n"USD/XYZ" = "0.9"\n', "rates: pairs.USD/XYZ: 'XYZ' is no currency"),
     ('[rates]\nmarkup_percent = "-1"\n', "rates: markup_percent"), ("[rates.pairs]\n'USD/EUR' = 0.9\n", "rates.pairs.USD/EUR")],
)  # fmt: skip
def test_rates_that_make_no_sense_are_refused_with_their_key(tmp_path: Path, text: str, mistake: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(config(tmp_path, text))
    assert str(caught.value).startswith(mistake)


def test_where_the_cards_have_their_codes_is_a_setting_and_a_contradiction_is_named(tmp_path: Path) -> None:
    text = "[card_layout]\ntrack_cvc_at = 5\ncvc3_code_map = 0x000E\ncvc3_number_map = 0x07E0\ncvc3_counter_digits = 3\n"
    layout = load(config(tmp_path, text)).card_layout
    assert layout.track_cvc_at == 5
    assert layout.dynamic_track is not None
    assert load().card_layout.dynamic_track is None
    with pytest.raises(ConfigurationError, match="card_layout: the maps of a dynamic track"):
        load(config(tmp_path, text.replace("0x07E0", "0x000F")))


def test_a_mistake_says_where_it_stands_and_what_was_probably_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLINE_LIMITS__WRITER", "3")
    path = config(
        tmp_path, 'polcy = "x"\nmax_batch = 3\nmetrics_listen = "127.0.0.1:99999"\n[links.m]\nprofil = "x"\nlisten = "h:1"\n'
    )
    with pytest.raises(ConfigurationError) as raised:
        load(path, require=REQUIRED)
    assert set(raised.value.mistakes) == {
        f"polcy: is not a setting; did you mean policy? ({path})",
        f"max_batch: is not a setting; did you mean limits.max_batch? ({path})",
        f"metrics_listen: must have a port of 0 to 65535 ({path})",
        f"links.m.profile: field required ({path})",
        f"links.m.profil: is not a setting; did you mean links.m.profile? ({path})",
        "limits.writer: is not a setting; did you mean limits.writers? (CARDLINE_LIMITS__WRITER)",
        "postgres_dsn: missing (set CARDLINE_POSTGRES_DSN)",
        "redis_url: missing (set CARDLINE_REDIS_URL)",
        "token_key: missing (set CARDLINE_TOKEN_KEY)",
        "keys.cvk: missing (set CARDLINE_KEYS__CVK)",
        "keys.pvk: missing (set CARDLINE_KEYS__PVK)",
        "keys.pin_key: missing (set CARDLINE_KEYS__PIN_KEY)",
    }
