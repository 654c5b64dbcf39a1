from typing import Any

import orjson
import pytest

from authorizer.controls import Control, ControlError, Vocabulary, parse_control, parse_controls

GROUPS = {"gambling": {"7995"}, "betting": {"7801", "7802", "7995"}, "groceries": {"5411", "5422"}}
WORDS = Vocabulary(groups=GROUPS, currencies={"EUR"})


def _said(by: str, *values: str, stance: str = "deny", **more: Any) -> dict[str, Any]:
    return {"name": f"{stance} {by}", "stance": stance, "by": by, "values": list(values), **more}


GOOD = [
    _said("mcc", "7995"),
    _said("mcc_group", "gambling"),
    _said("merchant", "SHOP00000000001", stance="allow"),
    _said("country", "ITA", "DEU", stance="allow"),
    _said("currency", "EUR", stance="allow"),
    _said("entry_mode", "80"),
    _said("presence", "absent"),
    _said("channel", "atm", "ecommerce"),
    _said("channel", "atm", **{"from": "23:00", "to": "05:00"}) | {"zone": "Europe/Vienna"},
    {"name": "office", "stance": "allow", "by": "time", "from": "08:00", "to": "18:00", "zone": "Europe/Rome", "days": ["mon"]},
]


@pytest.mark.parametrize("said", GOOD, ids=" ".join)
def test_what_is_stored_of_a_control_is_read_again(said: dict[str, Any]) -> None:
    (control,) = parse_controls([said], "control", WORDS)
    assert parse_control(orjson.loads(orjson.dumps(control.document())), "x") == control
    assert isinstance(control, Control)


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (_said("mcc", "79"), "control[0].values"),
        (_said("mcc_group", "gaming"), "control[0].values"),
        (_said("country", "IT"), "control[0].values"),
        (_said("currency", "XXX"), "control[0].values"),
        (_said("entry_mode", "810"), "control[0].values"),
        (_said("presence", "there"), "control[0].values"),
        (_said("channel", "shop"), "control[0].values"),
        (_said("merchant", " x"), "control[0].values"),
        (_said("mcc"), "control[0].values"),
        (_said("colour", "red"), "control[0].by"),
        (_said("mcc", "7995", stance="forbid"), "control[0].stance"),
        (_said("mcc", "7995", upto="x"), "control[0].upto"),
        (_said("mcc", "7995") | {"name": 'a"b'}, "control[0].name"),
        (_said("mcc", "7995", stance="allow", to="05:00"), "control[0].to"),
        (_said("mcc", "7995", to="05:00"), "control[0].from"),
        (GOOD[-1] | {"zone": "Europe/Roma"}, "control[0].zone"),
        (GOOD[-1] | {"from": "8:00"}, "control[0].from"),
        (GOOD[-1] | {"days": ["monday"]}, "control[0].days"),
    ],
)
def test_a_mistake_is_named_by_its_key(said: dict[str, Any], key: str) -> None:
    with pytest.raises(ControlError) as refused:
        parse_controls([said], "control", WORDS)
    assert str(refused.value).startswith(f"{key}: ")


def test_two_controls_of_one_name_are_refused() -> None:
    with pytest.raises(ControlError, match=r"control\[1\].name"):
        parse_controls([GOOD[0], GOOD[0]], "control", WORDS)


def test_what_is_allowed_and_denied_at_once_is_refused() -> None:
    with pytest.raises(ControlError, match="'ITA' is also denied"):
        parse_controls([_said("country", "ITA", stance="allow"), _said("country", "ITA")], "control", WORDS)


def _hours(stance: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    return {
        "name": f"{stance} {start} {more}"[:40].translate(NAMES),
        "stance": stance,
        "by": "time",
        "from": start,
        "to": end,
    } | more


NAMES = {ord(one): "-" for one in ":{}'[],/"}
ROME = {"zone": "Europe/Rome"}
NIGHT = {"from": "23:00", "to": "05:00"}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (
            [_said("mcc", "7995", stance="allow"), _said("mcc_group", "gambling")],
            "[0].values: '7995' is also denied, by 'deny mcc_group'",
        ),
        ([_said("mcc_group", "gambling", stance="allow"), _said("mcc", "7995")], "[0].values: every merchant of 'gambling'"),
        (
            [_said("mcc_group", "gambling", stance="allow"), _said("mcc_group", "betting")],
            "[0].values: every merchant of 'gambling'",
        ),
        ([_said("mcc", "5411", stance="allow"), _said("mcc_group", "gambling", stance="allow")], "[1].values: none of the codes"),
        ([_hours("allow", "08:00", "20:00"), _hours("deny", "08:00", "20:00")], "[0].from: all of these hours are also denied"),
        ([_hours("allow", "08:00", "20:00"), _hours("deny", "07:00", "21:00")], "[0].from: all of these"),
        ([_hours("allow", "08:00", "20:00", **ROME), _hours("deny", "06:00", "19:00")], "[0].from: all of these"),
        (
            [_hours("allow", "22:00", "02:00"), _hours("deny", "21:00", "00:00"), _hours("deny", "00:00", "03:00")],
            "[0].from: all of these",
        ),
        ([_hours("allow", "08:00", "09:00", days=["mon"]), _hours("deny", "08:00", "09:00", days=["mon", "tue"])], "[0].from"),
        ([_hours("deny", "08:00", "08:00")], "[0].to: is the same as from"),
    ],
)
def test_what_is_allowed_and_can_never_be_is_refused_by_its_key(said: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(ControlError) as refused:
        parse_controls(said, "control", WORDS)
    assert str(refused.value).startswith(f"control{fault}")


@pytest.mark.parametrize(
    "said",
    [
        [_said("mcc_group", "betting", stance="allow"), _said("mcc", "7995")],
        [_said("mcc_group", "betting", stance="allow"), _said("mcc_group", "gambling")],
        [_said("mcc", "5411", "7995", stance="allow"), _said("mcc_group", "groceries", stance="allow")],
        [_hours("allow", "08:00", "20:00"), _hours("deny", "12:00", "13:00")],
        [_said("mcc", "5411", stance="allow"), _said("mcc_group", "groceries", "gambling", stance="allow")],
        [_hours("allow", "08:00", "20:00", **ROME), _hours("deny", "07:00", "18:30")],
        [_hours("allow", "08:00", "20:00"), _hours("deny", "08:00", "20:00", days=["sat", "sun"])],
        [_hours("allow", "00:00", "00:00"), _hours("deny", "23:00", "01:00")],
        [_said("country", "ITA", stance="allow"), _said("country", "ITA") | NIGHT],
        [_said("mcc_group", "gambling", stance="allow"), _said("mcc", "7995") | NIGHT],
        [_hours("allow", "23:00", "05:00"), _said("mcc", "7995") | NIGHT],
    ],
)
def test_what_leaves_something_allowed_is_no_contradiction(said: list[dict[str, Any]]) -> None:
    assert len(parse_controls(said, "control", WORDS)) == 2


def test_more_controls_than_can_be_read_for_every_payment_are_refused() -> None:
    with pytest.raises(ControlError, match="more than 50"):
        parse_controls([GOOD[0]] * 51, "control", WORDS)
