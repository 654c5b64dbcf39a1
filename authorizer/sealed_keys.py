"""A key ring as a document that may lie on a disk: each key enciphered (AES-256-GCM) under a master key.

A key is bound to its name, to the version of the file and to the names of all keys in it: none can be moved, swapped,
dropped or mixed with an older file unnoticed. Check values stand in clear; they show which keys these are and no more.
"""

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from authorizer.errors import KeyFileError
from authorizer.keyring import KeyName, KeyRing, check_value, in_order

FORMAT = "cardline keys 1"
MASTER_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An opened file. The version grows by one with each writing."""

    ring: KeyRing
    version: int


def parse_master_key(text: str) -> bytes:
    """64 hexadecimal characters or the base64 of 32 bytes. Raises ValueError without the text."""
    text = text.strip()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * MASTER_KEY_BYTES else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError("a master key has 32 bytes, in hexadecimal or base64")
    return key


def master_key_check_value(master_key: bytes) -> str:
    return hmac.digest(master_key, b"cardline master key check", "sha256")[:3].hex().upper()


def seal(file: KeyFile, master_key: bytes) -> bytes:
    """The document. Different each time, because every nonce is drawn anew."""
    names = file.ring.names
    keys = [
        {
            "key": str(name),
            "check_value": check_value(name.use, key),
            "sealed": _sealed(AESGCM(master_key), key, _bound(name, names, file.version)),
        }
        for name, key in file.ring.items()
    ]
    head = {"format": FORMAT, "version": file.version, "master_key_check": master_key_check_value(master_key)}
    return orjson.dumps(head | {"keys": keys}, option=orjson.OPT_INDENT_2) + b"\n"


def unseal(document: bytes, master_key: bytes) -> KeyFile:
    """Raises KeyFileError: what is wrong and with which key. The caller puts the file's name before it."""
    version, master_check, entries = _read(document)
    given = master_key_check_value(master_key)
    if not hmac.compare_digest(master_check, given):
        raise KeyFileError(f"sealed under another master key (its check value is {master_check}, the given one's {given})")
    names = in_order(name for name, _, _ in entries)
    keys: dict[KeyName, bytes] = {}
    for name, check, sealed in entries:
        try:
            key = AESGCM(master_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(name, names, version))
        except (InvalidTag, ValueError):
            raise KeyFileError(f"{name} does not open: it was changed, or moved from another place or version") from None
        if check_value(name.use, key) != check:
            raise KeyFileError(f"{name} has another check value than the file says")
        keys[name] = key
    try:
        return KeyFile(KeyRing(keys), version)
    except ValueError as error:
        raise KeyFileError(str(error)) from None


def _read(document: bytes) -> tuple[int, str, list[tuple[KeyName, str, bytes]]]:
    """The parts, with every type checked."""
    try:
        head: dict[str, Any] = orjson.loads(document)
        if head["format"] != FORMAT:
            raise KeyFileError(f"is no key file of this release (format {FORMAT!r})")
        entries = [
            (KeyName.parse(entry["key"]), str(entry["check_value"]), base64.b64decode(entry["sealed"], validate=True))
            for entry in head["keys"]
        ]
        version, master_check = int(head["version"]), str(head["master_key_check"])
        master_check.encode("ascii")
    except (KeyError, TypeError, AttributeError, ValueError):  # orjson's and base64's errors are ValueErrors
        raise KeyFileError("is no key file") from None
    if len({name for name, _, _ in entries}) != len(entries):
        raise KeyFileError("names a key twice")
    return version, master_check, entries


def _sealed(cipher: AESGCM, key: bytes, bound: bytes) -> str:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.b64encode(nonce + cipher.encrypt(nonce, key, bound)).decode()


def _bound(name: KeyName, names: Sequence[KeyName], version: int) -> bytes:
    return f"{FORMAT}|{version}|{name}|{','.join(map(str, names))}".encode()
