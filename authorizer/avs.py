"""Address verification: what an acquirer asks in DE 120 (DE 48 SE 82 = 52) and the answer of SE 83.

DE 120 carries one form: 01 is postcode 9 and address 40, the condensed 02, 03 and 04 are postcode 9 and 5 digits of the
address. Which digits a condensed form takes is a table, because public sources do not agree on it. Addresses are
personal data: they show in no representation.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from authorizer.subfields import read_subfields

POSTCODE_LENGTH, ADDRESS_LENGTH, KEY_LENGTH = 9, 40, 5
_SHORT_POSTCODE, _LONG_POSTCODE = 5, 9


class AvsResult(Enum):
    """SE 83. The postcode is `SHORT` where its first five characters match, `LONG` where nine digits do."""

    ADDRESS_ONLY = "A"
    NEITHER = "N"
    RETRY = "R"
    NOT_SUPPORTED = "S"
    NO_DATA = "U"
    LONG_POSTCODE_ONLY = "W"
    ADDRESS_AND_LONG_POSTCODE = "X"
    ADDRESS_AND_SHORT_POSTCODE = "Y"
    SHORT_POSTCODE_ONLY = "Z"


class AddressForm(Enum):
    """The subfield of DE 120."""

    COMBINED = "01"
    FIRST_DIGITS = "02"
    LEADING_NUMBER = "03"
    CONDENSED = "04"


@dataclass(frozen=True, slots=True)
class AddressOnFile:
    """The street address in one line, and the postcode. Either may be empty."""

    address: str = field(repr=False)
    postcode: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddressAsked:
    form: AddressForm
    address: str = field(repr=False)
    postcode: str = field(repr=False)


class _Postcode(Enum):
    NONE, SHORT, LONG = range(3)


def read_address(additional_record: str) -> AddressAsked | None:
    """The first known form in DE 120; None where there is none, or where it is too short to hold a postcode."""
    for name, value in (read_subfields(additional_record) or {}).items():
        if name in _FORMS and len(value) >= POSTCODE_LENGTH:
            return AddressAsked(_FORMS[name], value[POSTCODE_LENGTH:].strip(), value[:POSTCODE_LENGTH].strip())
    return None


def avs_result(on_file: AddressOnFile | None, asked: AddressAsked | None) -> AvsResult:
    """NO_DATA where one side has nothing to compare. RETRY and NOT_SUPPORTED are the caller's to say."""
    if on_file is None or asked is None or not (on_file.address or on_file.postcode) or not (asked.address or asked.postcode):
        return AvsResult.NO_DATA
    is_address = _is_same_address(on_file.address, asked)
    return _RESULTS[is_address, _postcode(on_file.postcode, asked.postcode)]


def _is_same_address(on_file: str, asked: AddressAsked) -> bool:
    if asked.form is AddressForm.COMBINED:
        ours, theirs = _letters_and_digits(on_file[:ADDRESS_LENGTH]), _letters_and_digits(asked.address)
    else:
        ours, theirs = _KEYS[asked.form](on_file).lstrip("0"), asked.address.lstrip("0")
    return bool(theirs) and ours == theirs


def _postcode(on_file: str, asked: str) -> _Postcode:
    ours, theirs = _letters_and_digits(on_file), _letters_and_digits(asked)
    if not ours or not theirs:
        return _Postcode.NONE
    if ours == theirs and len(ours) == _LONG_POSTCODE and ours.isdigit():
        return _Postcode.LONG
    if ours.isdigit() and theirs.isdigit() and min(len(ours), len(theirs)) >= _SHORT_POSTCODE:
        return _Postcode.SHORT if ours[:_SHORT_POSTCODE] == theirs[:_SHORT_POSTCODE] else _Postcode.NONE
    return _Postcode.SHORT if ours == theirs else _Postcode.NONE


def _letters_and_digits(text: str) -> str:
    return "".join(c for c in text.upper() if c.isalnum())


def _first_digits(address: str) -> str:
    return "".join(c for c in address if c in "0123456789")[:KEY_LENGTH]


def _leading_number(address: str) -> str:
    """The digits before the first letter or space."""
    return _first_digits(re.split(r"[^\W\d_]|\s", address.strip(), maxsplit=1)[0])


_FORMS = {form.value: form for form in AddressForm}
_KEYS: Mapping[AddressForm, Callable[[str], str]] = {
    AddressForm.FIRST_DIGITS: _first_digits,
    AddressForm.LEADING_NUMBER: _leading_number,
    AddressForm.CONDENSED: _first_digits,
}
_RESULTS: Mapping[tuple[bool, _Postcode], AvsResult] = {
    (False, _Postcode.NONE): AvsResult.NEITHER,
    (False, _Postcode.SHORT): AvsResult.SHORT_POSTCODE_ONLY,
    (False, _Postcode.LONG): AvsResult.LONG_POSTCODE_ONLY,
    (True, _Postcode.NONE): AvsResult.ADDRESS_ONLY,
    (True, _Postcode.SHORT): AvsResult.ADDRESS_AND_SHORT_POSTCODE,
    (True, _Postcode.LONG): AvsResult.ADDRESS_AND_LONG_POSTCODE,
}
