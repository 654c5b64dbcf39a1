"""`cardline explain` on real books: the story is the one that the wire has seen."""

import subprocess
import sys

import orjson
from acceptance.issuer import PATIENCE_SECONDS, ROOT, Issuer, eventually
from acceptance.network import ask, code, connection, header, purchase, reversal

from simulator import messages


def explain(issuer: Issuer, *arguments: str) -> tuple[int, str, str]:
    environment = {"CARDLINE_POSTGRES_DSN": issuer.postgres_dsn, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cardline", "explain", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


async def test_one_payment_is_told_from_the_request_to_its_reversal(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    async with connection(issuer.switch) as network:
        request = purchase(held, 30_00)
        await ask(network, request)
        await ask(network, messages.repeated(request))
        await ask(network, reversal(request, left=10_00))
    authorization_id = (await issuer.authorizations(held))[0]["authorization_id"]
    for reference in (str(authorization_id), request.text(37)):
        exit_code, story, complaint = explain(issuer, reference)
        assert (exit_code, complaint) == (0, "")
        assert f"Authorization {authorization_id}: a purchase of 30.00 EUR at Corner shop" in story
        assert "by a 0100: 30.00 EUR were held, journal " in story
        assert "the request came again and was given the same answer" in story
        assert "by a 0400: a part was given back: 10.00 EUR remained of the element, journal " in story
        assert "its holds changed by +10.00 EUR." in story
        assert "Now it is partially reversed: 10.00 EUR are held until " in story
        assert held.card.pan not in story


async def test_a_refusal_is_told_with_its_rule_and_the_story_is_there_as_json(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    wrong = f"{(int(held.card.cvc2) + 1) % 1000:03d}"
    async with connection(issuer.switch) as network:
        await ask(network, purchase(held, 30_00, subelements={"92": wrong}))
    authorization_id = (await issuer.authorizations(held))[0]["authorization_id"]
    exit_code, document, _ = explain(issuer, str(authorization_id), "--json")
    (found,) = orjson.loads(document)
    assert exit_code == 0
    assert (found["authorization"]["rule"], found["authorization"]["response_code"]) == ("cvc2_right", "05")
    assert found["authorization"]["seen"]["checks"] == {"cvc2": "no_match"}
    assert any("by rule cvc2_right of policy default/3" in sentence for sentence in found["story"])
    assert (found["events"], found["postings"]) == ([], [])


async def test_a_message_that_could_not_be_read_is_told_from_what_was_kept_of_it(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = messages.altered(purchase(held, 1_00), {49: None})
    async with connection(issuer.switch) as network:
        assert await code(network, request) == "30"
    await eventually("the message is kept", lambda: explain(issuer, request.text(37))[0] == 0)
    _, story, complaint = explain(issuer, request.text(37))
    assert complaint == ""
    assert "DE 39 = 30: element 49 (Currency code, transaction) is missing or could not be read." in story


async def test_a_stan_finds_its_payment_or_the_payments_that_have_it(issuer: Issuer) -> None:
    held = await issuer.card(balance_minor=100_00)
    request = purchase(held, 1_00)
    async with connection(issuer.switch) as network:
        await ask(network, request)
    authorization_id = (await issuer.authorizations(held))[0]["authorization_id"]
    _, story, complaint = explain(issuer, request.text(11))
    assert f"{authorization_id}" in (story or complaint)


async def test_what_nobody_has_asked_for_is_one_clear_line(issuer: Issuer) -> None:
    for unknown in (header().rrn, "1", "9" * 40, "no such thing"):
        exit_code, story, complaint = explain(issuer, str(unknown))
        assert (exit_code, story) == (1, "")
        assert complaint.startswith("explain: no authorization has the id, RRN, STAN or approval code")
        assert "see `cardline card show CARD_ID`" in complaint
        assert complaint.count("\n") == 1
