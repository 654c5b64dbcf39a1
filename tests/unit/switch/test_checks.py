"""What a message proves. The messages are made with psec and pyemv, so that two implementations have to agree."""

from dataclasses import replace

import pytest
from evidence import (
    CVC3_KEY,
    PIN_KEY,
    PIN_KEY_AES,
    TEST_KEY,
    Chip,
    cvc,
    dynamic_track2,
    other,
    pin_block,
    pin_block_4,
    pin_offset,
    pvv,
    track2,
)
from hypothesis import given
from hypothesis import strategies as st
from test_translate import PAN, message, parts

from authorizer.avs import AddressOnFile, AvsResult
from authorizer.card_checks import NOTHING_CHECKED, CardChecks, Check
from authorizer.crypto.dynamic_track import DynamicTrackLayout
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.hsm import ArqcVerdict, PinCheck, SoftwareHsm
from authorizer.keyring import default_ring
from authorizer.three_d_secure import UcafLevel
from authorizer.wallet_token import AccountNumberKind, PanMappingFault
from switch.checks import Checker, asks_for_address

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

RING = default_ring(
    cvk=TEST_KEY, pvk=TEST_KEY, pvk_index=1, pin_key=PIN_KEY, pin_key_aes=PIN_KEY_AES, imk_ac=TEST_KEY, imk_cvc3=CVC3_KEY,
    offset_key=TEST_KEY,
)  # fmt: skip
LAYOUT = DynamicTrackLayout(code_map=0b1110, number_map=0b111_1110_0000, counter_digits=3)
CHECKER = Checker(SoftwareHsm(RING), track_cvc_at=5, dynamic_track=LAYOUT)
FACTS = CardFacts(
    card_id=7, account_id=8, asset="EUR", card_status=CardStatus.ACTIVE, account_status=AccountStatus.OPEN, expiry="2912", psn="00",
    pvv=pvv("1234", PAN), facts_version=1,
)  # fmt: skip
BY_OFFSET = replace(FACTS, pvv="", pin_offset=pin_offset("1234", PAN))
CHIP = Chip(PAN)
CVC1, ICVC = cvc(PAN, "2912", "201"), cvc(PAN, "2912", "999")


def private_data(subelements: dict[str, str]) -> bytes:
    return ("R" + "".join(f"{name}{len(value):02}{value}" for name, value in subelements.items())).encode()


def checked(
    *,
    checker: Checker = CHECKER,
    facts: CardFacts | None = FACTS,
    address: AddressOnFile | AvsResult | None = None,
    **changes: str | bytes | None,
) -> CardChecks:
    sent = message(**changes)
    return checker.checked(sent, parts(sent), facts, "mastercard", address)


def test_a_message_that_carries_nothing_and_a_card_that_nobody_knows_cost_nothing() -> None:
    assert checked() is NOTHING_CHECKED
    assert checked(e48=b"R610500001") is NOTHING_CHECKED
    assert checked(e52=pin_block("1234", PAN), facts=None) is NOTHING_CHECKED


def test_a_cvc2_is_checked_where_it_is_sent() -> None:
    right = cvc(PAN, "2912", "000")
    assert checked(e48=f"R9203{right}".encode()).cvc2 is Check.MATCH
    assert checked(e48=f"R9203{other(right)}".encode()).cvc2 is Check.NO_MATCH
    assert checked(e48=b"R9203   ").cvc2 is Check.NOT_PRESENT
    assert checked(e48=f"R9203{right}".encode(), e14=None).cvc2 is Check.NOT_PROCESSED


@pytest.mark.parametrize("facts", [FACTS, BY_OFFSET], ids=["pvv", "offset"])
def test_a_pin_is_checked_by_what_the_card_keeps_of_it(facts: CardFacts) -> None:
    assert checked(facts=facts, e52=pin_block("1234", PAN)).pin is PinCheck.MATCH
    assert checked(facts=facts, e52=pin_block("1235", PAN)).pin is PinCheck.NO_MATCH
    assert checked(facts=facts, e52=bytes(8)).pin is PinCheck.UNREADABLE
    assert checked(facts=facts, e52=pin_block("1234", "5413330000000013")).pin is not PinCheck.MATCH


@pytest.mark.parametrize("facts", [FACTS, BY_OFFSET], ids=["pvv", "offset"])
def test_a_format_4_block_comes_in_de_110(facts: CardFacts) -> None:
    blocks = {pin: pin_block_4(pin, PAN).hex().upper() for pin in ("1234", "4321")}
    found = [checked(facts=facts, e53="9701140001000000", e110=block).pin for block in blocks.values()]
    assert found == [PinCheck.MATCH, PinCheck.NO_MATCH]
    assert checked(facts=facts, e53="9701140001000000", e110="X" * 32).pin is None


def test_a_pin_that_cannot_be_compared_says_so() -> None:
    assert checked(facts=replace(FACTS, pvv=""), e52=pin_block("1234", PAN)).pin is PinCheck.NO_KEY
    assert checked(e52=pin_block("1234", PAN), e53="9701990001000000").pin is PinCheck.NO_KEY


def test_the_stripe_is_checked_with_the_service_code_of_its_track() -> None:
    assert checked(e22="901", e35=track2(PAN, "2912", "201", CVC1)).cvc1 is Check.MATCH
    assert checked(e22="901", e35=track2(PAN, "2912", "101", CVC1)).cvc1 is Check.NO_MATCH
    assert checked(e22="901", e35=track2(PAN, "2912", "201", other(CVC1))).cvc1 is Check.NO_MATCH
    assert checked(e22="901", e35=track2("5413330000000013", "2912", "201", CVC1)).cvc1 is Check.NO_MATCH


def test_a_chips_track_carries_the_chips_own_code_and_no_other() -> None:
    assert checked(e22="051", e35=track2(PAN, "2912", "201", ICVC)).chip_cvc is Check.MATCH
    assert checked(e22="071", e35=track2(PAN, "2912", "201", CVC1)).chip_cvc is Check.NO_MATCH
    copied_to_a_stripe = checked(e22="901", e35=track2(PAN, "2912", "201", ICVC))
    assert (copied_to_a_stripe.cvc1, copied_to_a_stripe.chip_cvc) == (Check.NO_MATCH, Check.NOT_PRESENT)


def test_a_track_is_left_alone_where_nobody_has_said_where_its_code_stands() -> None:
    silent = replace(CHECKER, track_cvc_at=None, dynamic_track=None)
    wrong = track2(PAN, "2912", "201", other(CVC1))
    assert checked(checker=silent, e22="901", e35=wrong) == NOTHING_CHECKED
    assert checked(checker=silent, e22="911", e35=wrong) == NOTHING_CHECKED


def test_a_truncated_track_proves_nothing() -> None:
    assert checked(e22="021", e35=f"{PAN}=2912").cvc1 is Check.NOT_PRESENT
    assert checked(e22="901", e35=f"{PAN}=2912201").cvc1 is Check.NO_MATCH


def test_a_contactless_stripe_proves_its_dynamic_code_and_its_counter() -> None:
    genuine = dynamic_track2(PAN, "2912", atc=94, number=899)
    found = checked(e22="911", e35=genuine)
    assert (found.cvc3, found.atc) == (Check.MATCH, 94)
    forged = checked(e22="911", e35=genuine.replace("00094", "00095"))
    assert (forged.cvc3, forged.atc) == (Check.NO_MATCH, None)
    assert checked(e22="911", e35=genuine, e48=private_data({"34": "00094000000"})).cvc3 is Check.MATCH
    assert checked(e22="911", e35=genuine, e48=private_data({"34": "01094000000"})).cvc3 is Check.NO_MATCH


@pytest.mark.parametrize(
    ("last_seen", "atc"), [(-1, 94), (93, 94), (94, 94), (100, 94), (1090, 1094), (1094, 1094), (2999, 3001), (65_000, 65_001)]
)
def test_a_counter_of_which_the_track_has_only_the_end_is_completed_from_the_last_one_seen(last_seen: int, atc: int) -> None:
    found = checked(facts=replace(FACTS, atc=last_seen), e22="911", e35=dynamic_track2(PAN, "2912", atc=atc, number=899))
    assert (found.cvc3, found.atc) == (Check.MATCH, atc)


def test_a_genuine_cryptogram_vouches_for_its_counter_and_a_wrong_one_for_nothing() -> None:
    genuine, wrong = checked(e55=CHIP.data(28)), checked(e55=CHIP.data(28, is_genuine=False))
    assert genuine.is_cryptogram_genuine
    assert (genuine.atc, wrong.atc) == (28, None)
    assert wrong.cryptogram is not None
    assert wrong.cryptogram.verdict is ArqcVerdict.NO_MATCH


def test_the_cryptogram_is_that_of_the_card_with_the_sequence_number_of_de_23() -> None:
    second = Chip(PAN, "02").data(28)
    assert checked(e23="002", e55=second).is_cryptogram_genuine
    assert not checked(e55=second).is_cryptogram_genuine


def test_a_cryptogram_that_cannot_be_recomputed_names_what_is_missing() -> None:
    found = checked(e55=CHIP.data(28, leave_out="9F37")).cryptogram
    assert found is not None
    assert found.fault is not None
    assert found.fault.tag == "9F37"
    assert checked(e55=CHIP.data(28, leave_out="9F26")).cryptogram is None


@pytest.mark.parametrize("kind", ["C", "H", "F"])
def test_a_wallets_own_cryptogram_is_not_held_against_the_card(kind: str) -> None:
    mapping = private_data({"33": f"0101{kind}0216541333{'0' * 10}"})
    found = checked(e48=mapping, e55=CHIP.data(28, is_genuine=False), e35=track2(PAN, "2912", "201", other(ICVC)))
    assert (found.cryptogram, found.chip_cvc) == (None, Check.NOT_PRESENT)
    assert found.wallet is AccountNumberKind(kind)


def test_a_mapping_to_the_cards_own_number_changes_nothing() -> None:
    plain = private_data({"33": f"0101M0216{PAN}"})
    assert not checked(e48=plain, e55=CHIP.data(28, is_genuine=False)).is_cryptogram_genuine
    assert checked(e48=private_data({"33": "XXXX"})).wallet is PanMappingFault.UNREADABLE


ON_FILE = AddressOnFile("12 Main Street", "10115")
ASKED = "0149" + "10115".ljust(9) + "12 Main Street".ljust(40)


def test_an_address_is_compared_with_the_one_on_file() -> None:
    request = {"e48": b"R820252", "e120": ASKED}
    assert checked(address=ON_FILE, **request).avs is AvsResult.ADDRESS_AND_SHORT_POSTCODE
    assert checked(address=None, **request).avs is AvsResult.NO_DATA
    assert checked(address=AvsResult.RETRY, **request).avs is AvsResult.RETRY
    assert checked(address=ON_FILE, e48=b"R820251", e120=ASKED).avs is AvsResult.NOT_SUPPORTED
    assert [asks_for_address(parts(message(e48=text))) for text in (b"R820252", b"R820251", b"R")] == [True, False, False]


def test_what_the_merchant_says_of_the_cardholder_is_classified_and_not_demanded() -> None:
    aav = "kBM" + "A" * 24 + "="
    found = checked(e48=private_data({"42": "0103212", "43": aav, "66": "01012"}))
    assert found.three_d_secure is not None
    assert (found.three_d_secure.level, found.three_d_secure.fault, found.three_d_secure.program) == (
        UcafLevel.AUTHENTICATED,
        None,
        "2",
    )
    alone = checked(e48=b"R42070103212").three_d_secure
    assert alone is not None
    assert not alone.is_authenticated


def test_the_record_says_what_was_checked_and_no_secret() -> None:
    found = checked(e48=f"R9203{cvc(PAN, '2912', '000')}42070103212".encode(), e52=pin_block("1234", PAN), e55=CHIP.data(28))
    assert found.words() == {"cvc2": "match", "cryptogram": "match", "atc": "28", "pin": "match", "three_d_secure": "aav_missing"}
    assert NOTHING_CHECKED.words() == {}
    for secret in (PAN, "1234", FACTS.pvv):
        assert secret not in repr(found)


@given(
    st.text("0123456789=D", max_size=37),
    st.binary(max_size=16),
    st.text("0123456789", max_size=16),
    st.sampled_from(["011", "051", "901", "911"]),
)
def test_whatever_a_message_carries_there_is_a_result(track: str, block: bytes, security: str, entry: str) -> None:
    found = checked(e22=entry, e35=track, e52=block, e53=security)
    assert found.pin is not PinCheck.MATCH
    assert Check.MATCH not in (found.cvc1, found.chip_cvc, found.cvc3) or len(track) > 30
