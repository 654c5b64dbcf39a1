"""A day for promtool, made from two pages that a running system exposed: what was counted between them happens every minute."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from operations.prometheus_programs import promtool

SCRAPES = Path(__file__).parent / "scrapes"
RULES = Path(__file__).parents[3] / "configs" / "prometheus"
GROUPS = ["cardline_slo", "cardline_views", "cardline"]
"""What is recorded comes first: promtool takes any order otherwise, and a day in steps of ten minutes sees no older sample."""
RUNNING = 'job="cardline",instance="switch-1"'
GROWING = re.compile(r"_(age|oldest|lag|idle|overdue)_seconds")
"""A recorded age that rose with the clock goes on rising."""
RECORDED_APART_SECONDS = 8.0
FAULTY_MINUTES = 10
"""At the end of the day, a gauge is what the second page says; before, what the first does."""
UNUSED = yaml.safe_load((RULES / "local.yml").read_text(encoding="utf-8"))["scrape_configs"][0]["metric_relabel_configs"]
"""The scenes were played on one link of the two that `up` opens, as a Prometheus with the configuration for it sees them."""


@dataclass(frozen=True, slots=True)
class Day:
    """`recorded` names the scene; `changed` says, by series, what promtool is to read instead ("0+1x60")."""

    recorded: str = "normal"
    changed: Mapping[str, str] = field(default_factory=dict)
    minutes: int = 30
    interval: str = "1m"
    only: str = ""


def firing(day: Day, directory: Path) -> set[str]:
    """The alerts that fire at the end of the day, as promtool tells it."""
    test = {
        "rule_files": [str(RULES / "recording.rules.yml"), str(RULES / "alerts.rules.yml")],
        "evaluation_interval": day.interval,
        "group_eval_order": GROUPS,
        "tests": [{
            "interval": day.interval,
            "input_series": [{"series": name, "values": values} for name, values in series(day).items()],
            "promql_expr_test": [{
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{day.minutes * int(day.interval.removesuffix('m'))}m",
                "exp_samples": [{"labels": '{alertname="asked for what fires"}', "value": 1}],
            }],
        }],
    }  # fmt: skip
    file = directory / "alerts.test.yml"
    file.write_text(json.dumps(test), encoding="utf-8")
    run = subprocess.run([promtool(), "test", "rules", file], capture_output=True, text=True, timeout=60, check=False)
    said = run.stdout + run.stderr
    got = said.partition("got:")[2]
    assert got, f"promtool did not run the test: {said}"
    return set(re.findall(r'alertname="Cardline(\w+)"', got))


def series(day: Day) -> dict[str, str]:
    before, after = page(f"{day.recorded}.before"), page(f"{day.recorded}.after")
    found = {}
    for name, value in after.items():
        if is_dropped(name) or (day.only and not re.match(day.only, name)):
            continue
        began, rise = before.get(name, 0.0), value - before.get(name, 0.0)
        if re.search(r"_(total|bucket|count|sum)({|$)", name):
            values = f"{began:g}+{rise:g}x{day.minutes}"
        elif GROWING.search(name) and rise > RECORDED_APART_SECONDS / 2:
            values = f"{began:g}+60x{day.minutes}"
        else:
            values = f"{began:g}x{day.minutes - FAULTY_MINUTES} {value:g}x{FAULTY_MINUTES - 1}"
        found[labelled(name)] = values
    found[labelled("up")] = f"1+0x{day.minutes}"
    return found | {labelled(name): values for name, values in day.changed.items()}


def is_dropped(series: str) -> bool:
    """As the relabelling of what was scraped says."""
    name, _, labels = series.partition("{")
    values = {"__name__": name, **dict(re.findall(r'(\w+)="([^"]*)"', labels))}
    joined = [(rule["regex"], ";".join(values.get(label, "") for label in rule["source_labels"])) for rule in UNUSED]
    return any(re.fullmatch(pattern, text) for pattern, text in joined)


def page(name: str) -> dict[str, float]:
    lines = (SCRAPES / f"{name}.prom").read_text(encoding="utf-8").splitlines()
    return {series: float(value) for series, _, value in (line.rpartition(" ") for line in lines)}


def labelled(series: str) -> str:
    """As the scraper stores it."""
    name, _, labels = series.removesuffix("}").partition("{")
    return f"{name}{{{RUNNING}{',' if labels else ''}{labels}}}"
