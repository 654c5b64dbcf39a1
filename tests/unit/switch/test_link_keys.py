"""PIN keys of the links, from the network's message to an opened PIN block and over a restart."""

from dataclasses import replace

import pytest
from evidence import PIN_KEY, TEST_KEY, ZMK, key_exchange, pin_block, pvv
from psec import des, tr31

from authorizer.hsm import CardReference, PinBlock, PinCheck, PvvReference, SoftwareHsm
from authorizer.keyring import default_ring
from authorizer.pan import Pan
from switch.key_exchange import KeyName, WrappedKey, key_block_text, parse_key_block, parse_wrapped_key
from switch.link_keys import LinkKeys

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

PAN = "5413330000000005"
NEW_KEY = bytes(range(16))
NAME = KeyName("PK", "00", "07")
KBPK = bytes(range(16, 32))


def in_a_block(key: bytes) -> WrappedKey:
    """DE 110 with a TR-31 block that psec has made."""
    block = tr31.wrap(KBPK, "B0000P0TB07E0000", key)
    check_value = des.encrypt_tdes_ecb(key, bytes(8))[:3].hex().upper()
    found = parse_wrapped_key(f"09{len(block):03d}{block}10006{check_value}")
    assert found is not None
    return found


class Kept(dict[str, str]):
    """What a restart finds."""

    def keep(self, link: str, key_exchange: str) -> None:
        self[link] = key_exchange


def module() -> SoftwareHsm:
    return SoftwareHsm(default_ring(pvk=TEST_KEY, pvk_index=1, pin_key=PIN_KEY, zmk=ZMK, kbpk=KBPK))


def opened(hsm: SoftwareHsm, link: str, key: bytes) -> PinCheck:
    block = PinBlock(pin_block("1234", PAN, key), zone=link)
    return hsm.verify_pin(CardReference(Pan(PAN)), block, PvvReference(pvv("1234", PAN)))


def test_a_key_opens_pins_of_its_link_after_its_confirmation_and_is_kept_then() -> None:
    hsm, kept = module(), Kept()
    keys = LinkKeys(hsm, kept.keep)
    block = parse_key_block(key_exchange(NEW_KEY, cycle="07"))
    assert block is not None
    assert keys.receive_key("mastercard", block)
    assert (opened(hsm, "mastercard", NEW_KEY), kept) == (PinCheck.UNREADABLE, {})
    assert not keys.activate_key("mastercard", KeyName("PK", "00", "08"))
    assert keys.activate_key("mastercard", NAME)
    assert opened(hsm, "mastercard", NEW_KEY) is PinCheck.MATCH
    assert opened(hsm, "mastercard-ascii", NEW_KEY) is PinCheck.UNREADABLE
    assert list(kept) == ["mastercard"]
    assert not keys.activate_key("mastercard", NAME)


def test_a_restarted_process_has_the_key_again() -> None:
    hsm = module()
    LinkKeys(hsm, Kept().keep).restore({"mastercard": key_exchange(NEW_KEY, cycle="07"), "other": "PK0007nonsense"})
    assert opened(hsm, "mastercard", NEW_KEY) is PinCheck.MATCH
    assert opened(hsm, "other", PIN_KEY) is PinCheck.MATCH


def test_a_key_with_a_wrong_check_value_is_refused_and_forgotten() -> None:
    keys = LinkKeys(module(), Kept().keep)
    text = key_exchange(NEW_KEY, cycle="07")
    right, wrong = parse_key_block(text), parse_key_block(text[:38] + ("0000" if text[38:42] != "0000" else "1111") + text[42:])
    assert right is not None
    assert wrong is not None
    assert keys.receive_key("mastercard", right)
    assert not keys.receive_key("mastercard", wrong)
    assert not keys.activate_key("mastercard", NAME)


@pytest.mark.parametrize("cycle", ["00", "99"])
def test_what_is_kept_is_what_the_network_sent(cycle: str) -> None:
    text = key_exchange(NEW_KEY, cycle=cycle)
    block = parse_key_block(text)
    assert block is not None
    assert key_block_text(block) == text


def test_a_key_that_came_in_a_block_opens_pins_and_is_there_again_after_a_restart() -> None:
    hsm, kept = module(), Kept()
    keys, block = LinkKeys(hsm, kept.keep), in_a_block(NEW_KEY)
    assert block.name == NAME
    assert not keys.receive_key("mastercard", replace(block, text=block.text[:-6] + "000000"))
    assert keys.receive_key("mastercard", block)
    assert keys.activate_key("mastercard", NAME)
    assert opened(hsm, "mastercard", NEW_KEY) is PinCheck.MATCH
    assert kept == {"mastercard": block.text}
    restarted = module()
    LinkKeys(restarted, Kept().keep).restore(kept)
    assert opened(restarted, "mastercard", NEW_KEY) is PinCheck.MATCH
