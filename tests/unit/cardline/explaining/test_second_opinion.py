"""What another policy would have said of a stored payment: every answer has its sentence."""

from dataclasses import replace
from datetime import UTC, datetime

from authorizer.back_test import PastRequest
from authorizer.controls import Control, Feature, Scope, Stance
from authorizer.decide import Policy
from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.request import AuthorizationRequest
from cardline.explaining.second_opinion import opinion

NO_FOOD = Control("no food", Stance.DENY, Feature.MCC, frozenset({"5411"}), scope=Scope.POLICY)
DRAFT = Policy(name="draft", version=1, controls=(NO_FOOD,))


NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
FACTS = CardFacts(
    card_id=7, account_id=9, asset="EUR", card_status=CardStatus.ACTIVE, account_status=AccountStatus.OPEN, expiry="2912",
    psn="00", pvv="1234", facts_version=3,
)  # fmt: skip
FOOD = AuthorizationRequest(
    token=bytes(16), amount_minor=10_00, asset="EUR", transmitted_at=NOW, expiry="2912", mcc="5411"
)  # fmt: skip


def test_every_opinion_is_a_sentence() -> None:
    past = PastRequest(request=FOOD, facts=FACTS, usage=None, at=NOW, rule="", reason="approved", granted=10_00)
    refused = replace(past, rule="mcc_allowed", reason="mcc_not_allowed", granted=0)
    assert opinion(past, DRAFT) == "Policy draft/1 would have declined it as mcc_not_allowed."
    assert opinion(past, replace(DRAFT, controls=())) == "Policy draft/1 would have left it as it is."
    assert opinion(refused, DRAFT) == "Policy draft/1 would have declined it too."
    assert "would not have declined it as mcc_not_allowed" in opinion(refused, replace(DRAFT, controls=()))
    assert "cannot be asked" in opinion(replace(past, rule="pin_tries_left", granted=0), DRAFT)
    assert "has no say in it" in opinion(None, DRAFT)
