"""PIN keys of the links, from the network's message to an opened PIN block and over a restart."""

import pytest
from evidence import PIN_KEY, TEST_KEY, ZMK, key_exchange, pin_block, pvv

from authorizer.hsm import CardReference, PinBlock, PinCheck, PvvReference, SoftwareHsm
from authorizer.keyring import default_ring
from authorizer.pan import Pan
from switch.key_exchange import KeyName, key_block_text, parse_key_block
from switch.link_keys import LinkKeys

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

PAN = "5413330000000005"
NEW_KEY = bytes(range(16))
NAME = KeyName("PK", "00", "07")


class Kept(dict[str, str]):
    """What a restart finds."""

    def keep(self, link: str, key_exchange: str) -> None:
        self[link] = key_exchange


def module() -> SoftwareHsm:
    return SoftwareHsm(default_ring(pvk=TEST_KEY, pvk_index=1, pin_key=PIN_KEY, zmk=ZMK))


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
