"""Files that are sent over a clearing link, one after the other."""

import asyncio
from pathlib import Path

from ipm_samples import day_file, presentment

from cardline.network.clearing_sending import send
from cardline.settings import Address
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm
from switch.profile import load_profile


async def test_files_behind_one_that_failed_are_said_not_to_be_sent(tmp_path: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    content = day_file([presentment()], FileForm(Framing.BLOCKED, CharacterSet.CP500), "0022611260000020090000001")
    paths = [tmp_path / name for name in ("a.ipm", "b.ipm", "c.ipm")]
    for path in paths:
        path.write_bytes(content)
    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        told = await send(paths, Address("127.0.0.1", port), load_profile("clearing"))
    assert [path for path, _ in told] == paths
    assert [said for _, said in told[1:]] == ["not sent, as a.ipm before it was not taken"] * 2
