"""A child says once that it is ready, and the parent learns also when it never will."""

import os
from pathlib import Path

from cardline.running import readiness
from cardline.running.readiness import ReadyPipe


def test_the_parent_learns_that_the_child_is_ready() -> None:
    pipe = ReadyPipe()
    readiness.announce({readiness.FD_VARIABLE: str(os.dup(pipe.descriptor))})
    assert pipe.wait(timeout_seconds=5)
    pipe.close()


def test_a_child_that_dies_before_is_noticed_at_once() -> None:
    pipe = ReadyPipe()
    assert not pipe.wait(timeout_seconds=60)
    pipe.close()


def test_a_child_that_says_nothing_is_given_up() -> None:
    pipe = ReadyPipe()
    held_by_the_child = os.dup(pipe.descriptor)
    assert not pipe.wait(timeout_seconds=0.01)
    os.close(held_by_the_child)
    pipe.close()


def test_announcing_to_nobody_or_twice_does_nothing() -> None:
    readiness.announce({})
    pipe = ReadyPipe()
    environment = {readiness.FD_VARIABLE: str(os.dup(pipe.descriptor))}
    readiness.announce(environment)
    readiness.announce(environment)
    assert environment == {}
    pipe.close()


def test_a_parent_that_is_gone_does_not_hurt() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    readiness.announce({readiness.FD_VARIABLE: str(writing)})


def test_something_else_that_happens_ends_the_waiting() -> None:
    pipe = ReadyPipe()
    held_by_the_child = os.dup(pipe.descriptor)
    with Path(os.devnull).open() as readable:
        assert not pipe.wait(timeout_seconds=60, unless=[readable.fileno()])
    os.close(held_by_the_child)
    pipe.close()
