"""The issuer's keys by name: which set (a card product), for which use, under which index. In memory only.

Several sets live side by side, and within a set several keys of one use: a PVV key index, an EMV key derivation index,
an old key beside the new one. Index 0 serves every index that has no key of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from authorizer.crypto.check_value import aes_key_check_value, key_check_value
from authorizer.crypto.des import with_odd_parity

DEFAULT_SET = "default"
ANY_INDEX = 0


class KeyUse(Enum):
    """The value is its name in key files and settings. One key has one use (ISO 11568)."""

    CVK = "cvk"
    CVC3 = "imk_cvc3"
    PVK = "pvk"
    OFFSET = "offset_key"
    IMK_AC = "imk_ac"
    IMK_SMI = "imk_smi"
    IMK_SMC = "imk_smc"
    PIN = "pin_key"
    PIN_AES = "pin_key_aes"
    ZMK = "zmk"
    KBPK = "kbpk"
    KBPK_AES = "kbpk_aes"

    @property
    def is_aes(self) -> bool:
        return self in (KeyUse.PIN_AES, KeyUse.KBPK_AES)

    @property
    def lengths(self) -> tuple[int, ...]:
        """In bytes. Keys in transit and zone keys may be triple length."""
        if self.is_aes:
            return (16, 24, 32)
        return (16, 24) if self in (KeyUse.PIN, KeyUse.ZMK, KeyUse.KBPK) else (16,)


@dataclass(frozen=True, slots=True)
class KeyName:
    """Written set/use/index, as in `default/pvk/1`."""

    key_set: str
    use: KeyUse
    index: int = ANY_INDEX

    @classmethod
    def parse(cls, text: str) -> "KeyName":
        """Raises ValueError naming what is wrong with it; a name holds no secret."""
        parts = text.split("/")
        try:
            key_set, use = parts[0], KeyUse(parts[1])
            index = int(parts[2]) if len(parts) > 2 else ANY_INDEX
        except (IndexError, ValueError):
            uses = ", ".join(known.value for known in KeyUse)
            raise ValueError(f"{text!r} is no key name: SET/USE[/INDEX], where USE is one of {uses}") from None
        if len(parts) > 3 or not key_set.isidentifier() or not 0 <= index <= 255:
            raise ValueError(f"{text!r} is no key name: SET is one word, INDEX 0 to 255")
        return cls(key_set, use, index)

    def __str__(self) -> str:
        return f"{self.key_set}/{self.use.value}/{self.index}"


class KeyRing:
    """Keys by name. Raises ValueError, naming the key and not showing it, for one whose length does not fit its use."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[KeyName, bytes]) -> None:
        for name, key in keys.items():
            if len(key) not in name.use.lengths:
                lengths = " or ".join(map(str, name.use.lengths))
                raise ValueError(f"{name}: a key of this use has {lengths} bytes")
            if name.use is KeyUse.PVK and name.index > 9:
                raise ValueError(f"{name}: a PVV key index is one digit")
        self._keys = MappingProxyType(dict(keys))

    @property
    def names(self) -> list[KeyName]:
        return in_order(self._keys)

    def items(self) -> list[tuple[KeyName, bytes]]:
        """Clear keys, for who builds contexts or seals them."""
        return [(name, self._keys[name]) for name in self.names]

    def check_value(self, name: KeyName) -> str:
        return check_value(name.use, self._keys[name])

    def same_as(self, others: "KeyRing") -> list[KeyName]:
        """Which of these keys some key of `others` is, whatever its use. DES does not see parity bits, so nor do we."""
        known = {with_odd_parity(key) for _, key in others.items()}
        return [name for name, key in self.items() if with_odd_parity(key) in known]

    def has(self, key_set: str, use: KeyUse) -> bool:
        """Under any index."""
        return any(name.key_set == key_set and name.use is use for name in self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(map(str, self.names))})"


def default_ring(*, pvk_index: int = ANY_INDEX, **keys: bytes) -> KeyRing:
    """The default set from keys named by their use; empty ones are absent. ValueError as `KeyRing`, or for an unknown use."""
    uses = {KeyUse(name): key for name, key in keys.items() if key}
    return KeyRing({KeyName(DEFAULT_SET, use, pvk_index if use is KeyUse.PVK else ANY_INDEX): key for use, key in uses.items()})


def in_order(names: Iterable[KeyName]) -> list[KeyName]:
    return sorted(names, key=lambda name: (name.key_set, name.use.value, name.index))


def check_value(use: KeyUse, key: bytes) -> str:
    """Six hexadecimal digits, by the algorithm that the key is for."""
    return aes_key_check_value(key) if use.is_aes else key_check_value(key)
