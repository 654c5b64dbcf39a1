"""Everything an operator can set, from a TOML file (--config) and CARDLINE_* variables, which win.

Nested keys join with two underscores: limits.max_inflight is CARDLINE_LIMITS__MAX_INFLIGHT. `load` reports every
mistake at once, each with its key and never with the value. The test keys are public; `serve` refuses them.
"""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from authorizer.crypto.dynamic_track import DynamicTrackLayout
from authorizer.sealed_keys import parse_master_key
from cardline import setting_sources
from cardline.errors import ConfigurationError
from switch.currency import Rates, parse_rates


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 is any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """HOST:PORT or [IPv6]:PORT. Raises ValueError."""
        match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]\s]+)):(\d{1,5})", text)
        if match is None or int(match[3]) > 65535:
            raise ValueError("not HOST:PORT")
        return cls(match[1] or match[2], int(match[3]))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _is_address(value: str) -> str:
    try:
        Address.parse(value)
    except ValueError:
        if re.fullmatch(r".+:\d{5,}", value):
            raise PydanticCustomError("port", "must have a port of 0 to 65535") from None
        raise PydanticCustomError("address", "must be HOST:PORT") from None
    return value


def _key(length: int) -> BeforeValidator:
    def parse(value: object) -> object:
        try:
            key = bytes.fromhex(value) if isinstance(value, str) else value
        except ValueError:
            key = None
        if not isinstance(key, bytes) or (key and len(key) != length):
            raise PydanticCustomError("key", "must be {digits} hexadecimal characters", {"digits": 2 * length})
        return key

    return BeforeValidator(parse)


def _master_key(value: object) -> object:
    try:
        return parse_master_key(value) if isinstance(value, str) and value else value
    except ValueError as error:
        raise PydanticCustomError("master_key", "{reason}", {"reason": str(error)}) from None


def _url(*schemes: str) -> BeforeValidator:
    def check(value: object) -> object:
        if value and not str(value).startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise PydanticCustomError("url", "must start with {scheme}://", {"scheme": ":// or ".join(schemes)})
        return value

    return BeforeValidator(check)


ListenAddress = Annotated[str, AfterValidator(_is_address)]
CipherKey = Annotated[bytes, _key(16), Field(repr=False)]
TokenKey = Annotated[bytes, _key(32), Field(repr=False)]
MasterKey = Annotated[bytes, BeforeValidator(_master_key), Field(repr=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Keys(_Part):
    """The issuer's keys, in clear: they belong into a secret store, and into an HSM as soon as there is one."""

    cvk: CipherKey = b""
    pvk: CipherKey = b""
    pvk_index: int = Field(default=1, ge=0, le=9)
    pin_key: CipherKey = b""
    """Under which PIN blocks travel on the links, until a link receives a key of its own."""
    imk_ac: CipherKey = b""
    imk_smi: CipherKey = b""
    imk_smc: CipherKey = b""
    imk_cvc3: CipherKey = b""
    offset_key: CipherKey = b""
    zmk: CipherKey = b""
    """Under which the networks send new PIN keys."""
    kbpk: CipherKey = b""
    """The same for those that come as TR-31 blocks (version B)."""


KEY_NAMES = tuple(name for name in Keys.model_fields if name != "pvk_index")
NEEDED_KEYS = ("cvk", "pvk", "pin_key")
"""Without these a process does not start; without another one its check is not made."""


TEST_KEYS = Keys.model_validate(
    {
        "cvk": "0123456789ABCDEFFEDCBA9876543210",
        "pvk": "0123456789ABCDEFFEDCBA9876543210",
        "pvk_index": 1,
        "pin_key": "404142434445464748494A4B4C4D4E4F",
        "imk_ac": "0123456789ABCDEFFEDCBA9876543210",
        "imk_smi": "FEDCBA98765432100123456789ABCDEF",
        "imk_smc": "89ABCDEF0123456776543210FEDCBA98",
        "zmk": "67C4A7191ADAFD086432CE0DD6384AB8",
    }
)


class TlsSettings(_Part):
    """PEM files of a link that speaks TLS (1.2 at least)."""

    certificate: Path | None = None
    """Ours."""
    key: Path | None = None
    ca: Path | None = None
    """Whom we trust: the clients' issuer where we listen, the network's where we connect (required there)."""
    require_client_certificate: bool = False
    """Where we listen: whoever has none signed by `ca` is turned away."""
    server_name: str = ""
    """The name in the network's certificate, where it is not the host we connect to."""


class LinkSettings(_Part):
    """One link of the switch: who speaks there (a network profile) and where it listens, or whom it connects to."""

    profile: str
    """A network profile by name, or the path of a .toml file."""
    listen: ListenAddress | None = None
    """Where the network comes to us."""
    connect: ListenAddress | None = None
    """Where we go to the network; either this or `listen`. A clearing link listens."""
    connections: int = Field(default=2, gt=0, le=64)
    """Kept open where the link connects: the loss of one is not the loss of the link."""
    tls: TlsSettings | None = None
    """The next table; without it the link is not encrypted."""
    file_update_password: str = Field(default="", pattern="^([ -~]{8})?$", repr=False)
    """DE 96 of our file updates, where the network gave us one."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.listen is None) is (self.connect is None):
            raise PydanticCustomError("direction", "must have either listen or connect")
        return self


class RateSettings(_Part):
    """For what is billed in another currency than the account's: `"USD/EUR" = "0.9217"` is what 1 USD costs in EUR.

    Numbers are text, because money knows no float.
    """

    markup_percent: str = "0"
    """What the cardholder pays on top."""
    pairs: dict[str, str] = {}
    """From, to and price."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _, mistakes = parse_rates(self.markup_percent, self.pairs)
        if mistakes:
            raise PydanticCustomError("rates", "{mistakes}", {"mistakes": "; ".join(mistakes)})
        return self

    @property
    def rates(self) -> Rates:
        return parse_rates(self.markup_percent, self.pairs)[0]


class CardLayout(_Part):
    """How this issuer's cards are made, as far as no message says it. What is not given is not checked.

    Maps of a contactless stripe (EMV book C-2) may be written in hexadecimal: cvc3_code_map = 0x00E0.
    """

    track_cvc_at: int | None = Field(default=None, ge=0, le=16)
    """Digits before the code in the discretionary data of track 2; 5 where PVV and its key index stand before it."""
    cvc3_code_map: int | None = None
    """Where the code of a contactless stripe stands; without it that check is not made."""
    cvc3_number_map: int = 0
    cvc3_counter_digits: int = 0

    @model_validator(mode="after")
    def _is_a_layout(self) -> Self:
        try:
            _ = self.dynamic_track
        except ValueError as error:
            raise PydanticCustomError("dynamic_track", "{reason}", {"reason": str(error)}) from None
        return self

    @property
    def dynamic_track(self) -> DynamicTrackLayout | None:
        if self.cvc3_code_map is None:
            return None
        return DynamicTrackLayout(self.cvc3_code_map, self.cvc3_number_map, self.cvc3_counter_digits)


class Limits(_Part):
    """Every bound of the process, each with its reason."""

    max_inflight: int = Field(default=2000, gt=0)
    """Messages being worked on at once; beyond it 91. At 10,000/s this is 0.2 s of work: later answers are late ones."""
    max_batch: int = Field(default=200, gt=0, le=1000)
    """Commands per transaction. Measured: beyond 200 the rate stays and the latency grows."""
    writers: int = Field(default=2, gt=0, le=8)
    """Of the ledger, each on a stream of its own: while Postgres stores one batch, Python decides another."""
    max_waiting: int = Field(default=4000, gt=0)
    """Commands queued for the journal, twice what may be in flight: their voids queue there too."""
    redis_timeout_seconds: float = Field(default=0.25, gt=0, le=5)
    """Redis only saves time; past this the ledger alone is quicker."""
    postgres_pool: int = Field(default=4, gt=0, le=50)
    """Reading connections beside the writer's own: cold loads and checks."""
    card_directory: int = Field(default=100_000, gt=0)
    """Token to account, kept in the process: about 20 MB when full."""
    drain_seconds: float = Field(default=10.0, gt=0, le=300)
    """SIGTERM to closed links: longer than any response deadline, shorter than an orchestrator's patience."""


DEFAULT_LINKS: Mapping[str, Mapping[str, str]] = {
    "mastercard": {"profile": "mastercard", "listen": "127.0.0.1:8583"},
    "mastercard-ascii": {"profile": "mastercard-ascii", "listen": "127.0.0.1:8584"},
    "clearing": {"profile": "clearing", "listen": "127.0.0.1:8585"},
}


class Settings(BaseSettings):
    """Empty means not given; `load` says which of them a command cannot do without."""

    model_config = SettingsConfigDict(env_prefix="CARDLINE_", env_nested_delimiter="__", frozen=True, extra="forbid")

    postgres_dsn: Annotated[str, _url("postgresql", "postgres"), Field(repr=False)] = ""
    """The ledger: its owner for `migrate`, a login that may take the roles of the schema elsewhere."""
    redis_url: Annotated[str, _url("redis", "rediss", "unix"), Field(repr=False)] = ""
    """The cache; nothing in it is missed when it is lost."""
    token_key: TokenKey = b""
    """Makes PANs into tokens. It belongs to its database and is not rotated: with another no card would be known."""
    clearing_key: TokenKey = b""
    """Seals clearing files where they are kept. Not given, it is made from the token key."""
    settlement_accounts: dict[str, str] = {}
    """Over which account we settle, by currency (EUR = "IBAN or number"). One not given is the first a bank statement came of."""
    pan_key: TokenKey = b""
    """Under which card numbers are kept, sealed, where a link takes file updates; nowhere else are they kept at all."""
    card_range: str = Field(default="541333", pattern="^[0-9]{6,11}$")
    """First digits of the cards issued here. The default is the public test range."""
    policy: str = "default"
    """A shipped policy by name, or the path of a .toml file."""
    shadow_policy: str = ""
    """A draft that is asked beside it, without effect; its differences are counted."""
    keys: Keys = Keys()
    key_file: Path | None = None
    """Instead of `keys`: made by `cardline keys create`, opened with the master key."""
    master_key: MasterKey = b""
    """Opens `key_file`. Only from the environment."""
    links: dict[str, LinkSettings] = Field(default={}, validate_default=True, min_length=1)
    """By name; without any: mastercard on 127.0.0.1:8583, mastercard-ascii on 127.0.0.1:8584, clearing on 127.0.0.1:8585."""
    metrics_listen: ListenAddress = "127.0.0.1:9583"
    """Where /metrics, /healthz and /readyz are."""
    anchor_file: Path | None = None
    """Where seals over the books are kept outside the database. `up` has its own; elsewhere none unless given."""
    hold_validity: Path | None = None
    """Instead of configs/hold_validity.toml: how long holds stand."""
    clearing_tolerances: Path | None = None
    """Instead of configs/clearing_tolerances.toml: what presentments may add to what was authorized."""
    rates: RateSettings = RateSettings()
    card_layout: CardLayout = CardLayout()
    limits: Limits = Limits()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What `load` passes in comes from the file, so the environment stands above it."""
        return env_settings, init_settings

    @property
    def uses_test_keys(self) -> bool:
        """Of the keys in the settings; a key file has been asked when it was loaded."""
        return bool(_test_keys_in(self.keys))


def load(
    config: Path | None = None,
    *,
    require: Collection[str] = (),
    allow_test_keys: bool = False,
    fallback: Mapping[str, Any] | None = None,
    opens_keys: bool = True,
) -> Settings:
    """`require` names the keys that must be given ("postgres_dsn", "keys"); `fallback` fills what nobody has given.

    With `allow_test_keys` missing keys are the test keys, unless all that are needed are given. Without `opens_keys`
    nothing is said of the key file's content.
    Raises ConfigurationError with all mistakes.
    """
    document = {"links": DEFAULT_LINKS, **(fallback or {}), **setting_sources.document(config)}
    if "master_key" in document:
        raise ConfigurationError("master_key: belongs into the environment (CARDLINE_MASTER_KEY), not into a file")
    try:
        settings = Settings(**document)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        told = [setting_sources.told(each, Settings, config, os.environ) for each in found]
        raise ConfigurationError(*told, *_not_given(document, require, allow_test_keys)) from None
    except SettingsError as error:
        raise ConfigurationError(f"environment: {error}") from None
    needed, from_file = "keys" in require, settings.key_file is not None
    if allow_test_keys and not from_file:
        settings = settings.model_copy(update={"keys": _completed(settings.keys)})
    is_opened = opens_keys and (needed or bool(settings.master_key))
    in_file = _in_key_file(settings, is_opened, needed=needed, allow_test_keys=allow_test_keys) if from_file else []
    if mistakes := [*_missing(settings, require), *_forbidden(settings, allow_test_keys), *in_file]:
        raise ConfigurationError(*mistakes)
    return settings


def _in_key_file(settings: Settings, is_opened: bool, *, needed: bool, allow_test_keys: bool) -> list[str]:
    from cardline.card_keys import key_file_mistakes  # which stands above the settings

    if any(getattr(settings.keys, name) for name in KEY_NAMES):
        return ["keys: given in the settings and in key_file; only one may be"]
    if not is_opened:
        return []  # a command that asks no card's keys does not need the master key either
    return key_file_mistakes(settings, needed=needed, allow_test_keys=allow_test_keys)


def _missing(settings: Settings, require: Collection[str]) -> list[str]:
    absent = [name for name in require if name != "keys" and not getattr(settings, name)]
    if "keys" in require and settings.key_file is None:
        absent += [f"keys.{name}" for name in NEEDED_KEYS if not getattr(settings.keys, name)]
    return list(map(_absence, absent))


def _not_given(document: Mapping[str, Any], require: Collection[str], allow_test_keys: bool) -> list[str]:
    """The same before there are settings, because some of what is given is wrong."""
    wanted = [name for name in require if name != "keys"]
    if "keys" in require and not allow_test_keys and not setting_sources.is_given(["key_file"], document, os.environ):
        wanted += [f"keys.{name}" for name in NEEDED_KEYS]
    return [_absence(name) for name in wanted if not setting_sources.is_given(name.split("."), document, os.environ)]


def _absence(name: str) -> str:
    return f"{name}: missing (set CARDLINE_{name.upper().replace('.', '__')})"


def _forbidden(settings: Settings, allow_test_keys: bool) -> list[str]:
    if allow_test_keys:
        return []
    return [
        f"keys.{name}: is the public test key (--allow-test-keys is for development only)"
        for name in _test_keys_in(settings.keys)
    ]


def _test_keys_in(keys: Keys) -> list[str]:
    given = ((name, getattr(keys, name)) for name in KEY_NAMES)
    return [name for name, key in given if key and key == getattr(TEST_KEYS, name)]


def _completed(keys: Keys) -> Keys:
    """A key that is given stays; one that is not becomes the test key. Whoever gives all that are needed lacks none:
    what the others are for is then not checked, as in production, and no public key slips in among his own.
    """
    if all(getattr(keys, name) for name in NEEDED_KEYS):
        return keys
    return keys.model_copy(update={name: getattr(TEST_KEYS, name) for name in KEY_NAMES if not getattr(keys, name)})
