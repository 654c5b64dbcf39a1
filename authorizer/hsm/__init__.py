"""What the switch asks of a hardware security module, and the software that does the same.

interface: the operations and their results, as values. software: `SoftwareHsm` over a key ring. working_keys: PIN keys
of the links, which change. The cryptography itself is in `authorizer.crypto`.
"""

from authorizer.crypto.check_value import key_check_value
from authorizer.crypto.cvc import CvcKind
from authorizer.crypto.pin_block import PinBlockFormat
from authorizer.crypto.pin_reference import OffsetRule
from authorizer.hsm.interface import (
    ArqcCheck,
    ArqcVerdict,
    CardReference,
    CvcCheck,
    Hsm,
    OffsetReference,
    PinBlock,
    PinCheck,
    PvvReference,
    WorkingKey,
)
from authorizer.hsm.software import SoftwareHsm

__all__ = [
    "ArqcCheck",
    "ArqcVerdict",
    "CardReference",
    "CvcCheck",
    "CvcKind",
    "Hsm",
    "OffsetReference",
    "OffsetRule",
    "PinBlock",
    "PinBlockFormat",
    "PinCheck",
    "PvvReference",
    "SoftwareHsm",
    "WorkingKey",
    "key_check_value",
]
