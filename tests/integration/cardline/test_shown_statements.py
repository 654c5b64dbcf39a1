"""Every query that the documents show names tables, views and columns that are there."""

import asyncpg
from house.documents import guides, statements
from house.tracked import ROOT


async def test_every_query_that_is_shown_can_be_asked(postgres: asyncpg.Connection) -> None:
    wrong, asked = [], 0
    for path in guides():
        for statement in statements(path.read_text(encoding="utf-8")):
            asked += 1
            try:
                await postgres.prepare(statement)
            except asyncpg.PostgresError as error:
                wrong.append(f"{path.relative_to(ROOT)}: {statement.strip()[:70]}: {error}")
    assert wrong == []
    assert asked > 10
