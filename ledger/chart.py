"""The chart of accounts as data: which roles there are, on which side they stand, how they are summed. Pure.

The text comes from whoever builds the system (`configs/chart_of_accounts.toml` explains the form); `chart_table` brings
it into the database. Every fault is found here, named by its file and key.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from ledger.errors import ChartError


class AccountType(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    EQUITY = "equity"


class Side(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"


class Holder(StrEnum):
    SYSTEM = "system"
    CUSTOMER = "customer"
    GROUP = "group"


class Floor(StrEnum):
    NONE = "none"
    ZERO = "zero"
    LIMIT = "limit"
    """Minus the credit limit."""


SIDES: Mapping[AccountType, Side] = {
    AccountType.ASSET: Side.DEBIT,
    AccountType.EXPENSE: Side.DEBIT,
    AccountType.LIABILITY: Side.CREDIT,
    AccountType.INCOME: Side.CREDIT,
    AccountType.EQUITY: Side.CREDIT,
}
PRODUCTS = ("debit", "prepaid", "credit")
"""What a customer account may be; its role is `customer_` and the product."""
LARGEST_NUMBER = 999
"""Numbers have three digits in the ids of system accounts."""
KEYS = frozenset({"holder", "number", "name", "type", "normal_side", "parent", "floor"})


@dataclass(frozen=True, slots=True)
class Role:
    role: str
    number: int
    name: str
    type: AccountType
    normal_side: Side
    holder: Holder
    parent: str | None
    floor: Floor


@dataclass(frozen=True, slots=True)
class Chart:
    """Roles with every parent before its members."""

    source: str
    roles: tuple[Role, ...]


def parse(text: str, source: str) -> Chart:
    """Raises ChartError for the first fault found; `source` is the file's name in its message."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ChartError(f"{source}: {error}") from None
    tables = document.get("role")
    if set(document) != {"role"} or not isinstance(tables, dict) or not tables:
        raise ChartError(f"{source}: expected tables [role.NAME] and nothing else")
    roles = {name: _role(source, name, table) for name, table in tables.items()}
    _check_numbers(source, roles)
    for role in roles.values():
        _check_parent(source, role, roles)
    return Chart(source, tuple(sorted(roles.values(), key=lambda role: (_depth(source, role, roles), role.number))))


def _role(source: str, name: str, table: object) -> Role:
    where = f"{source}: role.{name}"
    if not isinstance(table, dict):
        raise ChartError(f"{where}: expected a table")
    if unknown := sorted(set(table) - KEYS):
        raise ChartError(f"{where}.{unknown[0]}: no such key; known are {', '.join(sorted(KEYS))}")
    number = table.get("number")
    if type(number) is not int or not 1 <= number <= LARGEST_NUMBER:
        raise ChartError(f"{where}.number: expected a whole number from 1 to {LARGEST_NUMBER}")
    role = Role(
        role=name,
        number=number,
        name=_text(where, table, "name"),
        type=_member(where, table, "type", AccountType),
        normal_side=_member(where, table, "normal_side", Side),
        holder=_member(where, table, "holder", Holder),
        parent=_text(where, table, "parent") if "parent" in table else None,
        floor=_member(where, {"floor": "none"} | table, "floor", Floor),
    )
    _check_holder(where, role)
    return role


def _text(where: str, table: Mapping[str, object], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ChartError(f"{where}.{key}: expected a text")
    return value


_E = TypeVar("_E", bound=StrEnum)


def _member(where: str, table: Mapping[str, object], key: str, members: type[_E]) -> _E:
    try:
        return members(_text(where, table, key))
    except ValueError:
        raise ChartError(f"{where}.{key}: {table[key]!r} is none of {', '.join(members)}") from None


def _check_holder(where: str, role: Role) -> None:
    is_customer = role.holder is Holder.CUSTOMER
    side = Side.CREDIT if is_customer else SIDES[role.type]
    if role.normal_side is not side:
        raise ChartError(
            f"{where}.normal_side: {'a customer' if is_customer else f'an account of type {role.type}'} stands in {side}"
        )
    if is_customer != (role.floor is not Floor.NONE):
        raise ChartError(f"{where}.floor: customers have a floor (zero or limit), nobody else has one")
    if is_customer and role.role.removeprefix("customer_") not in PRODUCTS:
        raise ChartError(f"{where}: a customer's role is customer_ and one of {', '.join(PRODUCTS)}")
    if role.role == Holder.CUSTOMER:
        raise ChartError(f"{where}: this name is the kind of all customer accounts")


def _check_numbers(source: str, roles: Mapping[str, Role]) -> None:
    taken: dict[int, str] = {}
    for role in roles.values():
        if role.number in taken:
            raise ChartError(f"{source}: role.{role.role}.number: {role.number} is taken by {taken[role.number]}")
        taken[role.number] = role.role


def _check_parent(source: str, role: Role, roles: Mapping[str, Role]) -> None:
    if role.parent is None:
        return
    where = f"{source}: role.{role.role}.parent"
    parent = roles.get(role.parent)
    if parent is None:
        raise ChartError(f"{where}: there is no role {role.parent}")
    if parent.holder is not Holder.GROUP:
        raise ChartError(f"{where}: {role.parent} is no group")
    if parent.type is not role.type:
        raise ChartError(f"{where}: {role.parent} is of type {parent.type}, not {role.type}")


def _depth(source: str, role: Role, roles: Mapping[str, Role]) -> int:
    depth, above = 0, role
    while above.parent is not None:
        depth, above = depth + 1, roles[above.parent]
        if depth > len(roles):
            raise ChartError(f"{source}: role.{role.role}.parent: the parents run in a circle")
    return depth
