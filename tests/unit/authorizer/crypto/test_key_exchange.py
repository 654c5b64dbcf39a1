"""DE 48 SE 11: what is sent is taken, and nothing else. The check values come from psec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psec.des import encrypt_tdes_ecb, generate_kcv

from authorizer.crypto.des import Tdes
from authorizer.crypto.key_exchange import KeyExchange, KeyExchangeFault, key_exchange_value, key_of, read_key_exchange

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

ZMK = bytes.fromhex("67C4A7191ADAFD086432CE0DD6384AB8")
transport = Tdes(ZMK)
NOUGHT = key_exchange_value(bytes(16), transport, cycle="07")
working_keys = st.one_of(st.binary(min_size=16, max_size=16), st.binary(min_size=24, max_size=24))


def sent(key: bytes, *, check: str | None = None, cycle: str = "07") -> str:
    """As a network writes it, made with psec."""
    check_value = generate_kcv(key, 2).hex().upper() if check is None else check
    return f"PK00{cycle}{encrypt_tdes_ecb(ZMK, key).hex().upper()}{check_value:<16}"


def taken(value: str) -> bytes | KeyExchangeFault:
    exchange = read_key_exchange(value)
    return exchange if isinstance(exchange, KeyExchangeFault) else key_of(exchange, transport)


@given(working_keys)
def test_a_key_with_its_check_value_is_taken(key: bytes) -> None:
    value = sent(key)
    assert len(value) == (54 if len(key) == 16 else 70)
    assert taken(value) == key
    assert value == key_exchange_value(key, transport, cycle="07")


@given(working_keys, st.integers(1, 0xFFFF))
def test_a_key_with_another_check_value_is_refused(key: bytes, difference: int) -> None:
    wrong = int.from_bytes(generate_kcv(key, 2), "big") ^ difference
    assert taken(sent(key, check=f"{wrong:04X}")) is KeyExchangeFault.WRONG_CHECK_VALUE


def test_only_the_first_four_digits_of_a_check_value_count() -> None:
    key = bytes(range(16))
    assert taken(sent(key, check=generate_kcv(key, 2).hex().upper() + "FFFFFFFFFFFF")) == key


def test_class_index_and_cycle_are_read() -> None:
    exchange = read_key_exchange(sent(bytes(16), cycle="42"))
    assert isinstance(exchange, KeyExchange)
    assert (exchange.key_class, exchange.index, exchange.cycle) == ("PK", "00", "42")


def test_the_confirmation_carries_no_key() -> None:
    exchange = read_key_exchange("PK0042" + " " * 32)
    assert isinstance(exchange, KeyExchange)
    assert (exchange.cycle, exchange.enciphered_key) == ("42", b"")
    assert key_of(exchange, transport) is KeyExchangeFault.LAYOUT


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", KeyExchangeFault.LAYOUT),
        ("PK0007", KeyExchangeFault.LAYOUT),
        (NOUGHT[:-1], KeyExchangeFault.LAYOUT),
        (NOUGHT + " ", KeyExchangeFault.LAYOUT),
        (NOUGHT.replace("PK0007", "PK00x7"), KeyExchangeFault.LAYOUT),
        (NOUGHT[:38] + "08Z7" + " " * 12, KeyExchangeFault.NOT_HEXADECIMAL),
        (NOUGHT[:38] + " " * 16, KeyExchangeFault.NO_CHECK_VALUE),
        (NOUGHT[:38] + "08" + " " * 14, KeyExchangeFault.NO_CHECK_VALUE),
        ("PK0007" + "G" * 32 + "08D7" + " " * 12, KeyExchangeFault.NOT_HEXADECIMAL),
        ("PK0007" + "00 " * 10 + "00" + "08D7" + " " * 12, KeyExchangeFault.NOT_HEXADECIMAL),
    ],
)
def test_each_fault_is_named(value: str, fault: KeyExchangeFault) -> None:
    assert taken(value) is fault


@given(st.text(max_size=80))
def test_any_text_is_an_exchange_or_has_a_fault(value: str) -> None:
    assert isinstance(read_key_exchange(value), KeyExchange | KeyExchangeFault)


def test_the_enciphered_key_does_not_show() -> None:
    exchange = read_key_exchange(sent(bytes(range(16))))
    assert isinstance(exchange, KeyExchange)
    assert repr(exchange.enciphered_key) not in repr(exchange)
