"""The indicator and the accountholder authentication value: each level, and each contradiction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.three_d_secure import ThreeDSecure, ThreeDSecureFault, UcafLevel, classify

AAV = "kBM" + "A" * 24 + "="


@pytest.mark.parametrize(
    ("indicator", "aav", "level", "fault"),
    [
        ("210", "", UcafLevel.NOT_SUPPORTED, None),
        ("211", AAV, UcafLevel.ATTEMPTED, None),
        ("212", AAV, UcafLevel.AUTHENTICATED, None),
        ("213", AAV, UcafLevel.STATIC_AAV, None),
        ("214", "", UcafLevel.DATA_ONLY, None),
        ("216", "", UcafLevel.EXEMPTED, None),
        ("217", "", UcafLevel.FOLLOWS_AUTHENTICATED, None),
        ("240", "", UcafLevel.NOT_SUPPORTED, None),
        ("242", "", UcafLevel.AUTHENTICATED, None),
        ("212", "", UcafLevel.AUTHENTICATED, ThreeDSecureFault.AAV_MISSING),
        ("211", "", UcafLevel.ATTEMPTED, None),
        ("213", "", UcafLevel.STATIC_AAV, ThreeDSecureFault.AAV_MISSING),
        ("210", AAV, UcafLevel.NOT_SUPPORTED, ThreeDSecureFault.AAV_UNEXPECTED),
        ("212", AAV[:20], UcafLevel.AUTHENTICATED, ThreeDSecureFault.AAV_MALFORMED),
        ("212", "!" * 28, UcafLevel.AUTHENTICATED, ThreeDSecureFault.AAV_MALFORMED),
        ("215", AAV, None, ThreeDSecureFault.INDICATOR_UNREADABLE),
        ("21", AAV, None, ThreeDSecureFault.INDICATOR_UNREADABLE),
    ],
)
def test_each_indicator_has_its_level_and_its_contradictions(
    indicator: str, aav: str, level: UcafLevel | None, fault: ThreeDSecureFault | None
) -> None:
    found = classify(f"01{len(indicator):02}{indicator}", aav, "")
    assert (found.level, found.fault, found.has_aav) == (level, fault, bool(aav))
    assert found.is_tokenised is (indicator[1] == "4")
    assert found.is_authenticated is (level is UcafLevel.AUTHENTICATED and fault is None)


def test_a_request_without_any_of_it_says_nothing() -> None:
    assert classify("", "", "") == ThreeDSecure()


def test_an_authentication_value_without_an_indicator_is_a_contradiction() -> None:
    assert classify("", AAV, "").fault is ThreeDSecureFault.INDICATOR_MISSING


def test_program_and_lowered_indicator_are_kept() -> None:
    found = classify("0103211" + "0203212" + "03010", AAV, "01012" + "0236" + "f" * 36)
    assert (found.program, found.directory_server_id, found.original_indicator) == ("2", "f" * 36, "212")


@given(st.text(max_size=20), st.text(max_size=40), st.text(max_size=20))
def test_any_text_is_classified(indicators: str, aav: str, authentication: str) -> None:
    assert isinstance(classify(indicators, aav, authentication), ThreeDSecure)
