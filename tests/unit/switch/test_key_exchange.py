"""Keys that arrive, are checked, and count only when the network says so."""

import pytest

from switch.instructions import obey
from switch.iso8583 import Message
from switch.key_exchange import (
    Delivery,
    KeyBlock,
    KeyExchange,
    KeyName,
    KeyState,
    WrappedKey,
    parse_confirmation,
    parse_key_block,
)
from switch.link import Link
from switch.management import Management
from switch.profile import NetworkProfile
from switch.translate import FormatError

KEY = "0123456789ABCDEF" * 2
DOUBLE = f"PK0007{KEY}08D7            "
TRIPLE = f"PK0008{KEY}{KEY[:16]}08D7B4FB629D0885"
CONFIRMED = f"PK0007{' ' * 32}"


class Importer:
    """Accepts one check value, and keeps what it was told."""

    def __init__(self) -> None:
        self.received: list[KeyBlock | WrappedKey] = []
        self.active: list[tuple[str, KeyName]] = []

    def receive_key(self, link: str, block: KeyBlock | WrappedKey) -> bool:
        self.received.append(block)
        return "08D7B4FB629D0885".startswith(block.check_value)

    def activate_key(self, link: str, name: KeyName) -> bool:
        self.active.append((link, name))
        return True


def exchange(importer: Importer | None = None) -> KeyExchange:
    return KeyExchange("mastercard", importer, lifetime_seconds=1000.0)


def management(code: str, block: str | None = None, mti: str = "0800") -> Message:
    elements: dict[int, str | bytes] = {7: "1125221500", 11: "000001", 70: code}
    if block is not None:
        elements[48] = f"11{len(block):02d}{block}".encode("cp037")
    return Message(mti, elements)


def told(keys: KeyExchange, message: Message) -> tuple[str, str]:
    link = Link(NetworkProfile("mastercard"), now=0.0, keys=keys)
    done = obey(message, link, Management(), "cp037", now=50.0)
    assert not isinstance(done, FormatError)
    return done.response_code, done.reason


def test_a_double_and_a_triple_length_key_are_read() -> None:
    assert parse_key_block(DOUBLE) == KeyBlock(KeyName("PK", "00", "07"), bytes.fromhex(KEY), "08D7")
    triple = parse_key_block(TRIPLE)
    assert triple is not None
    assert (len(triple.encrypted_key), triple.check_value) == (24, "08D7B4FB629D0885")


def test_a_key_block_does_not_show_its_key() -> None:
    assert KEY not in repr(parse_key_block(DOUBLE))
    assert "0123" not in repr(parse_key_block(DOUBLE))


@pytest.mark.parametrize("text", ["", DOUBLE[:-1], DOUBLE + " ", DOUBLE.replace("08D7", "08  "), DOUBLE.replace("0123", "xyzt"),
                                  DOUBLE.replace("08D7  ", "08D7 7"), "PKXX07" + DOUBLE[6:]])  # fmt: skip
def test_anything_else_is_no_key_block(text: str) -> None:
    assert parse_key_block(text) is None
    assert exchange(Importer()).delivered(parse_key_block(text)) is Delivery.MALFORMED


def test_the_short_form_names_the_key_that_counts_now() -> None:
    assert parse_confirmation(CONFIRMED) == KeyName("PK", "00", "07")
    assert parse_confirmation("PK0007") is None


def test_a_key_is_received_and_counts_only_after_the_networks_word() -> None:
    importer = Importer()
    keys = exchange(importer)
    assert told(keys, management("161", DOUBLE)) == ("00", "key_received")
    assert (keys.state, keys.active, importer.active) == (KeyState.RECEIVED, None, [])
    assert told(keys, management("161", CONFIRMED, "0820")) == ("00", "key_active")
    assert (keys.state, keys.active) == (KeyState.IDLE, KeyName("PK", "00", "07"))
    assert importer.active == [("mastercard", KeyName("PK", "00", "07"))]
    assert keys.due_at() == 1050.0


def test_a_wrong_check_value_is_answered_79_and_the_key_refused_even_when_the_network_confirms_it() -> None:
    importer = Importer()
    keys = exchange(importer)
    assert told(keys, management("161", DOUBLE.replace("08D7", "FFFF"))) == ("79", "key_refused")
    assert told(keys, management("161", CONFIRMED, "0820")) == ("00", "key_not_received")
    assert told(keys, management("161", None, "0820")) == ("00", "key_not_received")
    assert (keys.active, importer.active) == (None, [])


def test_a_wrong_key_after_a_good_one_leaves_the_one_in_use() -> None:
    keys = exchange(Importer())
    told(keys, management("161", DOUBLE))
    told(keys, management("161", None, "0820"))
    assert told(keys, management("161", DOUBLE.replace("PK0007", "PK0009").replace("08D7", "FFFF")))[0] == "79"
    assert keys.active == KeyName("PK", "00", "07")


def test_a_confirmation_of_another_key_changes_nothing() -> None:
    importer = Importer()
    keys = exchange(importer)
    told(keys, management("161", DOUBLE))
    assert told(keys, management("161", CONFIRMED.replace("07", "08"), "0820")) == ("00", "key_not_received")
    assert importer.active == []
    assert told(keys, management("161", CONFIRMED, "0820")) == ("00", "key_active")


def test_without_an_importer_every_key_is_refused() -> None:
    assert told(exchange(), management("161", DOUBLE)) == ("79", "key_refused")


def test_a_delivery_without_a_key_is_acknowledged() -> None:
    assert told(exchange(), management("161")) == ("00", "network_management_161")


BLOCK = "B0080P0TB00E0000" + "A1" * 32
WRAPPED = f"09080{BLOCK}1000608D7B4"


def in_a_block(text: str, mti: str = "0800") -> Message:
    return Message(mti, {7: "1125221500", 11: "000001", 70: "161", 110: text})


def test_a_key_block_is_received_in_de_110_and_counts_only_after_the_networks_word() -> None:
    importer = Importer()
    keys = exchange(importer)
    assert told(keys, in_a_block(WRAPPED)) == ("00", "key_received")
    assert importer.received == [WrappedKey(WRAPPED, BLOCK, "08D7B4")]
    assert told(keys, management("161", CONFIRMED, "0820")) == ("00", "key_not_received")
    assert told(keys, management("161", None, "0820")) == ("00", "key_active")
    assert importer.active == [("mastercard", KeyName("PK", "00", "00"))]
    assert BLOCK not in repr(importer.received)


@pytest.mark.parametrize(
    "text",
    ["", BLOCK, WRAPPED.replace("09080", "09081"), WRAPPED[:-1], WRAPPED + "0", WRAPPED.replace("10006", "11006"),
     "09016B0016P0TB00E00001000608D7B4", WRAPPED.replace("A1A1", "a1a1")],
)  # fmt: skip
def test_what_is_no_key_block_in_de_110_is_a_format_error_of_it(text: str) -> None:
    link = Link(NetworkProfile("m"), now=0.0, keys=exchange(Importer()))
    done = obey(in_a_block(text), link, Management(), "cp037", now=0.0)
    assert isinstance(done, FormatError)
    assert done.element == 110


def test_keys_are_asked_for_in_the_form_that_the_profile_names() -> None:
    assert [Management(key_form=form).key_request_code for form in ("se11", "tr31")] == ["162", "163"]
    assert Management(key_form="paper").mistakes() == ["key_form: 'paper' is not one of se11, tr31"]


def test_a_key_that_is_not_laid_out_as_one_is_a_format_error_of_de_48() -> None:
    link = Link(NetworkProfile("m"), now=0.0, keys=exchange(Importer()))
    done = obey(management("161", "PK0007"), link, Management(), "cp037", now=0.0)
    assert isinstance(done, FormatError)
    assert done.element == 48
    torn = Message("0800", {7: "1125221500", 11: "000001", 70: "161", 48: b"\xf1\xf1\xf9\xf9"})
    assert isinstance(obey(torn, link, Management(), "cp037", now=0.0), FormatError)


def test_an_unknown_code_is_a_format_error_of_de_70() -> None:
    done = obey(management("999"), Link(NetworkProfile("m"), now=0.0), Management(), "cp037", now=0.0)
    assert isinstance(done, FormatError)
    assert done.element == 70


@pytest.mark.parametrize("mti", ["0800", "0820"])
def test_the_end_of_stored_advices_comes_as_request_or_advice(mti: str) -> None:
    link = Link(NetworkProfile("m"), now=0.0)
    link.advices.ask()
    link.advices.answered(is_accepted=True)
    assert obey(management("363", mti=mti), link, Management(), "cp037", now=0.0)
    again = obey(management("363", mti=mti), link, Management(), "cp037", now=0.0)
    assert not isinstance(again, FormatError)
    assert again.reason == "network_management_363_without_session"


def test_a_sign_on_in_an_advice_signs_nobody_on() -> None:
    link = Link(NetworkProfile("m"), now=0.0)
    obey(management("061", mti="0820"), link, Management(), "cp037", now=0.0)
    assert not link.is_signed_on
    obey(management("061"), link, Management(), "cp037", now=0.0)
    assert link.is_signed_on
