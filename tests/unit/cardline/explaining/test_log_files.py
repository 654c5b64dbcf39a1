"""A payment's lines are found in whatever the log has become: large, rotated, packed, cut short, mixed with others."""

import gzip
import json
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from cardline.errors import ConfigurationError
from cardline.explaining.log_files import LONGEST_LINE, MOST_LINES, Names, find_lines

MINE, OTHER = 281474976710657, 28147497671065


def line(message_id: int | None = MINE, second: int = 0, **more: Any) -> bytes:
    said = {"message_id": message_id, "link": "mastercard", **more, "event": "message", "level": "info"}
    return json.dumps(said | {"timestamp": f"2026-11-26T12:00:{second:02d}.000000Z"}).encode() + b"\n"


def found(*paths: Path, messages: tuple[int, ...] = (MINE,), authorizations: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    return find_lines(paths, [Names(frozenset(messages), frozenset(authorizations))])


def test_lines_are_found_by_message_and_by_authorization_and_no_others(tmp_path: Path) -> None:
    log = tmp_path / "switch.log"
    log.write_bytes(
        line(OTHER) + line(MINE, 2) + line(None, 1, authorization_id=MINE + 1) + line(OTHER, rrn=str(MINE)) + line(MINE * 10)
    )
    seconds = [one["timestamp"][17:19] for one in found(log, authorizations=(MINE + 1,))]
    assert seconds == ["01", "02"]


def test_rotated_and_packed_files_are_read_in_any_order(tmp_path: Path) -> None:
    for name, second in (("switch.log", 3), ("switch.log.1", 2)):
        (tmp_path / name).write_bytes(line(second=second))
    (tmp_path / "switch.log.2.gz").write_bytes(gzip.compress(line(second=1)))
    paths = [tmp_path / name for name in ("switch.log", "switch.log.2.gz", "switch.log.1")]
    assert [one["timestamp"][17:19] for one in found(*paths)] == ["01", "02", "03"]


def test_lines_are_found_in_what_collectors_make_of_them(tmp_path: Path) -> None:
    log = tmp_path / "kept.log"
    docker = json.dumps({"log": line(second=2).decode(), "stream": "stdout", "time": "2026-11-26T12:00:02Z"}).encode() + b"\n"
    log.write_bytes(b"2026-11-26T12:00:01Z stdout F " + line(second=1) + docker + b'{"log":"' + str(MINE).encode() + b'"}\n')
    assert [one["timestamp"][17:19] for one in found(log)] == ["01", "02"]


def test_a_pipe_is_read_once_for_all_payments(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    threading.Thread(target=pipe.write_bytes, args=(gzip.compress(line(MINE) + line(OTHER, 1)),), daemon=True).start()
    lines = find_lines([pipe], [Names(frozenset({MINE})), Names(frozenset({OTHER}))])
    assert [one["message_id"] for one in lines] == [MINE, OTHER]


def test_what_is_no_line_of_ours_is_passed_over(tmp_path: Path) -> None:
    log = tmp_path / "switch.log"
    number = str(MINE).encode()
    foreign = [number, b"[" + number + b"]", b'{"message_id":' + number + b"}", b'{"message_id":' + number, b"\xff" + number]
    long = b'{"message_id":' + number + b',"event":"' + b"x" * 3 * LONGEST_LINE + b'"}'
    log.write_bytes(b"\n".join([*foreign, long, line().rstrip(), line(second=1)[:-20]]))
    assert [one["message_id"] for one in found(log)] == [MINE]


@pytest.mark.parametrize(
    "strange",
    [
        {"timestamp": "not a time"}, {"timestamp": "2026-11-26T12:00:00"}, {"timestamp": ""}, {"timestamp": "0001-01-01T00:00:00+23:00"},
        {"message_id": [MINE]}, {"message_id": {"a": MINE}}, {"message_id": str(MINE)},
    ],
)  # fmt: skip
def test_a_line_that_only_looks_like_ours_is_passed_over(tmp_path: Path, strange: dict[str, Any]) -> None:
    log = tmp_path / "switch.log"
    log.write_bytes(json.dumps(json.loads(line()) | strange | {"rrn": str(MINE)}).encode() + b"\n" + line(second=1))
    assert [one["timestamp"][17:19] for one in found(log)] == ["01"]


def test_lines_of_another_zone_stand_in_the_order_of_time(tmp_path: Path) -> None:
    log = tmp_path / "switch.log"
    log.write_bytes(line(second=1) + line(second=2).replace(b"T12:00:02.000000Z", b"T12:00:00+01:00"))
    assert [one["timestamp"][10:16] for one in found(log)] == ["T12:00", "T12:00"]
    assert found(log)[0]["timestamp"].endswith("+01:00")


def test_a_line_of_another_program_shows_no_card_number_and_our_ids_stay(tmp_path: Path) -> None:
    number = "5413330000000027"
    log = tmp_path / "switch.log"
    text = {
        "text": f"paid with {number}",
        "pan": int(number),
        number: 1,
        "more": [{"pan": number}],
        "card_id": int(number),
        "fine": True,
    }
    log.write_bytes(line(**text))
    (told,) = found(log)
    assert told.pop("card_id") == int(number)
    assert number not in str(told)
    assert (told["text"], told["pan"], told["fine"]) == ("paid with 541333******0027", "541333******0027", True)


def test_memory_stays_bounded_however_large_the_log_and_however_much_is_found(tmp_path: Path) -> None:
    log = tmp_path / "switch.log"
    with log.open("wb") as out:
        out.write(b"x" * 5_000_000)  # no line end in sight
        out.write(b"\n" + line(OTHER) * 20_000 + line() * 3 * MOST_LINES)
    tracemalloc.start()
    try:
        assert len(found(log)) == MOST_LINES
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    packed = tmp_path / "cut.gz"
    packed.write_bytes(gzip.compress(line() * 1000)[:-20])
    for path, why in (
        (tmp_path / "absent", "No such file or directory"),
        (packed, "is no whole gzip file"),
        (tmp_path, "Is a dir"),
    ):
        with pytest.raises(ConfigurationError, match=f"--log {path}: {why}"):
            found(path)
