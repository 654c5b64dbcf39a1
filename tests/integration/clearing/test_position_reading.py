"""Positions are read from every file that can be taken in."""

import io
from dataclasses import replace
from datetime import timedelta

from integration.clearing.office import DAY, KEY, PAYMENTS, Office

from clearing.intake.keeping import keep
from clearing.intake.proving import ProvedFile, proved
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm
from clearing.settlement.position_reading import read_new_positions
from simulator.settlement.evening import EveningPlan, evening


async def test_positions_are_read_in_every_character_set(office: Office) -> None:
    for back, character_set in enumerate(CharacterSet):
        plan = EveningPlan(1, DAY - timedelta(days=back), (), FileForm(Framing.VBS, character_set))
        (content,) = [text for name, text in evening(PAYMENTS, plan).files.items() if name.startswith("positions")]
        proof = proved(io.BytesIO(content), f"{character_set.value}.ipm")
        assert isinstance(proof, ProvedFile)
        # A few positions have no character in which the EBCDIC sets differ; a file of records has.
        await keep(office.connection, replace(proof, form=plan.form), io.BytesIO(content), key=KEY, actor="clerk")
    await read_new_positions(office.connection, KEY)
    found = await office.connection.fetch(
        "select f.character_set from report.position p join clearing.file f using (file_id) where p.function is null or p.function = ''"
    )
    assert sorted(row["character_set"] for row in found) == sorted(one.value for one in CharacterSet)
