"""Every link of every Markdown file leads somewhere: to a file of the repository, and to a heading that is there."""

import re
from pathlib import Path

import pytest
from house.tracked import ROOT, tracked_files

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
DOCUMENTS = [path for path in tracked_files() if path.suffix == ".md"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = [link for link in links(path) if not leads_somewhere(path, link)]
    assert broken == []


def links(path: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link for link in LINK.findall(re.sub(r"`[^`\n]*`", "", text)) if not re.match(r"https?://|mailto:", link)]


def leads_somewhere(path: Path, link: str) -> bool:
    name, _, heading = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    return target.exists() and target.is_relative_to(ROOT) and (not heading or heading in headings(target))


def headings(path: Path) -> set[str]:
    """As the sites that show Markdown name them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    document = tmp_path / "one.md"
    document.write_text("# A title\n[gone](two.md) [here](#a-title) `[not](a.link)` [away](#b)\n", encoding="utf-8")
    assert [link for link in links(document) if link.startswith("#") and link[1:] not in headings(document)] == ["#b"]
    assert not leads_somewhere(document, "two.md")


@pytest.mark.parametrize(("name", "said"), [("README.md", r"# (\d+) life cycles"), ("CHANGELOG.md", r"plays (\d+) scenarios")])
def test_as_many_scenarios_are_told_as_there_are(name: str, said: str) -> None:
    there_are = len(list((ROOT / "simulator" / "scenarios").glob("*.toml")))
    assert re.findall(said, (ROOT / name).read_text(encoding="utf-8")) == [str(there_are)]
