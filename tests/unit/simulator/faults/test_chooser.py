import pytest

from simulator.faults.chooser import Action, Chooser, Cut, Direction, HalfClose, Write
from simulator.faults.plan import Rules, Unit

FRAMES = [b"\x00\x03abc", b"\x00\x05defgh", b"\x00\x01i"]


def chooser(seed: int = 1, connection: int = 1, direction: Direction = Direction.TO_SERVER) -> Chooser:
    return Chooser(seed, connection, direction)


def written(actions: list[Action]) -> bytes:
    return b"".join(action.data for action in actions if isinstance(action, Write))


def test_without_rules_everything_passes_as_it_came() -> None:
    assert chooser().choose(b"abc", Rules()) == [Write(b"abc")]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_splitting_loses_and_moves_no_byte(size: int) -> None:
    actions = chooser().choose(b"abcdefg", Rules(split=size))
    assert written(actions) == b"abcdefg"
    assert {len(action.data) for action in actions[:-1] if isinstance(action, Write)} <= {size}


def test_units_are_joined_and_those_that_wait_can_be_flushed() -> None:
    found, rules = chooser(), Rules(join=3)
    assert [found.choose(data, rules) for data in (b"a", b"b", b"c")] == [[], [], [Write(b"abc")]]
    assert found.choose(b"d", rules) == []
    assert found.is_holding
    assert found.flush(rules) == [Write(b"d")]
    assert not found.is_holding


def test_a_delay_has_jitter_within_its_bound() -> None:
    found = chooser()
    delays = [
        action.delay_seconds for _ in range(200) for action in found.choose(b"x", Rules(delay_seconds=1, jitter_seconds=0.5))
    ]
    assert 1.0 <= min(delays) < 1.05
    assert 1.45 < max(delays) <= 1.5


def test_about_as_many_are_dropped_as_was_asked_for() -> None:
    found = chooser()
    passed = sum(bool(found.choose(b"x", Rules(drop=0.25))) for _ in range(1_000))
    assert 700 < passed < 800
    assert found.counts["dropped"] == 1_000 - passed


def test_corruption_turns_one_bit() -> None:
    original = bytes(range(64))
    changed = written(chooser().choose(original, Rules(corrupt=1.0)))
    assert len(changed) == len(original)
    assert sum((a ^ b).bit_count() for a, b in zip(original, changed, strict=True)) == 1


def test_after_a_cut_nothing_passes_any_more() -> None:
    found = chooser()
    assert found.choose(b"abc", Rules(cut=1.0)) == [Cut()]
    assert found.choose(b"def", Rules()) == []


@pytest.mark.parametrize(
    ("rules", "end"),
    [(Rules(cut_after_bytes=4), Cut()), (Rules(half_close_after_bytes=4), HalfClose())],
    ids=["cut", "half-close"],
)
def test_an_end_after_so_many_bytes_is_to_the_byte(rules: Rules, end: Action) -> None:
    found = chooser()
    assert found.choose(b"abc", rules) == [Write(b"abc")]
    assert found.choose(b"def", rules) == [Write(b"d"), end]
    assert found.choose(b"ghi", rules) == []


def test_whole_frames_are_taken_however_the_bytes_come() -> None:
    stream = b"".join(FRAMES)
    found, rules = chooser(), Rules(unit=Unit.FRAME)
    units = [action for at in range(len(stream)) for action in found.choose(stream[at : at + 1], rules)]
    assert units == [Write(frame) for frame in FRAMES]


def test_a_dropped_frame_leaves_the_others_whole() -> None:
    found = Chooser(3, 1, Direction.TO_CLIENT)
    rules = Rules(unit=Unit.FRAME, drop=0.5)
    passed = [action for _ in range(20) for action in found.choose(b"".join(FRAMES), rules)]
    assert 0 < len(passed) < 60
    assert all(isinstance(action, Write) and action.data in FRAMES for action in passed)


def test_the_same_seed_does_the_same_to_the_same_bytes() -> None:
    rules = Rules(drop=0.3, corrupt=0.3, jitter_seconds=1.0, split=2)

    def played(found: Chooser) -> list[list[Action]]:
        return [found.choose(bytes([at] * 5), rules) for at in range(50)]

    assert played(chooser()) == played(chooser())
    others = (chooser(seed=2), chooser(connection=2), chooser(direction=Direction.TO_CLIENT))
    assert all(played(other) != played(chooser()) for other in others)


def test_switching_one_fault_on_moves_no_other() -> None:
    dropping, both = chooser(), chooser()
    for _ in range(100):
        dropped = not dropping.choose(b"abc", Rules(drop=0.3))
        assert dropped == (not both.choose(b"abc", Rules(drop=0.3, corrupt=0.5, jitter_seconds=2.0)))
