"""Reads what the settings say and the files that they name: profiles, policies, certificates, keys."""

import itertools
import math
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography import x509

from cardline.card_keys import is_development, key_file_mistakes, uses_test_keys
from cardline.clearing_link.process import profiles_of
from cardline.errors import ConfigurationError as OperatorsError
from cardline.hold_validity import load_validity
from cardline.policies import load_policy
from cardline.running.kept_numbers import told_links
from cardline.running.listening import addresses
from cardline.setting_sources import stray_variables
from cardline.settings import LinkSettings, Settings
from cardline.settling.tolerances import load_tolerances
from cardline.watching.facts import SettingsFacts
from switch.errors import ConfigurationError
from switch.profile import NetworkProfile, load_profile
from switch.tls import TlsFiles, connecting_context, listening_context

_SECONDS_A_DAY = 86_400
_FEW_BYTES = 8
"""A key of 32 random bytes has some thirty different ones."""
_FILES_BESIDE_LINKS = 100
"""Stores, the log, modules."""
_CONNECTIONS_BESIDE = 2
"""The verifier's, and that of its proofs; the writers and the readers are settings."""


def examine_settings(settings: Settings) -> SettingsFacts:
    profiles, profile_faults = _profiles(settings)
    limits = settings.limits
    return SettingsFacts(
        has_token_key=bool(settings.token_key),
        has_weak_key=bool(settings.token_key) and len(set(settings.token_key)) < _FEW_BYTES,
        uses_test_keys=_of_keys(uses_test_keys, settings),
        is_development=_of_keys(is_development, settings),
        key_faults=key_file_mistakes(settings, needed=True, allow_test_keys=True) if settings.key_file is not None else [],
        open_key_file=_open_to_others(settings.key_file),
        profile_faults=profile_faults,
        pan_key_fault="; ".join(_faults(partial(told_links, settings))) if not profile_faults else "",
        policy_faults=[
            fault for name in (settings.policy, settings.shadow_policy) if name for fault in _faults(partial(load_policy, name))
        ],
        validity_faults=_faults(partial(load_validity, settings.hold_validity)),
        tolerance_faults=_faults(partial(load_tolerances, settings.clearing_tolerances)),
        shared_addresses=list(_shared_addresses(settings)),
        stray_variables=stray_variables(Settings, os.environ),
        tls_faults=list(_tls_faults(settings)),
        certificate_days=dict(_certificate_days(settings)),
        rates_into=sorted({bought for _, bought in settings.rates.rates.pairs}),
        connections=limits.writers + limits.postgres_pool + _CONNECTIONS_BESIDE,
        streams=limits.writers,
        files=sum(profile.max_connections for profile in profiles) + _FILES_BESIDE_LINKS,
    )


def _profiles(settings: Settings) -> tuple[list[NetworkProfile], list[str]]:
    profiles, faults = [], []
    for name, link in settings.links.items():
        try:
            profiles.append(load_profile(link.profile))
        except ConfigurationError as error:
            faults.append(f"link {name}: {error}")
    return profiles, faults or _faults(partial(profiles_of, settings))


def _faults(load: Callable[[], object]) -> list[str]:
    """What keeps a file from being used."""
    try:
        load()
    except OperatorsError as error:
        return list(error.mistakes)
    return []


def _of_keys(ask: Callable[[Settings], bool], settings: Settings) -> bool:
    try:
        return ask(settings)
    except OperatorsError:
        return False


def _open_to_others(key_file: Path | None) -> str:
    try:
        return str(key_file) if key_file is not None and key_file.stat().st_mode & 0o077 else ""
    except OSError:
        return ""  # that it is not there is said by whoever opens it


def _shared_addresses(settings: Settings) -> Iterator[str]:
    listening = addresses(settings)
    for (one, address), (other, same) in itertools.combinations(listening.items(), 2):
        if address == same and address.port:
            yield f"{one} and {other} both listen on {address}"


def _tls_faults(settings: Settings) -> Iterator[str]:
    for name, link in settings.links.items():
        if link.tls is None:
            continue
        context = listening_context if link.connect is None else connecting_context
        try:
            context(TlsFiles(**link.tls.model_dump()))
        except ConfigurationError as error:
            yield f"link {name}: {error}"


def _certificate_days(settings: Settings) -> Iterator[tuple[str, float]]:
    now = datetime.now(UTC)
    for path in {path for link in settings.links.values() for path in _certificates(link)}:
        try:
            chain = x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError):
            continue  # said above
        ends = min(certificate.not_valid_after_utc for certificate in chain)
        yield str(path), math.floor((ends - now).total_seconds() / _SECONDS_A_DAY * 10) / 10


def _certificates(link: LinkSettings) -> Iterator[Path]:
    if link.tls is not None:
        yield from (path for path in (link.tls.certificate, link.tls.ca) if path is not None)
