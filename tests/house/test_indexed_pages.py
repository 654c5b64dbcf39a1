"""Every page of docs/ is in its index, and what says the same thing twice says the same."""

from house.tracked import ROOT, tracked_files

DOCS = ROOT / "docs"


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [path.name for path in tracked_files() if path.parent == DOCS and path.suffix == ".md" and path.name != "README.md"]
    assert len(pages) > 15
    assert [name for name in pages if f"]({name})" not in index] == []


def test_the_prometheus_of_one_machine_has_the_same_rules_as_any_other() -> None:
    def rules(name: str) -> list[str]:
        text = (ROOT / "configs" / "prometheus" / name).read_text(encoding="utf-8")
        return [line.strip() for line in text.splitlines() if line.strip().startswith("- ") and ".rules.yml" in line]

    assert rules("local.yml") == rules("prometheus.yml") != []
