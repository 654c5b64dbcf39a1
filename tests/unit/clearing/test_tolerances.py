"""The table of tolerances: what fits which rule is tested with matching; here, which tables are refused."""

from typing import Any

import pytest
from clearing_samples import TOLERANCES, record

from clearing.tolerances import NONE, TolerancesError, parse_tolerances

GENERAL = {"percent": 0}


def mistakes(**changes: Any) -> tuple[str, ...]:
    document = {"name": "test", "version": 3, "rule": {"general": GENERAL}, **changes}
    with pytest.raises(TolerancesError) as caught:
        parse_tolerances({key: value for key, value in document.items() if value is not None})
    return caught.value.mistakes


def test_the_first_rule_that_fits_counts() -> None:
    rules = {"one": {"mcc": ["5812"], "percent": 3}, "many": {"mcc": ["5000-5999"], "percent": 2}, "general": {"percent": 1}}
    table = parse_tolerances({"name": "test", "version": 3, "rule": rules})
    asked = [table.allowed(1000, "EUR", record(mcc=mcc), is_converted=False) for mcc in ("5812", "5813", "7011", None, "X")]
    assert [(found.minor, found.rule) for found in asked] == [
        (1030, "one of test/3"), (1020, "many of test/3"), *[(1010, "general of test/3")] * 3,
    ]  # fmt: skip


def test_a_converted_payment_may_exceed_by_the_larger_of_both() -> None:
    converted = [TOLERANCES.allowed(1000, "EUR", record(mcc=mcc), is_converted=True).minor for mcc in ("5411", "5812")]
    assert converted == [1050, 1200]


def test_without_a_table_nothing_is_added() -> None:
    assert NONE.allowed(1000, "EUR", record(mcc="5812"), is_converted=True).minor == 1000


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": ""}, "name"), ({"version": 0}, "version"), ({"rule": None}, "rule"), ({"rules": {}}, "rules"),
        ({"converted_percent": -1}, "converted_percent"), ({"margin_percent": "10"}, "margin_percent"),
        ({"rule": {"a": {"mcc": ["5812"], "percent": 1}}}, "rule.a: the last one"),
        ({"rule": {"a": GENERAL, "b": GENERAL}}, "rule.a: fits everything"),
        ({"rule": {"a": 1}}, "rule.a"), ({"rule": {"a": {}}}, "rule.a.percent"), ({"rule": {"a": {"percent": 101}}}, "rule.a.percent"),
        ({"rule": {"a": {"percent": True}}}, "rule.a.percent"), ({"rule": {"a": {"percent": 1, "plus": 2}}}, "rule.a.plus"),
        ({"rule": {"a": {"mcc": "5812", "percent": 1}, "b": GENERAL}}, "rule.a.mcc"),
        ({"rule": {"a": {"mcc": ["58-12"], "percent": 1}, "b": GENERAL}}, "rule.a.mcc"),
        ({"rule": {"a": {"entry": ["wave"], "percent": 1}, "b": GENERAL}}, "rule.a.entry"),
        ({"rule": {"a": {"token": "1.00", "percent": 1}}}, "rule.a: token"),
        ({"rule": {"a": {"token": "1.00", "most": {"XXX": "9.00"}, "percent": 1}}}, "rule.a.most"),
        ({"rule": {"a": {"token": "1.001", "most": {"EUR": "9.00"}, "percent": 1}}}, "rule.a.token"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused_with_its_key(changes: dict[str, Any], key: str) -> None:
    assert mistakes(**changes)[0].startswith(key)


def test_all_mistakes_are_told_at_once() -> None:
    assert len(mistakes(name="", version=0, converted_percent=-1)) == 3
