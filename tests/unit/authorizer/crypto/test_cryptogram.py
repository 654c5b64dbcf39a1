"""Cryptograms and their answers: the four M/Chip versions of the reference, pyemv as the oracle over random messages."""

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyemv import ac, cvn
from vectors import (
    ARC,
    CHIP_PAN,
    CHIP_PSN,
    CHIP_TAGS,
    CHIP_VECTORS,
    COUNTERS,
    CVR,
    IMK_AC,
    IMK_SMC,
    IMK_SMI,
    chip_tags,
    issuer_data,
    keys,
    pans,
)

from authorizer.crypto.check_value import key_check_value
from authorizer.crypto.cryptogram import (
    AUTHENTICATED_TAGS,
    Cryptogram,
    CryptogramFault,
    CryptogramKind,
    UnreadableCryptogram,
    application_cryptogram,
    arpc_key,
    arpc_method_1,
    arpc_method_2,
    card_keys,
    read_cryptogram,
)
from authorizer.crypto.des import Tdes
from authorizer.crypto.emv_keys import icc_master_key
from authorizer.crypto.issuer_script import PIN_UNBLOCK, pin_change_command, script_mac
from authorizer.pan import Pan

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

PAN = Pan(CHIP_PAN)
ICC = Tdes(icc_master_key(Tdes(IMK_AC), PAN, CHIP_PSN))
SMI, SMC = (Tdes(icc_master_key(Tdes(key), PAN, CHIP_PSN)) for key in (IMK_SMI, IMK_SMC))
ORACLES = {0x10: cvn.MasterCardCVN16, 0x11: cvn.MasterCardCVN17, 0x14: cvn.MasterCardCVN20, 0x15: cvn.MasterCardCVN21}


def read(tags: dict[str, bytes]) -> Cryptogram:
    found = read_cryptogram(tags)
    assert isinstance(found, Cryptogram)
    return found


@pytest.mark.parametrize(("version", "arqc", "arpc", "mac", "pin_change"), CHIP_VECTORS)
def test_the_versions_of_m_chip_agree_with_the_vectors(version: int, arqc: str, arpc: str, mac: str, pin_change: str) -> None:
    cryptogram = read(chip_tags(version, arqc))
    keys_of_card = card_keys(ICC, cryptogram)
    assert key_check_value(keys_of_card.session_bytes)[:4] == ("22C8" if version & 4 else "2FD5")
    assert application_cryptogram(keys_of_card, cryptogram).hex().upper() == arqc
    assert arpc_method_1(arpc_key(keys_of_card, cryptogram.version), cryptogram.sent, ARC).hex().upper() == arpc
    assert script_mac(SMI, PIN_UNBLOCK, cryptogram.atc, cryptogram.sent).hex().upper() == mac
    assert pin_change_command(SMI, SMC, "9999", PAN, cryptogram.atc, cryptogram.sent).hex().upper() == pin_change


def test_both_arpc_methods_agree_with_the_vectors() -> None:
    key, arqc = bytes.fromhex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBB"), bytes.fromhex("1234567890ABCDEF")
    assert arpc_method_1(Tdes(key), arqc, bytes(2)).hex().upper() == "F5E6F44147E2F1B0"
    assert arpc_method_2(Tdes(key), key[:8], arqc, bytes(4)).hex().upper() == "9308BEBC"


random_tags = st.fixed_dictionaries(
    {tag: st.binary(min_size=length, max_size=length) for tag, length in AUTHENTICATED_TAGS.items()}
)


@settings(max_examples=150)
@given(
    keys,
    keys,
    keys,
    pans,
    random_tags,
    st.binary(min_size=6, max_size=6),
    st.binary(min_size=8, max_size=8),
    st.sampled_from([*ORACLES]),
)
def test_random_messages_agree_with_pyemv(
    imk_ac: bytes, imk_smi: bytes, imk_smc: bytes, pan: str, tags: dict[str, bytes], cvr: bytes, counters: bytes, version: int
) -> None:
    oracle = ORACLES[version](imk_ac, imk_smi, imk_smc, pan, "01")
    data = {f"tag_{tag.lower()}": value for tag, value in tags.items()} | {"cvr": cvr, "arpc_rc": ARC, "pin": "1234"}
    data |= {"counters": counters, "command_header": PIN_UNBLOCK}
    data["tag_9f26"] = arqc = ask(oracle.generate_ac, data)
    cryptogram = read(tags | {"9F10": issuer_data(version, cvr=cvr, counters=counters), "9F26": arqc})
    card, atc = Pan(pan), tags["9F36"]
    found = card_keys(Tdes(icc_master_key(Tdes(imk_ac), card, "01")), cryptogram)
    smi, smc = (Tdes(icc_master_key(Tdes(key), card, "01")) for key in (imk_smi, imk_smc))
    assert application_cryptogram(found, cryptogram) == arqc
    assert arpc_method_1(arpc_key(found, cryptogram.version), arqc, ARC) == ask(oracle.generate_arpc, data)
    assert script_mac(smi, PIN_UNBLOCK, atc, arqc) == ask(oracle.generate_command_mac, data)
    assert pin_change_command(smi, smc, "1234", card, atc, arqc) == ask(oracle.generate_pin_change_command, data)


def ask(method: Callable[..., bytes], data: dict[str, object]) -> bytes:
    """pyemv's methods, each with those of the arguments that it knows."""
    return method(**{name: data[name] for name in inspect.signature(method).parameters if name in data})


@given(keys, st.binary(min_size=8, max_size=8), st.binary(min_size=4, max_size=4), st.binary(max_size=8))
def test_arpc_method_2_agrees_with_pyemv(key: bytes, arqc: bytes, status: bytes, proprietary: bytes) -> None:
    assert arpc_method_2(Tdes(key), key[:8], arqc, status, proprietary) == ac.generate_arpc_2(key, arqc, status, proprietary)


@pytest.mark.parametrize("tag", ["9F26", "9F10", *AUTHENTICATED_TAGS])
def test_a_tag_that_is_missing_or_misshapen_is_named(tag: str) -> None:
    whole = chip_tags(0x10, CHIP_VECTORS[0][1])
    without = {name: value for name, value in whole.items() if name != tag}
    assert read_cryptogram(without) == UnreadableCryptogram(tag, CryptogramFault.MISSING)
    assert read_cryptogram(whole | {tag: whole[tag][:-1]}) == UnreadableCryptogram(tag, CryptogramFault.LENGTH)


def test_a_version_that_is_not_of_m_chip_is_named() -> None:
    tags = CHIP_TAGS | {"9F26": bytes(8), "9F10": issuer_data(0x0A)}
    assert read_cryptogram(tags) == UnreadableCryptogram("9F10", CryptogramFault.VERSION)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(["9F26", "9F10", "9F27", *AUTHENTICATED_TAGS]), st.binary(max_size=20)))
def test_any_tags_give_a_cryptogram_or_name_one(tags: dict[str, bytes]) -> None:
    found = read_cryptogram(tags)
    assert isinstance(found, Cryptogram) or found.tag in {"9F26", "9F10", *AUTHENTICATED_TAGS}


@pytest.mark.parametrize(("information", "kind"), [("00", "AAC"), ("40", "TC"), ("80", "ARQC"), ("8F", "ARQC")])
def test_the_kind_of_a_cryptogram_is_in_its_information_data(information: str, kind: str) -> None:
    assert read(chip_tags(0x10, "00" * 8) | {"9F27": bytes.fromhex(information)}).kind is CryptogramKind[kind]


def test_counters_count_only_where_the_version_says_so() -> None:
    for version in (0x10, 0x11):
        with_other = CHIP_TAGS | {"9F26": bytes(8), "9F10": issuer_data(version, counters=COUNTERS[::-1])}
        same = read(with_other).blocks == read(chip_tags(version, "00" * 8)).blocks
        assert same is (version == 0x10)


def test_no_key_shows_in_a_representation() -> None:
    cryptogram = read(chip_tags(0x10, CHIP_VECTORS[0][1]))
    found = card_keys(ICC, cryptogram)
    for shown in (repr(found), repr(cryptogram), repr(ICC)):
        assert repr(found.session_bytes) not in shown
    assert CVR.hex() not in repr(found)
