"""What an answer tells the terminal and the chip of the checks: DE 48 SE 83, 84 and 87, and tag 91 of DE 55. Pure, tables."""

from collections.abc import Mapping

from authorizer.card_checks import CardChecks, Check
from authorizer.reasons import DeclineReason
from switch.tlv import build_icc_data

APPROVED_CODES = frozenset({"00", "08", "10", "85", "87"})
APPROVED_TO_THE_CHIP, DECLINED_TO_THE_CHIP = bytes.fromhex("0012"), bytes.fromhex("0000")
"""The ARPC response code of M/Chip: approve and reset its counters, or decline."""
ISSUER_AUTHENTICATION = "91"

TRY_LATER, DO_NOT_TRY_AGAIN = "02", "03"
MERCHANT_ADVICE: Mapping[DeclineReason, str] = {
    DeclineReason.UNKNOWN_CARD: DO_NOT_TRY_AGAIN,
    DeclineReason.CARD_LOST: DO_NOT_TRY_AGAIN,
    DeclineReason.CARD_STOLEN: DO_NOT_TRY_AGAIN,
    DeclineReason.CARD_CLOSED: DO_NOT_TRY_AGAIN,
    DeclineReason.ACCOUNT_CLOSED: DO_NOT_TRY_AGAIN,
    DeclineReason.OVER_LIMIT: TRY_LATER,
    DeclineReason.OVER_COUNT_LIMIT: TRY_LATER,
    DeclineReason.INSUFFICIENT_FUNDS: TRY_LATER,
    DeclineReason.TIMEOUT: TRY_LATER,
    DeclineReason.OVERLOADED: TRY_LATER,
    DeclineReason.SYSTEM_UNAVAILABLE: TRY_LATER,
}
"""SE 84. A reason that is not here carries none: the merchant may be told nothing that is not certain."""
_BY_WORD = {reason.value: code for reason, code in MERCHANT_ADVICE.items()}

_CVC2_RESULTS = {Check.MATCH: "M", Check.NO_MATCH: "N", Check.NOT_PROCESSED: "P"}
WRONG_TRACK_CODE = "Y"
"""SE 87 of a code of stripe, chip or contactless stripe that is wrong; one that is right is not mentioned."""


def subelements(checks: CardChecks, reason: str) -> dict[str, str]:
    """Those that the answer adds to DE 48, ascending. `reason` is the outcome's word; an approval's has no advice."""
    added: dict[str, str] = {}
    if checks.avs is not None:
        added["83"] = checks.avs.value
    if reason in _BY_WORD:
        added["84"] = _BY_WORD[reason]
    if result := _code_result(checks):
        added["87"] = result
    return added


def _code_result(checks: CardChecks) -> str | None:
    if Check.NO_MATCH in (checks.cvc1, checks.chip_cvc, checks.cvc3):
        return WRONG_TRACK_CODE
    return _CVC2_RESULTS.get(checks.cvc2)


def issuer_data(checks: CardChecks, response_code: str) -> bytes | None:
    """DE 55 of the answer: only to a cryptogram that was genuine, else the chip would believe whoever answers."""
    if checks.cryptogram is None or not checks.is_cryptogram_genuine:
        return None
    arc = APPROVED_TO_THE_CHIP if response_code in APPROVED_CODES else DECLINED_TO_THE_CHIP
    return build_icc_data([(ISSUER_AUTHENTICATION, checks.cryptogram.issuer_authentication(arc))])
