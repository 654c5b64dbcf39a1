"""One card in good standing and one ordinary purchase, for tests that change one thing about them."""

from datetime import UTC, datetime

import pytest

from authorizer.facts import AccountStatus, CardFacts, CardStatus
from authorizer.request import AuthorizationRequest


@pytest.fixture
def facts() -> CardFacts:
    return CardFacts(
        card_id=7,
        account_id=(5 << 48) | 7,
        asset="EUR",
        card_status=CardStatus.ACTIVE,
        account_status=AccountStatus.OPEN,
        expiry="2912",
        psn="00",
        pvv="1234",
        facts_version=3,
    )


@pytest.fixture
def purchase() -> AuthorizationRequest:
    return AuthorizationRequest(
        token=bytes(16),
        amount_minor=10_00,
        asset="EUR",
        transmitted_at=datetime(2027, 1, 15, tzinfo=UTC),
        expiry="2912",
    )
