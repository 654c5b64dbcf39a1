"""Dashboards and rules against a running system that a real Prometheus scrapes."""

import json
import re
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from operations.alert_days import RULES
from operations.asked_labels import Labels, exposed_labels, grouped, mistakes
from operations.scraper import Scraper, scraping

from cardline.running.background_up import BackgroundUp
from cardline.watching.dashboard_panels import DASHBOARDS
from cardline.watching.dashboards import files

ROOT = Path(__file__).parents[3]
GRAFANA = ROOT / "configs" / "grafana"
PANELS = {f"{board.name}: {panel.title}": panel for board in DASHBOARDS for panel in board.panels}


@pytest.fixture(scope="module")
def scraper(cardline_up: BackgroundUp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraper]:
    with scraping(cardline_up.endpoints.metrics or "", tmp_path_factory.mktemp("prometheus")) as scraper:
        yield scraper


def test_prometheus_understands_every_query(scraper: Scraper) -> None:
    for panel in PANELS.values():
        for expression, _ in panel.queries:
            scraper.query(expression)


def test_every_rule_is_evaluated_without_a_fault(scraper: Scraper) -> None:
    scraper.until("count(ALERTS) or vector(1)")
    rules = [rule for group in scraper.get("rules")["groups"] for rule in group["rules"]]
    written = [rule for path in RULES.glob("*.rules.yml") for group in load(path)["groups"] for rule in group["rules"]]
    assert len(rules) == len(written)
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}


def test_a_running_system_is_seen(scraper: Scraper) -> None:
    assert scraper.until("cardline:links_up")
    assert [sample["value"][1] for sample in scraper.until("cardline_ledger_writer_ready")] == ["1"]
    assert scraper.until('cardline_store_round_trip_seconds{store="redis"}')
    assert scraper.until("cardline_hold_expiry_lag_seconds")


def test_every_query_and_rule_names_only_what_a_running_system_exposes(cardline_up: BackgroundUp) -> None:
    with urllib.request.urlopen(f"{cardline_up.endpoints.metrics}/metrics", timeout=10) as answer:
        known = exposed(answer.read().decode()) | {"up", "ALERTS"}
    for expression in [*(rule["expr"] for rule in rules()), *(query for panel in PANELS.values() for query, _ in panel.queries)]:
        assert named(expression) <= known | recorded().keys(), expression


@pytest.fixture(scope="module")
def labels(cardline_up: BackgroundUp) -> Labels:
    with urllib.request.urlopen(f"{cardline_up.endpoints.metrics}/metrics", timeout=10) as answer:
        return exposed_labels(answer.read().decode())


def test_every_query_and_rule_asks_for_labels_and_values_that_a_running_system_has(labels: Labels) -> None:
    for expression in [*(rule["expr"] for rule in rules()), *(query for panel in PANELS.values() for query, _ in panel.queries)]:
        assert mistakes(expression, labels, recorded()) == [], expression


@pytest.mark.parametrize("wrong", [
    "sum by (decison) (rate(cardline_authorizations_total[5m]))",
    'sum by (reason) (rate(cardline_authorizations_total{decision="refused"}[5m]))',
    "sum by (link, stat) (cardline_links)",
    'sum(cardline_links{state=~"connected|signedon"})',
    "sum by (state) (cardline:link_usable)",
    'sum(increase(cardline_authorization_seconds_bucket{le="0.3"}[5m]))',
])  # fmt: skip
def test_a_label_or_value_that_nobody_exposes_is_found(labels: Labels, wrong: str) -> None:
    assert len(mistakes(wrong, labels, recorded())) == 1


def test_legends_and_annotations_name_only_labels_that_their_query_leaves() -> None:
    shown = [(query, re.findall(r"\{\{(\w+)\}\}", legend)) for panel in PANELS.values() for query, legend in panel.queries]
    told = [(rule["expr"], re.findall(r"\$labels\.(\w+)", str(rule.get("annotations", "")))) for rule in rules()]
    for expression, names in shown + told:
        by = grouped(expression).union(*(grouped(text) for name, text in recorded().items() if name in expression))
        assert set(names) <= by | {"instance"}, expression


def rules() -> list[dict[str, str]]:
    return [rule for path in RULES.glob("*.rules.yml") for group in load(path)["groups"] for rule in group["rules"]]


def recorded() -> dict[str, str]:
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


@pytest.mark.parametrize("name", files())
def test_a_dashboard_is_as_its_panels_say(name: str) -> None:
    stored = (GRAFANA / "dashboards" / name).read_text(encoding="utf-8")
    assert stored == files()[name], "python -m cardline.watching.dashboards configs/grafana/dashboards"


def test_every_panel_says_what_it_tells_and_names_only_runbooks_that_are_there() -> None:
    for title, panel in PANELS.items():
        assert panel.tells.endswith("."), title
        for runbook in re.findall(r"runbook ([a-z-]+)", panel.tells):
            assert (ROOT / "docs" / "runbooks" / f"{runbook}.md").is_file(), title


def test_the_dashboards_ask_the_source_that_is_provisioned_until_another_is_chosen() -> None:
    source = load(GRAFANA / "provisioning" / "datasources" / "cardline.yml")["datasources"][0]
    for text in files().values():
        (variable,) = json.loads(text)["templating"]["list"]
        assert (variable["type"], variable["query"]) == ("datasource", source["type"])
        assert variable["current"] == {"text": source["name"], "value": source["uid"]}
        assert set(re.findall(r'"uid": "(?!cardline-)([^"]*)"', text)) == {f"${{{variable['name']}}}"}


def exposed(page: str) -> set[str]:
    kinds = re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE)
    names = {name for name, _ in kinds}
    return names | {f"{name}_{part}" for name, kind in kinds if kind == "histogram" for part in ("bucket", "count", "sum")}


def named(expression: str) -> set[str]:
    bare = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"\b(?:cardline|process|python)[a-z0-9_:]+|\bup\b", bare))


@cache
def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
