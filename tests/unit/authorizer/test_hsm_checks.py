"""The operations of an issuer over a key ring: verdicts, keys side by side, and nothing shown."""

import dataclasses
import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors import ARC, CHIP_PAN, CHIP_PSN, CHIP_VECTORS, IMK_AC, IMK_SMC, IMK_SMI, KEY, chip_tags, issuer_data

from authorizer.crypto.aes import Aes
from authorizer.crypto.check_value import key_check_value
from authorizer.crypto.cryptogram import (
    AUTHENTICATED_TAGS,
    CryptogramFault,
    CryptogramKind,
    CryptogramVersion,
    UnreadableCryptogram,
)
from authorizer.crypto.cvc import Cvk, cvc
from authorizer.crypto.cvc3 import track2_template
from authorizer.crypto.des import Tdes
from authorizer.crypto.issuer_script import PIN_UNBLOCK
from authorizer.crypto.key_block import KeyBlock, KeyBlockFault, KeyBlockHeader, wrap
from authorizer.crypto.key_exchange import KeyExchangeFault, key_exchange_value
from authorizer.crypto.pin_block import PinBlockFormat, clear_pin_block, encipher_format_4
from authorizer.errors import KeyAbsentError
from authorizer.hsm import (
    ArqcVerdict,
    CardReference,
    CvcCheck,
    CvcKind,
    OffsetReference,
    OffsetRule,
    PinBlock,
    PinCheck,
    PvvReference,
    SoftwareHsm,
    WorkingKey,
)
from authorizer.hsm.interface import Hsm
from authorizer.keyring import KeyName, KeyRing, KeyUse, default_ring
from authorizer.pan import Pan

PIN_KEY = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
ZMK = bytes.fromhex("67C4A7191ADAFD086432CE0DD6384AB8")
CVC3_KEY = bytes.fromhex("01234567899876543210012345678998")
KBPK = bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6")
KBPK_AES = bytes.fromhex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6")
OTHER_KEY = KEY[::-1]
KEYS = {
    "cvk": KEY, "pvk": KEY, "offset_key": KEY, "pin_key": PIN_KEY, "pin_key_aes": PIN_KEY, "imk_ac": IMK_AC,
    "imk_smi": IMK_SMI, "imk_smc": IMK_SMC, "imk_cvc3": CVC3_KEY, "zmk": ZMK, "kbpk": KBPK, "kbpk_aes": KBPK_AES,
}  # fmt: skip
CARD = CardReference(Pan("1122334455667788"), "2912")
CHIP_CARD = CardReference(Pan(CHIP_PAN), "2912", CHIP_PSN)
RULE = OffsetRule("1234567890123456")
LAYOUT = PvvReference("8523", 1)


@pytest.fixture
def hsm() -> SoftwareHsm:
    return SoftwareHsm(default_ring(pvk_index=1, **KEYS))


def block(pin: str, card: CardReference = CARD, *, key: bytes = PIN_KEY, zone: str = "default") -> PinBlock:
    return PinBlock(Tdes(key).encrypt(clear_pin_block(PinBlockFormat.ISO_0, pin, card.pan)), PinBlockFormat.ISO_0, zone)


@pytest.mark.parametrize(("kind", "service_code"), [(CvcKind.CVC1, "201"), (CvcKind.CVC2, "000"), (CvcKind.CHIP, "999")])
def test_each_kind_of_code_has_its_service_code(hsm: SoftwareHsm, kind: CvcKind, service_code: str) -> None:
    right = cvc(Cvk(KEY), CARD.pan, "2912", service_code)
    wrong = f"{(int(right) + 1) % 1000:03}"
    assert hsm.verify_cvc(kind, CARD, right, service_code="201") is CvcCheck.MATCH
    assert hsm.verify_cvc(kind, CARD, wrong, service_code="201") is CvcCheck.NO_MATCH


@pytest.mark.parametrize("kind", [CvcKind.CVC2, CvcKind.CHIP])
def test_the_code_of_another_place_is_no_cvc1_whatever_the_track_says(hsm: SoftwareHsm, kind: CvcKind) -> None:
    service_code = kind.value
    assert service_code is not None
    code = hsm.cvc(CARD.pan, "2912", service_code)
    assert hsm.verify_cvc(kind, CARD, code) is CvcCheck.MATCH
    assert hsm.verify_cvc(CvcKind.CVC1, CARD, code, service_code=service_code) is CvcCheck.NO_MATCH


@pytest.mark.parametrize("sent", ["", "12", "1234", "abc", "é"])
def test_what_is_no_code_does_not_match(hsm: SoftwareHsm, sent: str) -> None:
    assert hsm.verify_cvc(CvcKind.CVC2, CARD, sent) is CvcCheck.NO_MATCH


@pytest.mark.parametrize(
    ("expiry", "service_code"), [("", "201"), ("29AB", "201"), ("2912", ""), ("2912", "2O1"), ("١٢٣٤", "201")]
)
def test_without_expiry_or_service_code_nothing_is_compared(hsm: SoftwareHsm, expiry: str, service_code: str) -> None:
    card = CardReference(CARD.pan, expiry)
    assert hsm.verify_cvc(CvcKind.CVC1, card, "123", service_code=service_code) is CvcCheck.NOT_PROCESSED


def test_a_cvc3_is_verified_by_the_digits_that_were_sent(hsm: SoftwareHsm) -> None:
    card = CardReference(Pan("5123456789012345"))
    track = track2_template("5123456789012345D35121010000000000000")
    verdicts = {
        sent: hsm.verify_cvc3(card, sent, track=track, atc=0x5E, unpredictable_number=0x899) for sent in ("488", "9488", "29488")
    }
    assert set(verdicts.values()) == {CvcCheck.MATCH}
    for sent in ("487", "88", "029488", "19488"):
        assert hsm.verify_cvc3(card, sent, track=track, atc=0x5E, unpredictable_number=0x899) is CvcCheck.NO_MATCH
    assert hsm.verify_cvc3(card, "488", track=track, atc=0x5F, unpredictable_number=0x899) is CvcCheck.NO_MATCH
    assert hsm.verify_cvc3(card, "488", track=track, atc=1 << 16, unpredictable_number=0x899) is CvcCheck.NOT_PROCESSED


@pytest.mark.parametrize(("pin", "check"), [("4524", PinCheck.MATCH), ("4525", PinCheck.NO_MATCH)])
def test_a_pin_is_verified_by_its_pvv(hsm: SoftwareHsm, pin: str, check: PinCheck) -> None:
    assert hsm.verify_pin(CARD, block(pin), PvvReference("8523", 1)) is check


@pytest.mark.parametrize(("pin", "check"), [("1111", PinCheck.MATCH), ("1112", PinCheck.NO_MATCH), ("11110", PinCheck.NO_MATCH)])
def test_a_pin_is_verified_by_its_offset(hsm: SoftwareHsm, pin: str, check: PinCheck) -> None:
    assert hsm.verify_pin(CARD, block(pin), OffsetReference("7697", 1, RULE)) is check


def test_the_offset_of_the_pin_inside_a_block_can_be_compared_elsewhere(hsm: SoftwareHsm) -> None:
    assert hsm.pin_block_offset(CARD, block("1111"), index=1, rule=RULE) == "7697"
    assert hsm.pin_block_offset(CARD, PinBlock(bytes(8)), index=1, rule=RULE) is PinCheck.UNREADABLE


def test_a_pin_block_of_format_4_is_verified_under_the_aes_key(hsm: SoftwareHsm) -> None:
    sent = PinBlock(encipher_format_4(Aes(PIN_KEY), "4524", CARD.pan), PinBlockFormat.ISO_4)
    assert hsm.verify_pin(CARD, sent, PvvReference("8523", 1)) is PinCheck.MATCH
    assert hsm.verify_pin(CARD, PinBlock(sent.block[:8], PinBlockFormat.ISO_4), PvvReference("8523", 1)) is PinCheck.UNREADABLE


@pytest.mark.parametrize("sent", [b"", bytes(7), bytes(8), bytes(16)])
def test_a_block_without_a_pin_is_unreadable(hsm: SoftwareHsm, sent: bytes) -> None:
    assert hsm.verify_pin(CARD, PinBlock(sent), PvvReference("8523", 1)) is PinCheck.UNREADABLE


@pytest.mark.parametrize(("version", "arqc", "arpc", "mac", "pin_change"), CHIP_VECTORS)
def test_a_genuine_card_is_recognised_and_answered(
    hsm: SoftwareHsm, version: int, arqc: str, arpc: str, mac: str, pin_change: str
) -> None:
    check = hsm.verify_arqc(CHIP_CARD, chip_tags(version, arqc))
    assert (check.verdict, check.atc, check.kind) == (ArqcVerdict.MATCH, 0x1C, CryptogramKind.ARQC)
    assert check.version is CryptogramVersion(version)
    assert check.issuer_authentication(ARC).hex().upper() == arpc + ARC.hex().upper()
    atc, sent = bytes.fromhex("001C"), bytes.fromhex(arqc)
    assert hsm.script_command(CHIP_CARD, PIN_UNBLOCK, atc=atc, arqc=sent, index=1) == PIN_UNBLOCK + bytes.fromhex(mac)
    assert hsm.pin_change_command(CHIP_CARD, "9999", atc=atc, arqc=sent, index=1).hex().upper() == pin_change


@pytest.mark.parametrize(
    "change", [{"9F02": bytes(6)}, {"9F36": b"\0\x1d"}, {"9F37": bytes(4)}, {"9F26": bytes(8)}, {"95": bytes(5)}]
)
def test_a_changed_message_does_not_match_and_cannot_be_answered(hsm: SoftwareHsm, change: dict[str, bytes]) -> None:
    check = hsm.verify_arqc(CHIP_CARD, chip_tags(0x10, CHIP_VECTORS[0][1]) | change)
    assert check.verdict is ArqcVerdict.NO_MATCH
    with pytest.raises(AssertionError):
        check.issuer_authentication(ARC)


@pytest.mark.parametrize("card", [CardReference(Pan("1234567890123457"), psn="00"), CardReference(Pan(CHIP_PAN), psn="01")])
def test_the_cryptogram_of_another_card_does_not_match(hsm: SoftwareHsm, card: CardReference) -> None:
    assert hsm.verify_arqc(card, chip_tags(0x10, CHIP_VECTORS[0][1])).verdict is ArqcVerdict.NO_MATCH


def test_a_missing_tag_is_named_in_the_verdict(hsm: SoftwareHsm) -> None:
    tags = chip_tags(0x10, CHIP_VECTORS[0][1])
    del tags["9F37"]
    check = hsm.verify_arqc(CHIP_CARD, tags)
    assert check.verdict is ArqcVerdict.UNREADABLE
    assert check.fault == UnreadableCryptogram("9F37", CryptogramFault.MISSING)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(["9F26", "9F10", *AUTHENTICATED_TAGS]), st.binary(max_size=20)), st.text(max_size=3))
def test_whatever_a_message_holds_there_is_a_verdict(tags: dict[str, bytes], psn: str) -> None:
    module = SoftwareHsm(default_ring(pvk_index=1, **KEYS))
    check = module.verify_arqc(CardReference(Pan(CHIP_PAN), psn=psn), chip_tags(0x10, "00" * 8) | tags)
    assert check.verdict in (ArqcVerdict.UNREADABLE, ArqcVerdict.NO_MATCH)
    assert (check.fault is None) is (check.verdict is ArqcVerdict.NO_MATCH)


def test_a_sequence_number_that_is_none_is_named(hsm: SoftwareHsm) -> None:
    check = hsm.verify_arqc(dataclasses.replace(CHIP_CARD, psn="001"), chip_tags(0x10, CHIP_VECTORS[0][1]))
    assert check.fault == UnreadableCryptogram("5F34", CryptogramFault.LENGTH)


def test_method_2_answers_with_the_card_status_update(hsm: SoftwareHsm) -> None:
    check = hsm.verify_arqc(CHIP_CARD, chip_tags(0x14, CHIP_VECTORS[2][1]))
    status = bytes.fromhex("00820000")
    answer = check.issuer_authentication_with_status(status)
    assert (len(answer), answer[4:]) == (8, status)
    assert check.issuer_authentication_with_status(status, b"\x01")[:4] != answer[:4]


def test_the_key_derivation_index_chooses_the_master_key() -> None:
    names = {KeyName("default", KeyUse.IMK_AC, 1): IMK_AC, KeyName("default", KeyUse.IMK_AC, 2): OTHER_KEY}
    hsm = SoftwareHsm(KeyRing(names))
    tags = chip_tags(0x10, CHIP_VECTORS[0][1])
    verdicts = {index: hsm.verify_arqc(CHIP_CARD, tags | {"9F10": issuer_data(0x10, index=index)}).verdict for index in (1, 2, 3)}
    assert verdicts == {1: ArqcVerdict.MATCH, 2: ArqcVerdict.NO_MATCH, 3: ArqcVerdict.NO_KEY}


def test_key_sets_live_side_by_side() -> None:
    names = {KeyName("debit", KeyUse.CVK): KEY, KeyName("credit", KeyUse.CVK): OTHER_KEY}
    hsm = SoftwareHsm(KeyRing(names))
    right = cvc(Cvk(KEY), CARD.pan, "2912", "000")
    verdicts = [
        hsm.verify_cvc(CvcKind.CVC2, dataclasses.replace(CARD, key_set=name), right) for name in ("debit", "credit", "prepaid")
    ]
    assert verdicts == [CvcCheck.MATCH, CvcCheck.NO_MATCH, CvcCheck.NOT_PROCESSED]


def test_without_a_key_nothing_is_compared_and_the_key_is_named() -> None:
    hsm = SoftwareHsm(KeyRing({}))
    assert hsm.verify_cvc(CvcKind.CVC2, CARD, "123") is CvcCheck.NOT_PROCESSED
    assert hsm.verify_cvc3(CARD, "123", track=b"", atc=1, unpredictable_number=1) is CvcCheck.NOT_PROCESSED
    assert hsm.verify_pin(CARD, block("1234"), PvvReference("8523", 1)) is PinCheck.NO_KEY
    assert hsm.pin_block_offset(CARD, block("1234"), index=1, rule=RULE) is PinCheck.NO_KEY
    assert hsm.verify_arqc(CHIP_CARD, chip_tags(0x10, CHIP_VECTORS[0][1])).verdict is ArqcVerdict.NO_KEY
    assert hsm.import_working_key("z", key_exchange_value(PIN_KEY, Tdes(ZMK))) is KeyExchangeFault.NO_TRANSPORT_KEY
    assert hsm.import_working_key_block("z", "B0080P0TE00E0000", "") is KeyExchangeFault.NO_TRANSPORT_KEY
    with pytest.raises(KeyAbsentError, match="default/cvk"):
        hsm.cvc(CARD.pan, "2912", "000")
    with pytest.raises(KeyAbsentError, match="default/imk_smi"):
        hsm.script_command(CHIP_CARD, PIN_UNBLOCK, atc=b"\0\1", arqc=bytes(8), index=1)


NEW_KEY, NEWER_KEY = bytes(range(16)), bytes(range(16, 32))
RIGHT = PvvReference("8523", 1)


def test_a_received_key_is_in_use_only_after_its_confirmation(hsm: SoftwareHsm) -> None:
    received = hsm.import_working_key("mip", key_exchange_value(NEW_KEY, Tdes(ZMK), cycle="07"))
    assert received == WorkingKey("mip", "00", "07", key_check_value(NEW_KEY))
    under_new = block("4524", key=NEW_KEY, zone="mip")
    assert hsm.verify_pin(CARD, under_new, RIGHT) is PinCheck.UNREADABLE
    assert hsm.activate_working_key("mip", "08") is None
    assert hsm.activate_working_key("mip", "07") == received
    assert hsm.verify_pin(CARD, under_new, RIGHT) is PinCheck.MATCH
    assert hsm.activate_working_key("mip", "07") is None


def test_a_key_with_a_wrong_check_value_is_refused_and_leaves_nothing_behind(hsm: SoftwareHsm) -> None:
    value = key_exchange_value(NEW_KEY, Tdes(ZMK))
    wrong = value[:38] + f"{int(value[38:42], 16) ^ 1:04X}" + value[42:]
    assert hsm.import_working_key("mip", wrong) is KeyExchangeFault.WRONG_CHECK_VALUE
    assert hsm.activate_working_key("mip") is None
    assert hsm.verify_pin(CARD, block("4524", zone="mip"), RIGHT) is PinCheck.MATCH


def test_a_key_of_another_class_is_no_pin_key(hsm: SoftwareHsm) -> None:
    value = key_exchange_value(NEW_KEY, Tdes(ZMK), key_class="MK")
    assert hsm.import_working_key("mip", value) is KeyExchangeFault.KEY_CLASS
    assert hsm.activate_working_key("mip") is None


def test_a_pin_on_its_way_during_a_change_of_keys_is_still_read(hsm: SoftwareHsm) -> None:
    for key in (NEW_KEY, NEWER_KEY):
        hsm.import_working_key("mip", key_exchange_value(key, Tdes(ZMK)))
        hsm.activate_working_key("mip")
    found = [hsm.verify_pin(CARD, block("4524", key=key, zone="mip"), RIGHT) for key in (NEWER_KEY, NEW_KEY, PIN_KEY)]
    assert found == [PinCheck.MATCH, PinCheck.MATCH, PinCheck.UNREADABLE]


def test_the_previous_key_can_be_restored(hsm: SoftwareHsm) -> None:
    assert hsm.restore_working_key("mip") is None
    for key in (NEW_KEY, NEWER_KEY):
        hsm.import_working_key("mip", key_exchange_value(key, Tdes(ZMK)))
        hsm.activate_working_key("mip")
    restored = hsm.restore_working_key("mip")
    assert restored is not None
    assert restored.check_value == key_check_value(NEW_KEY)


def test_a_key_of_one_zone_is_none_of_another(hsm: SoftwareHsm) -> None:
    hsm.import_working_key("mip", key_exchange_value(NEW_KEY, Tdes(ZMK)))
    hsm.activate_working_key("mip")
    assert hsm.verify_pin(CARD, block("4524", key=NEW_KEY, zone="other"), RIGHT) is PinCheck.UNREADABLE


def test_a_key_block_brings_a_pin_key(hsm: SoftwareHsm) -> None:
    text = wrap(KBPK, KeyBlock(KeyBlockHeader("B", "P0", "T", "B"), NEW_KEY))
    assert isinstance(hsm.import_working_key_block("mip", text, key_check_value(NEW_KEY)), WorkingKey)
    hsm.activate_working_key("mip")
    assert hsm.verify_pin(CARD, block("4524", key=NEW_KEY, zone="mip"), RIGHT) is PinCheck.MATCH


def test_a_key_block_for_another_use_or_with_a_wrong_check_value_is_refused(hsm: SoftwareHsm) -> None:
    other_use = wrap(KBPK, KeyBlock(KeyBlockHeader("B", "C0", "T", "B"), NEW_KEY))
    assert hsm.import_working_key_block("mip", other_use, key_check_value(NEW_KEY)) is KeyBlockFault.USAGE
    right_use = wrap(KBPK, KeyBlock(KeyBlockHeader("B", "P0", "T", "B"), NEW_KEY))
    assert hsm.import_working_key_block("mip", right_use, "000000") is KeyExchangeFault.WRONG_CHECK_VALUE
    assert hsm.import_working_key_block("mip", right_use[:-1] + "!", "") is KeyBlockFault.LAYOUT
    assert hsm.activate_working_key("mip") is None


def test_an_aes_key_comes_in_a_block_of_version_d(hsm: SoftwareHsm) -> None:
    from authorizer.crypto.check_value import aes_key_check_value

    text = wrap(KBPK_AES, KeyBlock(KeyBlockHeader("D", "P0", "A", "B"), NEW_KEY))
    assert isinstance(hsm.import_working_key_block("mip", text, aes_key_check_value(NEW_KEY)), WorkingKey)
    hsm.activate_working_key("mip")
    sent = PinBlock(encipher_format_4(Aes(NEW_KEY), "4524", CARD.pan), PinBlockFormat.ISO_4, "mip")
    assert hsm.verify_pin(CARD, sent, RIGHT) is PinCheck.MATCH
    assert hsm.verify_pin(CARD, block("4524", zone="mip"), RIGHT) is PinCheck.MATCH


def test_the_software_module_is_an_hsm(hsm: SoftwareHsm) -> None:
    as_interface: Hsm = hsm
    operations = [name for name, _ in inspect.getmembers(Hsm, inspect.isfunction) if not name.startswith("_")]
    assert all(inspect.signature(getattr(Hsm, name)) == inspect.signature(getattr(SoftwareHsm, name)) for name in operations)
    assert as_interface is hsm


def test_nothing_that_holds_a_key_or_a_pin_shows_it(hsm: SoftwareHsm) -> None:
    ring = default_ring(pvk_index=1, **KEYS)
    shown = [
        repr(one)
        for one in (
            hsm, ring, Tdes(KEY), Aes(KEY), Cvk(KEY), hsm.verify_arqc(CHIP_CARD, chip_tags(0x10, CHIP_VECTORS[0][1])),
            KeyBlock(KeyBlockHeader("B", "P0", "T", "B"), NEW_KEY), hsm.import_working_key("mip", key_exchange_value(NEW_KEY, Tdes(ZMK))),
            block("4524"), PvvReference("8523", 1), OffsetReference("7697", 1, RULE), CHIP_CARD, hsm._working, ring.names,
        )
    ]  # fmt: skip
    secrets = [form for key in (*KEYS.values(), NEW_KEY) for form in (repr(key)[2:-1], key.hex(), key.hex().upper())]
    secrets += ["4524", "8523", "7697", CHIP_PAN, repr(block("4524").block)]
    assert [text for text in shown for secret in secrets if secret in text] == []
