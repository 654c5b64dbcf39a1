"""docs/life_of_a_payment.md cannot be wrong: the story is played, and every number of the page is one that the books gave."""

import os
import re
from pathlib import Path

from acceptance.desk import Run
from acceptance.hotel_stay import Stay
from acceptance.issuer import Issuer

PAGE = Path(__file__).parents[2] / "docs" / "life_of_a_payment.md"
STEP = re.compile(r"(<!-- step: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
REWRITE = "CARDLINE_REWRITE_LIFE_OF_A_PAYMENT"


def amounts(text: str) -> set[str]:
    return set(re.findall(r"\d+\.\d\d\b", text))


async def test_the_page_tells_what_the_books_do(issuer: Issuer, run: Run, tmp_path: Path) -> None:
    steps = await Stay(issuer, run, tmp_path).told()
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get(REWRITE):
        PAGE.write_text(STEP.sub(lambda found: f"{found[1]}{steps[found[2]]}{found[4]}", text), encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    shown = {name: tables for _, name, tables, _ in STEP.findall(text)}
    assert shown == steps, f"{REWRITE}=1 rewrites the page's tables from the story"
    assert amounts(STEP.sub("", text)) <= amounts("".join(steps.values()))
    assert await issuer.findings() == []
