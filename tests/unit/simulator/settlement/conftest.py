"""Payments to settle: forty of them, one reversed, some converted, some cash, refunds and single messages."""

from datetime import UTC, datetime

import pytest

from simulator.cards import luhn_digit
from simulator.settlement.played import Money, Origin, Place, PlayedTransaction

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def payment(number: int, **changes: object) -> PlayedTransaction:
    payload = f"541333{number:09d}"
    values = {
        "origin": Origin.APPROVED, "pan": payload + luhn_digit(payload), "expiry": "2912", "processing_code": "000000",
        "amount": Money(1_000 + 10 * number, "978"), "at": AT, "acquirer": "200001",
        "place": Place("4111" if number % 5 == 0 else "5411", "SHOP00000000001", "EXAMPLE", "ROMA", "ITA", "TERM0001"),
        "network_reference": f"MCC{number:06d}", "settlement_date": "1126", "rrn": f"633012{number:06d}",
        "approval_code": "A12345",
    }  # fmt: skip
    return PlayedTransaction(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def payments() -> list[PlayedTransaction]:
    found = [payment(number) for number in range(1, 31)]
    found += [payment(number, billed=Money(700 + number, "840"), rate="61083000") for number in range(31, 36)]
    found += [payment(36, is_reversed=True), payment(37, processing_code="200000"), payment(38, processing_code="010000")]
    online = Place("5732", "WEBSHOP00000003", "EXAMPLE WEB", "DUBLIN", "IRL")
    return [*found, payment(39, origin=Origin.SINGLE_MESSAGE), payment(40, place=online, origin=Origin.STAND_IN)]
