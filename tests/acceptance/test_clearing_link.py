"""A clearing file goes over TCP into a whole `cardline up`, by the command that plays the network."""

from pathlib import Path

import pytest
from ipm_samples import day_file, presentment

from cardline.cli import main
from cardline.running.background_up import BackgroundUp
from clearing.ipm.characters import CharacterSet
from clearing.ipm.framing import Framing
from clearing.ipm.recognition import FileForm


def test_a_file_that_does_not_add_up_is_rejected_at_its_record(
    cardline_up: BackgroundUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rejected, so that the books that others look at stay as they are."""
    path = tmp_path / "day.ipm"
    content = day_file([presentment(), presentment(3, 700)], FileForm(Framing.RDW, CharacterSet.LATIN_1))
    path.write_bytes(content.replace(b"000000000700", b"000000000701", 1))
    send = ["clearing", "send", str(path), "--data-dir", str(cardline_up.data_dir)]
    assert main(send) == 1
    said = "day.ipm: record 4, PDS 0301, byte 990: the trailer says 1950 in all DE 4, the file has 1951"
    assert capsys.readouterr().err == f"cardline: {said}; nothing of it was sent (--as-is sends it all the same)\n"
    assert main([*send, "--as-is"]) == 1
    assert capsys.readouterr().err == (
        "cardline: day.ipm: rejected at record 4, P0301100003000: link clearing: record 4, PDS 0301, byte 990: "
        "the trailer says 1950 in all DE 4, the file has 1951\n"
    )
