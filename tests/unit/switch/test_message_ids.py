"""Names for messages."""

import time

import pytest

from switch.message_ids import MessageIds


def test_ids_rise_and_differ_between_processes() -> None:
    one, two = MessageIds(1), MessageIds(2)
    first, second = [one.next() for _ in range(10_000)], [two.next() for _ in range(10_000)]
    assert first == sorted(set(first))
    assert not set(first) & set(second)
    assert max(first + second) < 2**63


def test_a_clock_that_stands_still_or_goes_back_does_not_repeat_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = MessageIds(3)
    moments = iter([1_790_000_000.0] * 9_000 + [1_789_999_000.0] * 1_000)
    monkeypatch.setattr(time, "time", lambda: next(moments))
    made = [ids.next() for _ in range(10_000)]
    assert len(set(made)) == 10_000
    assert made == sorted(made)
