"""TLS of a link: contexts from certificate files, TLS 1.2 at least, and mutual where the link asks for it."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from switch.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Which files, all PEM. `ca` is whom we trust: the clients' issuer where we listen, the network's where we connect."""

    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    require_client_certificate: bool = False
    """Where we listen: refuse a peer that shows none, or one that `ca` has not signed."""
    server_name: str = ""
    """Where we connect: the name in the network's certificate, where it is not the host's."""


def listening_context(files: TlsFiles) -> ssl.SSLContext:
    """For a link that listens. ConfigurationError naming the key whose file is missing or wrong."""
    if files.certificate is None or files.key is None:
        raise ConfigurationError("tls.certificate: has to be given, with tls.key, where a link listens")
    if files.require_client_certificate and files.ca is None:
        raise ConfigurationError("tls.ca: has to be given where a client certificate is required")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context)
    _identify(context, files.certificate, files.key)
    if files.ca is not None:
        _trust(context, files.ca)
        context.verify_mode = ssl.CERT_REQUIRED if files.require_client_certificate else ssl.CERT_OPTIONAL
    return context


def connecting_context(files: TlsFiles) -> ssl.SSLContext:
    """For a link that connects: the network's certificate is always verified, ours shown where there is one."""
    if files.ca is None:
        raise ConfigurationError("tls.ca: has to be given where a link connects")
    if (files.certificate is None) is not (files.key is None):
        raise ConfigurationError("tls.certificate: goes with tls.key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context)
    _trust(context, files.ca)
    if files.certificate is not None and files.key is not None:
        _identify(context, files.certificate, files.key)
    return context


def _harden(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION


def _identify(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # never ask a terminal for a passphrase
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"tls.certificate: {certificate} and tls.key cannot be used: {_why(error)}") from None


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    try:
        context.load_verify_locations(ca)
    except OSError as error:
        raise ConfigurationError(f"tls.ca: {ca} cannot be used: {_why(error)}") from None


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return str(reason or type(error).__name__)
