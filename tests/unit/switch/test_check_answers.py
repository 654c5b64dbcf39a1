"""What an answer tells terminal and chip."""

import pytest
from evidence import PIN_KEY, TEST_KEY, Chip

from authorizer.avs import AvsResult
from authorizer.card_checks import NOTHING_CHECKED, CardChecks, Check
from authorizer.hsm import CardReference, SoftwareHsm
from authorizer.keyring import default_ring
from authorizer.pan import Pan
from authorizer.reasons import DeclineReason
from switch.check_answers import MERCHANT_ADVICE, issuer_data, subelements
from switch.responses import RESPONSE_CODES
from switch.tlv import IccData, parse_icc_data

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

PAN = "5413330000000005"
CHIP = Chip(PAN)


def verified(data: bytes) -> CardChecks:
    icc = parse_icc_data(data)
    assert isinstance(icc, IccData)
    hsm = SoftwareHsm(default_ring(imk_ac=TEST_KEY, pin_key=PIN_KEY))
    return CardChecks(cryptogram=hsm.verify_arqc(CardReference(Pan(PAN)), dict(icc.items)))


@pytest.mark.parametrize(
    ("code", "response_code"), [("00", "0012"), ("10", "0012"), ("85", "0012"), ("51", "0000"), ("88", "0000")]
)
def test_the_chip_is_told_whether_its_issuer_approved(code: str, response_code: str) -> None:
    request = CHIP.data(28)
    answer = issuer_data(verified(request), code)
    assert answer is not None
    assert len(answer) == 12
    assert CHIP.believes(answer, request) == bytes.fromhex(response_code)


def test_a_chip_that_is_not_genuine_is_told_nothing() -> None:
    assert issuer_data(verified(CHIP.data(28, is_genuine=False)), "88") is None
    assert issuer_data(verified(CHIP.data(28, leave_out="9F37")), "88") is None
    assert issuer_data(NOTHING_CHECKED, "00") is None


@pytest.mark.parametrize(
    ("checks", "result"),
    [
        (CardChecks(cvc2=Check.MATCH), "M"),
        (CardChecks(cvc2=Check.NO_MATCH), "N"),
        (CardChecks(cvc2=Check.NOT_PROCESSED), "P"),
        (CardChecks(cvc1=Check.NO_MATCH), "Y"),
        (CardChecks(chip_cvc=Check.NO_MATCH, cvc2=Check.MATCH), "Y"),
        (CardChecks(cvc3=Check.NO_MATCH), "Y"),
        (CardChecks(cvc1=Check.MATCH), None),
        (NOTHING_CHECKED, None),
    ],
)
def test_se_87_tells_the_result_of_the_code(checks: CardChecks, result: str | None) -> None:
    assert subelements(checks, "approved").get("87") == result


def test_subelements_stand_in_ascending_order() -> None:
    found = subelements(CardChecks(avs=AvsResult.NEITHER, cvc2=Check.MATCH), "insufficient_funds")
    assert list(found.items()) == [("83", "N"), ("84", "02"), ("87", "M")]


def test_the_advice_to_the_merchant_follows_the_code_of_the_domain() -> None:
    wanted = dict.fromkeys(("51", "61", "65", "91", "96"), "02") | dict.fromkeys(("14", "41", "43", "46"), "03")
    assert {reason: MERCHANT_ADVICE.get(reason) for reason in DeclineReason} == {
        # 65 also says that the cardholder must be authenticated; trying later does not help there.
        reason: None if reason is DeclineReason.AUTHENTICATION_REQUIRED else wanted.get(RESPONSE_CODES[reason])
        for reason in DeclineReason
    }
    assert subelements(NOTHING_CHECKED, "approved") == {}
