"""Microseconds that each kind of evidence adds to a message: `python -m bench.decide.checks [--seconds S]`.

The whole way from the decoded message to the checks, as `switch/flow.py` goes it, best of several rounds; the message that
carries nothing is the one to compare with. Cards are new ones each time, made with the public test keys.
"""

import argparse
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle

from authorizer.card_checks import CardChecks
from authorizer.crypto.cryptogram import CryptogramVersion
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.hsm import SoftwareHsm
from authorizer.keyring import default_ring
from authorizer.tokens import Tokenizer
from bench.decide.crypto import KEY, PIN_KEY, ROUNDS, cards, microseconds, samples
from ledger.card_counters import UNUSED, CardUse, counted
from switch import check_answers, translate
from switch.checks import Checker
from switch.iso8583 import Message
from switch.tlv import build_icc_data

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BASE: dict[int, str | bytes] = {
    3: "000000", 4: "000000001000", 7: "0301120000", 11: "000001", 14: "2912", 15: "0301", 18: "5411", 22: "051", 23: "000",
    32: "123456", 33: "654321", 37: "000000000001", 41: "TERM0001", 42: "MERCHANT0000001", 48: b"R", 49: "978", 63: "MCC000001",
}  # fmt: skip
RING = default_ring(cvk=KEY, pvk=KEY, pvk_index=1, pin_key=PIN_KEY, imk_ac=KEY)
CHECKER = Checker(SoftwareHsm(RING), track_cvc_at=5)
TOKENIZER = Tokenizer(bytes(32))
FACTS = CardFacts(
    card_id=7, account_id=8, asset="EUR", card_status=CardStatus.ACTIVE, account_status=AccountStatus.OPEN, expiry="2912",
    psn="00", pvv="1234", facts_version=1,
)  # fmt: skip
Elements = dict[int, str | bytes]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.decide.checks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.4, help="per line and round")
    seconds = parser.parse_args().seconds
    command = " ".join(["python -m bench.decide.checks", *sys.argv[1:]])
    print(f"{platform.machine()}, Python {platform.python_version()}, `{command}`\n")
    print("| a message that carries | best us | median us | more than nothing |\n| --- | --- | --- | --- |")
    nothing = None
    for name, check in _lines():
        rounds = [microseconds(check, seconds) for _ in range(ROUNDS)]
        nothing = min(rounds) if nothing is None else nothing
        print(f"| {name} | {min(rounds):.1f} | {statistics.median(rounds):.1f} | {min(rounds) - nothing:.1f} |", flush=True)
    return 0


def _lines() -> Iterator[tuple[str, Callable[[], object]]]:
    yield "nothing", _checking(lambda _pan: {})
    yield "CVC2", _checking(lambda _pan: {48: b"R9203123"})
    yield "a stripe's track 2", _checking(lambda pan: {22: "901", 35: f"{pan}=2912201100001230"})
    hsm = SoftwareHsm(RING)
    blocks = {card.pan.clear: hsm.encrypt_pin_block("1234", card.pan) for card in cards()}
    yield "a PIN", _checking(lambda pan: {52: blocks[pan], 53: "9701100001000000"})
    yield "3-D Secure", _checking(lambda _pan: {48: b"R42070103212" + b"4328" + b"A" * 28})
    yield "a wallet token", _checking(lambda _pan: {48: b"R3326" + b"0101C0216" + b"5413330000000005" + b" "})
    chips = {card.pan.clear: build_icc_data(tags.items()) for card, tags in samples(CryptogramVersion.CVN_14)}
    yield "a cryptogram", _checking(lambda pan: {55: chips[pan]})
    yield "a cryptogram, answered (tag 91)", _checking(lambda pan: {55: chips[pan]}, _answer)
    use = CardUse(28, 10_000, True, 3)
    yield "(in the ledger: PIN try and counter counted)", lambda: counted(UNUSED, use)


def _checking(carried: Callable[[str], Elements], then: Callable[[CardChecks], object] = id) -> Callable[[], object]:
    messages = cycle([Message("0100", BASE | {2: card.pan.clear} | carried(card.pan.clear)) for card in cards()])

    def check() -> object:
        message = next(messages)
        parts = translate.financial(message, "ascii", TOKENIZER, NOW)
        assert isinstance(parts, translate.Financial)
        return then(CHECKER.checked(message, parts, FACTS, "mastercard", None))

    return check


def _answer(checks: CardChecks) -> object:
    answered = check_answers.issuer_data(checks, "00")
    assert answered is not None
    return answered


if __name__ == "__main__":
    sys.exit(main())
