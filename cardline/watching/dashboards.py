"""Grafana's dashboards, written from dashboard_panels: `python -m cardline.watching.dashboards configs/grafana/dashboards`."""

import json
import sys
from pathlib import Path
from typing import Any

from cardline.watching.dashboard_panels import DASHBOARDS, Dashboard, Panel

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""Chosen at the top of each dashboard, so that it can be imported beside any Prometheus; compose's own stands there first."""
PROVISIONED = {"text": "cardline", "value": "cardline-prometheus"}
WIDTH, HEIGHT, ACROSS = 12, 8, 2


def files() -> dict[str, str]:
    """The text of each file, by name."""
    return {f"{dashboard.name}.json": json.dumps(_document(dashboard), indent=1) + "\n" for dashboard in DASHBOARDS}


def _document(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": f"cardline-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["cardline"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": [_source()]},
        "panels": [_panel(number, panel) for number, panel in enumerate(dashboard.panels)],
    }


def _source() -> dict[str, Any]:
    return {"name": "datasource", "label": "data source", "type": "datasource", "query": "prometheus", "current": PROVISIONED}


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, ACROSS)
    targets = [
        {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
        for index, (expression, legend) in enumerate(panel.queries)
    ]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.tells,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": targets,
    }


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
