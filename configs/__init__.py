"""Networks, chart of accounts and dashboards as data: read through importlib.resources, also from a wheel."""
