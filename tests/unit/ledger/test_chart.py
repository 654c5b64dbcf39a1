"""The chart of accounts as text: what is understood, what is refused and how that is said."""

from importlib.resources import files

import pytest

from ledger.chart import Floor, Holder, parse
from ledger.errors import ChartError

GOOD = """
[role.assets]
holder = "group"
number = 900
name = "Assets"
type = "asset"
normal_side = "debit"

[role.bank]
holder = "system"
number = 3
name = "Bank"
type = "asset"
normal_side = "debit"
parent = "assets"

[role.customer_debit]
holder = "customer"
number = 101
name = "Debit account"
type = "liability"
normal_side = "credit"
floor = "zero"
"""


def test_roles_are_read_with_parents_before_their_members() -> None:
    chart = parse(GOOD.replace("[role.bank]", "[role.zero]").replace("number = 900", "number = 999"), "chart.toml")
    assert [role.role for role in chart.roles] == ["customer_debit", "assets", "zero"]
    assert chart.roles[0].floor is Floor.ZERO
    assert chart.roles[2].parent == "assets"


CIRCLE = """
[role.a]
holder = "group"
number = 1
name = "A"
type = "asset"
normal_side = "debit"
parent = "b"
[role.b]
holder = "group"
number = 2
name = "B"
type = "asset"
normal_side = "debit"
parent = "a"
"""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD.replace('parent = "assets"', 'parent = "asssets"'), "role.bank.parent: there is no role asssets"),
        (GOOD.replace('parent = "assets"', 'parent = "customer_debit"'), "role.bank.parent: customer_debit is no group"),
        (GOOD.replace('type = "liability"', 'type = "liability"\nparent = "assets"'),
         "role.customer_debit.parent: assets is of type asset, not liability"),
        (CIRCLE, "role.a.parent: the parents run in a circle"),
        (GOOD.replace("number = 101", "number = 3"), "role.customer_debit.number: 3 is taken by bank"),
        (GOOD.replace("number = 101", "number = 1000"), "role.customer_debit.number: expected a whole number"),
        (GOOD.replace("number = 101", "number = true"), "role.customer_debit.number: expected a whole number"),
        (GOOD.replace("[role.customer_debit]", "[role.bank]"), "twice"),
        (GOOD.replace('"debit"\nparent', '"credit"\nparent'), "role.bank.normal_side: an account of type asset stands in debit"),
        (GOOD.replace('normal_side = "credit"', 'normal_side = "debit"'), "role.customer_debit.normal_side: a customer stands in credit"),
        (GOOD.replace('normal_side = "credit"', 'normal_side = "left"'), "role.customer_debit.normal_side: 'left' is none of"),
        (GOOD.replace('floor = "zero"', ""), "role.customer_debit.floor"),
        (GOOD.replace('parent = "assets"', 'floor = "zero"'), "role.bank.floor"),
        (GOOD.replace("customer_debit", "customer_gold"), "role.customer_gold: a customer's role is"),
        (GOOD.replace("role.bank", "role.customer"), "role.customer: this name"),
        (GOOD.replace('name = "Bank"', 'name = ""'), "role.bank.name: expected a text"),
        (GOOD.replace('name = "Bank"', 'title = "Bank"'), "role.bank.title: no such key"),
        ("", "expected tables"),
        ("role = 1", "expected tables"),
        ("[role]\nbank = 1", "role.bank: expected a table"),
        ("not toml", "chart.toml"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_file_and_key(text: str, fault: str) -> None:
    with pytest.raises(ChartError) as caught:
        parse(text, "chart.toml")
    assert str(caught.value).startswith("chart.toml: ")
    assert fault in str(caught.value)


def test_the_packaged_chart_has_every_role_that_the_books_know() -> None:
    chart = parse(files("configs").joinpath("chart_of_accounts.toml").read_text(encoding="utf-8"), "chart_of_accounts.toml")
    numbers = {role.role: role.number for role in chart.roles}
    assert [numbers[role] for role in ("holds_contra", "network_settlement", "bank", "opening_equity")] == [1, 2, 3, 4]
    assert {role.role for role in chart.roles if role.holder is Holder.CUSTOMER} == {
        "customer_debit", "customer_prepaid", "customer_credit",
    }  # fmt: skip
    assert all(role.parent for role in chart.roles if role.holder is not Holder.GROUP)
