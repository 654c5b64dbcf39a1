"""How often a part may die."""

from cardline.running.supervise import RestartBudget


def test_a_budget_is_used_up_by_deaths_in_a_short_time() -> None:
    budget = RestartBudget(limit=2, within_seconds=60)
    assert [budget.spend("switch", now) for now in (0, 1, 2)] == [True, True, False]


def test_old_deaths_are_forgiven() -> None:
    budget = RestartBudget(limit=1, within_seconds=60)
    assert [budget.spend("switch", now) for now in (0, 59, 60)] == [True, False, True]


def test_every_part_has_its_own_budget() -> None:
    budget = RestartBudget(limit=1, within_seconds=60)
    assert [budget.spend(name, 0) for name in ("switch", "redis")] == [True, True]
