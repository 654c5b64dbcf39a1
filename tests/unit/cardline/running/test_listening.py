"""Sockets are bound together, named when taken, and handed over."""

import os

import pytest

from cardline.errors import ConfigurationError
from cardline.running import listening
from cardline.settings import Address

ANY = Address("127.0.0.1", 0)


def test_port_nought_binds_a_free_port_and_says_which() -> None:
    bound = listening.bind_all({"a": ANY, "b": ANY})
    ports = {listening.address_of(each).port for each in bound.values()}
    listening.close_all(bound)
    assert len(ports - {0}) == 2


def test_taken_ports_are_all_named_with_owner_and_remedy() -> None:
    taken = listening.bind_all({"a": ANY, "b": ANY})
    addresses = {name: listening.address_of(each) for name, each in taken.items()}
    with pytest.raises(ConfigurationError) as raised:
        listening.bind_all({**addresses, "c": ANY}, {"a": "--port"})
    listening.close_all(taken)
    first, second = raised.value.mistakes
    assert first.startswith(f"a: {addresses['a']} is in use by ")
    assert f"(pid {os.getpid()})" in first
    assert "--port" in first
    assert second.startswith("b: ")


def test_an_address_that_is_not_ours_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"a: cannot listen on 192\.0\.2\.1:0"):
        listening.bind_all({"a": Address("192.0.2.1", 0)})


def test_a_child_finds_its_inherited_sockets_by_name() -> None:
    bound = listening.bind_all({"mastercard-ascii": ANY, "metrics": ANY})
    addresses = {name: listening.address_of(each) for name, each in bound.items()}
    environment = listening.hand_over(bound)
    for each in bound.values():
        each.detach()  # as after fork and exec: only the descriptors are left
    taken = listening.take_over(environment)
    assert {name: listening.address_of(each) for name, each in taken.items()} == addresses
    listening.close_all(taken)


def test_nothing_inherited_is_an_empty_answer() -> None:
    assert listening.take_over({}) == {}


@pytest.mark.parametrize("text", ["a=", "a=x", "a=9999", "a"])
def test_what_was_not_inherited_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError):
        listening.take_over({listening.FDS_VARIABLE: text})
