from pathlib import Path

from simulator.settlement.writing import write_files


def test_files_are_written_for_their_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "data" / "clearing"
    write_files(directory, {"a.ipm": b"1", "b.xml": b"2"})
    write_files(directory, {"a.ipm": b"3"})
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == {"a.ipm": b"3", "b.xml": b"2"}
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "a.ipm").stat().st_mode & 0o777 == 0o600
