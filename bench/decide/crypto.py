"""Microseconds of CPU per cryptographic check, public test keys: `python -m bench.decide.crypto [--seconds S]`.

Each figure is the best of several rounds, because a shared machine only ever adds; the median is beside it. Cards change
with each call. The time is the thread's own, not the clock's.
"""

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle

from authorizer.crypto.cryptogram import CryptogramVersion, application_cryptogram, card_keys, read_cryptogram
from authorizer.crypto.des import Tdes
from authorizer.crypto.emv_keys import icc_master_key
from authorizer.crypto.key_exchange import key_exchange_value
from authorizer.hsm import (
    CardReference,
    CvcKind,
    OffsetReference,
    OffsetRule,
    PinBlock,
    PvvReference,
    SoftwareHsm,
)
from authorizer.keyring import default_ring
from authorizer.pan import Pan, luhn_check_digit

KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PIN_KEY = bytes.fromhex("404142434445464748494A4B4C4D4E4F")
CARDS, ROUNDS = 2000, 7
ARC = bytes.fromhex("0012")
RULE = OffsetRule()
TAGS = {
    "9F02": bytes(6), "9F03": bytes(6), "9F1A": b"\x02\x76", "95": bytes(5), "5F2A": b"\x09\x78", "9A": b"\x26\x01\x15",
    "9C": b"\x00", "9F37": b"\xab\xcd\xef\x12", "82": b"\x18\x00", "9F36": b"\x00\x1c", "9F26": bytes(8), "9F27": b"\x80",
}  # fmt: skip
Check = Callable[[], object]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.decide.crypto", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.4, help="per check and round")
    seconds = parser.parse_args().seconds
    ring = default_ring(cvk=KEY, pvk=KEY, pvk_index=1, pin_key=PIN_KEY, imk_ac=KEY, imk_cvc3=KEY, offset_key=KEY, zmk=KEY)
    command = " ".join(["python -m bench.decide.crypto", *sys.argv[1:]])
    print(f"{platform.machine()}, Python {platform.python_version()}, `{command}`\n")
    print("| check | best us | median us |\n| --- | --- | --- |")
    for name, check in _checks(SoftwareHsm(ring)):
        rounds = [microseconds(check, seconds) for _ in range(ROUNDS)]
        print(f"| {name} | {min(rounds):.1f} | {statistics.median(rounds):.1f} |", flush=True)
    return 0


def _checks(hsm: SoftwareHsm) -> Iterator[tuple[str, Check]]:
    cards = cycle(_cards())
    yield "CVC2", lambda: hsm.verify_cvc(CvcKind.CVC2, next(cards), "123")
    track = bytes.fromhex("5123456789012345D35121010000000000000F")
    yield "CVC3", lambda: hsm.verify_cvc3(next(cards), "123", track=track, atc=94, unpredictable_number=899)
    blocks = cycle([(card, PinBlock(hsm.encrypt_pin_block("1234", card.pan))) for card in _cards()])
    by_pvv, by_offset = PvvReference("0000", 1), OffsetReference("0000", 1, RULE)
    yield "PIN block, PVV", lambda: hsm.verify_pin(*next(blocks), by_pvv)
    yield "PIN block, IBM 3624 offset", lambda: hsm.verify_pin(*next(blocks), by_offset)
    exchange = key_exchange_value(PIN_KEY, Tdes(KEY))
    yield "working key, DE 48 SE 11", lambda: hsm.import_working_key("bench", exchange)
    yield from _cryptograms(hsm)


def _cryptograms(hsm: SoftwareHsm) -> Iterator[tuple[str, Check]]:
    for version in CryptogramVersion:
        samples = cycle(list(_samples(version)))
        name = f"0x{version.value:02X}"
        yield f"ARQC {name}", lambda samples=samples: hsm.verify_arqc(*next(samples))  # type: ignore[misc]
        yield (
            f"ARQC {name} and ARPC",
            lambda samples=samples: hsm.verify_arqc(*next(samples)).issuer_authentication(ARC),  # type: ignore[misc]
        )


def _samples(version: CryptogramVersion) -> Iterator[tuple[CardReference, dict[str, bytes]]]:
    """Cards with a genuine cryptogram each."""
    issuer_key = Tdes(KEY)
    for card in _cards():
        tags = TAGS | {"9F10": bytes([1, version.value]) + bytes.fromhex("A00003220000" + "0000" + "00000000000322FF")}
        cryptogram = read_cryptogram(tags)
        keys = card_keys(Tdes(icc_master_key(issuer_key, card.pan, card.psn)), cryptogram)  # type: ignore[arg-type]
        yield card, tags | {"9F26": application_cryptogram(keys, cryptogram)}  # type: ignore[arg-type]


def _cards() -> list[CardReference]:
    payloads = (f"541333{number:09}" for number in range(CARDS))
    return [CardReference(Pan(payload + luhn_check_digit(payload)), "2912") for payload in payloads]


def microseconds(check: Check, seconds: float) -> float:
    end, calls, start = time.thread_time() + seconds, 0, time.thread_time()
    while (now := time.thread_time()) < end:
        for _ in range(100):
            check()
        calls += 100
    return (now - start) / calls * 1e6


if __name__ == "__main__":
    sys.exit(main())
