"""What a message proves about its card, from the wire to the books and back. Cards and terminals are psec's and pyemv's."""

import asyncio
from typing import Any

import asyncpg
import orjson
import pytest
from acceptance.issuer import HeldCard, Issuer, eventually
from acceptance.network import ask, code, connection, header, payload, purchase
from evidence import Chip, cvc, key_exchange, other, pin_block, pvv, track2

from ledger.card_addresses import set_address
from simulator import messages
from simulator.client import NetworkConnection
from simulator.private_data import read_private_data
from switch.framing import Framing
from switch.iso8583 import Message

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
ISSUER: dict[str, Any] = {"tables": "[card_layout]\ntrack_cvc_at = 5\n"}


async def card(issuer: Issuer) -> HeldCard:
    """One that psec finds all codes for."""
    for held in await issuer.cards(20, balance_minor=100_00):
        try:
            for service_code in ("000", "201", "999"):
                cvc(held.card.pan, held.card.expiry, service_code)
        except AssertionError:
            continue
        return held
    raise AssertionError("no such card among twenty")


def told(answer: Message) -> dict[str, str]:
    data = read_private_data(answer.raw(48), "cp037")
    assert data is not None
    return dict(data.subelements)


def chip_purchase(held: HeldCard, chip_data: bytes, **elements: str | bytes) -> Message:
    return purchase(held, 1_00, elements={22: "051", 23: "000", 55: chip_data} | {int(k[1:]): v for k, v in elements.items()})


def with_pin(held: HeldCard, pin: str) -> Message:
    return purchase(held, 1_00, elements={52: pin_block(pin, held.card.pan), 53: "9701100001000000"})


async def seen(issuer: Issuer, held: HeldCard) -> dict[str, Any]:
    """What the record says of the last decision."""
    rows = await issuer.authorizations(held)
    return dict(orjson.loads(rows[-1]["seen"])) | {"rule": rows[-1]["rule"], "reason": rows[-1]["reason"]}


async def test_the_chip_is_checked_and_answered_so_that_it_believes_its_issuer(issuer: Issuer) -> None:
    held = await card(issuer)
    chip = Chip(held.card.pan)
    async with connection(issuer.switch) as network:
        request = chip_purchase(held, chip.data(28))
        answer = await ask(network, request)
        assert (answer.text(39), chip.believes(answer.raw(55), request.raw(55))) == ("00", bytes.fromhex("0012"))
        repeat = await ask(network, messages.repeated(request))
        assert (repeat.text(39), repeat.raw(55)) == ("00", answer.raw(55))
        assert await code(network, chip_purchase(held, chip.data(29))) == "00"
    assert (await seen(issuer, held))["checks"] == {"cryptogram": "match", "atc": "29"}


async def test_a_wrong_cryptogram_is_88_and_gets_no_answer_for_the_chip(issuer: Issuer) -> None:
    held = await card(issuer)
    async with connection(issuer.switch) as network:
        answer = await ask(network, chip_purchase(held, Chip(held.card.pan).data(28, is_genuine=False)))
    assert (answer.text(39), answer.raw(55)) == ("88", b"")
    record = await seen(issuer, held)
    assert (record["rule"], record["reason"]) == ("cryptogram_right", "wrong_cryptogram")
    assert (await issuer.account(held))["holds"] == 0


async def test_a_copied_cryptogram_is_88_and_the_chip_is_told_that_it_was_declined(issuer: Issuer) -> None:
    held = await card(issuer)
    chip = Chip(held.card.pan)
    async with connection(issuer.switch) as network:
        first, copied = (chip_purchase(held, chip.data(28)) for _ in range(2))
        assert await code(network, first) == "00"
        answer = await ask(network, copied)
    assert (answer.text(39), chip.believes(answer.raw(55), copied.raw(55))) == ("88", bytes(2))
    record = await seen(issuer, held)
    assert (record["rule"], record["reason"]) == ("counter_fresh", "atc_replayed")
    assert (await issuer.account(held))["holds"] == 1_00


async def test_chip_data_that_is_no_tlv_is_a_format_error_that_names_its_element(issuer: Issuer) -> None:
    held = await card(issuer)
    async with connection(issuer.switch) as network:
        answer = await ask(network, chip_purchase(held, bytes.fromhex("9F2608AABB")))
    assert (answer.text(39), answer.text(44)) == ("30", "055")


async def test_the_codes_of_panel_stripe_and_chip_are_checked_each_with_its_own_result(issuer: Issuer) -> None:
    held = await card(issuer)
    pan, expiry = held.card.pan, held.card.expiry
    stripe, chip = cvc(pan, expiry, "201"), cvc(pan, expiry, "999")
    async with connection(issuer.switch) as network:

        async def result(entry: str, code_on_track: str) -> tuple[str, str | None]:
            track = track2(pan, expiry, "201", code_on_track)
            answer = await ask(network, purchase(held, 1_00, elements={22: entry, 35: track}))
            return answer.text(39), told(answer).get("87")

        assert await result("901", stripe) == ("00", None)
        assert await result("901", other(stripe)) == ("05", "Y")
        assert await result("051", chip) == ("00", None)
        assert await result("051", other(chip)) == ("05", "Y")
        for sent, expected in ((held.card.cvc2, ("00", "M")), (other(held.card.cvc2), ("05", "N"))):
            answer = await ask(network, purchase(held, 1_00, subelements={"92": sent}))
            assert (answer.text(39), told(answer).get("87")) == expected
    reasons = [row["reason"] for row in await issuer.authorizations(held)]
    assert reasons == ["approved", "wrong_cvc1", "approved", "wrong_chip_cvc", "approved", "wrong_cvc2"]


async def test_three_wrong_pins_use_up_the_tries_and_a_repeat_is_no_try(issuer: Issuer) -> None:
    held = await card(issuer)
    wrong = other(held.card.pin)
    async with connection(issuer.switch) as network:
        assert await code(network, with_pin(held, wrong)) == "55"
        again = with_pin(held, wrong)
        assert await code(network, again) == "55"
        assert await code(network, messages.repeated(again)) == "55"
        assert await code(network, with_pin(held, held.card.pin)) == "00"  # gives all tries back
        for expected in ("55", "55", "55", "75"):
            assert await code(network, with_pin(held, wrong)) == expected
        assert await code(network, with_pin(held, held.card.pin)) == "75"
        assert await code(network, purchase(held, 1_00)) == "00"
    assert await issuer.value("select pin_tries from report.card_counter where card_id = $1", held.card_id) == 3
    assert await issuer.findings() == []


async def test_a_new_pin_has_all_its_tries(issuer: Issuer) -> None:
    held = await card(issuer)
    async with connection(issuer.switch) as network:
        for _ in range(3):
            await ask(network, with_pin(held, other(held.card.pin)))
        chosen = other(other(held.card.pin))
        await execute(issuer, "update ledger.card set pvv = $2 where card_id = $1", held.card_id, pvv(chosen, held.card.pan))
        assert await code(network, with_pin(held, held.card.pin)) == "55"
        assert await code(network, with_pin(held, chosen)) == "00"


async def test_the_address_on_file_is_compared(issuer: Issuer) -> None:
    held = await card(issuer)
    asked = {120: "0149" + "10115".ljust(9) + "12 Main Street".ljust(40)}
    async with connection(issuer.switch) as network:
        before = await ask(network, purchase(held, 1_00, subelements={"82": "52"}, elements=asked))
        connected = await asyncpg.connect(issuer.postgres_dsn)
        try:
            await set_address(connected, held.card_id, address="12 Main Street", postcode="10115", actor="test", reason="moved")
        finally:
            await connected.close()
        after = await ask(network, purchase(held, 1_00, subelements={"82": "52"}, elements=asked))
    assert [(answer.text(39), told(answer)["83"]) for answer in (before, after)] == [("00", "U"), ("00", "Y")]
    assert await issuer.value("select count(*) from report.audit where action = 'card_address' and detail = 'changed'") == 1


async def test_the_merchant_is_told_what_to_do_about_a_refusal(issuer: Issuer) -> None:
    held = await card(issuer)
    async with connection(issuer.switch) as network:
        answer = await ask(network, purchase(held, 1_000_00))
        assert (answer.text(39), told(answer)) == ("51", {"84": "02"})
        await execute(issuer, "update ledger.card set status = 'stolen' where card_id = $1", held.card_id)
        answer = await ask(network, purchase(held, 1_00))
        assert (answer.text(39), told(answer)) == ("43", {"84": "03"})


async def test_a_pin_key_that_the_network_sends_counts_after_its_confirmation_and_after_a_restart(make_issuer: Any) -> None:
    issuer: Issuer = make_issuer()
    held = await issuer.card(balance_minor=100_00)
    key = bytes(range(16))
    under_new = {52: pin_block(held.card.pin, held.card.pan, key), 53: "9701100001000000"}
    async with connection(issuer.switch) as network:
        assert await code(network, key_message("0800", key_exchange(key, cycle="07"))) == "00"
        assert await code(network, purchase(held, 1_00, elements=under_new)) == "86"
        await network.send_frame(Framing().wrap(payload(key_message("0820", f"PK0007{' ' * 32}"))))
        await answered(network, held, under_new)
    kept = "select count(*) from ledger.working_key"
    await eventually("the key is kept", lambda: asyncio.run(issuer.value(kept)) == 1)
    issuer.switch.kill()
    issuer.switch.start()
    async with connection(issuer.switch) as network:
        assert await code(network, purchase(held, 1_00, elements=under_new)) == "00"


async def answered(network: NetworkConnection, held: HeldCard, elements: dict[int, str | bytes]) -> None:
    """An 0820 has no answer: the next message on the same connection is read after it."""
    assert await code(network, purchase(held, 1_00, elements=elements)) == "00"


def key_message(mti: str, block: str) -> Message:
    base = messages.network_management(header(), "161")
    return Message(mti, dict(base.elements) | {48: f"11{len(block):02d}{block}".encode("cp037")})


async def execute(issuer: Issuer, statement: str, *arguments: object) -> None:
    connected = await asyncpg.connect(issuer.postgres_dsn)
    try:
        await connected.execute(statement, *arguments)
    finally:
        await connected.close()
